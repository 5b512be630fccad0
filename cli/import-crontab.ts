import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { type CronLine, type CrontabKind, isZone, readCrontab } from './import/crontab.ts';
import { goalName, uniqueNames } from './import/goal-name.ts';
import { type CommandGoal, freshFor, goalsFolder, shellArgv } from './import/goals-folder.ts';
import { writeFolder } from './import/write-folder.ts';

interface Options {
  out: string;
  team: string;
  owner?: string;
  timezone?: string;
  userFormat?: boolean;
  systemFormat?: boolean;
}

/** What cron gives a command that its crontab gives no PATH. */
const PATH_OF_CRON = '/usr/bin:/bin';

/** `goalkeeper import crontab`. Exit code 0 when each line was taken over, 1 when some were refused, 2 when nothing was written. */
export const importCommand = (): Command =>
  new Command('import').summary('turn what runs elsewhere into goals').addCommand(
    new Command('crontab')
      .summary('turn a crontab into a goals folder')
      .description(
        'Turns a crontab into a goals folder: a goal for each line, with its command as a job, its schedule in its time zone,\n' +
          'and a standing outcome, so that its owner (of MAILTO) is told when nothing ran. Lines that cannot be taken over are\n' +
          'refused one by one, and the rest is written. Exit code 0: all lines; 1: some; 2: none, nothing is written.',
      )
      .argument(
        '[file]',
        'the crontab, such as /etc/crontab; - for stdin: crontab -l | goalkeeper import crontab -',
        '-',
      )
      .option('--out <folder>', 'folder to write goals.ts and jobs.ts into', 'goals')
      .option('--team <name>', 'team of the goals', 'cron')
      .option('--owner <name>', 'owner where MAILTO names none (default: who runs this)')
      .option('--timezone <zone>', "zone of lines without CRON_TZ (default: this machine's)")
      .addOption(new Option('--user-format', 'lines without a user').conflicts('systemFormat'))
      .addOption(
        new Option('--system-format', 'each line names a user (default for /etc/crontab and /etc/cron.d)'),
      )
      .action((file: string, options: Options) => {
        process.exitCode = importCrontab(file, options);
      }),
  );

function importCrontab(file: string, options: Options): number {
  const { out, team } = options;
  const timezone = options.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!isZone(timezone))
    return failed(`--timezone ${timezone} is not a time zone; write such as Europe/Paris`);
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    return failed(`${file} cannot be read: ${(error as Error).message}`);
  }
  const { lines, refused } = readCrontab(text, kindOf(file, options));
  for (const { line, source, reason } of refused)
    process.stderr.write(`${file}:${line}: refused: ${reason}\n    ${source}\n`);
  if (lines.length === 0) return failed(`${file} has no line that can be taken over; nothing is written`);
  const names = uniqueNames(lines.map(({ command }) => goalName(command)));
  const goals = lines.map((line, i) => goalOf(line, names[i] as string, file, { ...options, timezone }));
  try {
    writeFolder(out, goalsFolder(goals, team, 'goalkeeper import crontab'));
  } catch (error) {
    return failed((error as Error).message);
  }
  process.stdout.write(
    `${goals.length} goals in ${out}/goals.ts, their commands in ${out}/jobs.ts${refused.length === 0 ? '' : `; ${refused.length} lines refused`}\n`,
  );
  return refused.length === 0 ? 0 : 1;
}

function failed(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}

const kindOf = (file: string, { userFormat, systemFormat }: Options): CrontabKind =>
  systemFormat === true || (userFormat !== true && /^\/etc\/(?:crontab$|cron\.d\/)/.test(file))
    ? 'system'
    : 'user';

function goalOf(
  line: CronLine,
  name: string,
  file: string,
  { owner, timezone }: Options & { timezone: string },
): CommandGoal {
  const zone = line.timezone ?? timezone;
  const [mail, ...others] = (line.mailTo ?? '').split(',').map((address) => address.trim());
  const isYearly = freshFor(line.cron, zone, Date.now()) === null;
  return {
    name,
    comment: [
      `${file === '-' ? 'crontab' : basename(file)}:${line.line}  ${line.source}`,
      ...(line.user === null ? [] : [`cron ran it as ${line.user}; the worker runs it as its own user.`]),
      ...(others.length === 0 ? [] : [`MAILTO named ${others.join(', ')} too; a goal has one owner.`]),
      ...(isYearly ? ['It comes so seldom that its silence is not watched.'] : []),
    ].join('\n'),
    outcome: line.comment ?? `${name} ran, and its exit code was 0`,
    owner: mail || owner || line.user || userInfo().username,
    schedule: { cron: line.cron, timezone: zone, jitterMinutes: line.jitterMinutes },
    argv: shellArgv(line.shell, line.command, line.stdin),
    environment: { PATH: PATH_OF_CRON, SHELL: line.shell, ...line.environment },
    cwd: line.environment.HOME ?? null,
  };
}
