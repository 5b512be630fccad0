import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { problemOfCron } from '../goals/cron.ts';
import { GOAL_NAME, NAME_LIMIT } from '../goals/wire/run-id.ts';
import { isZone } from './import/crontab.ts';
import { goalName } from './import/goal-name.ts';
import { goalsFolder, programArgv } from './import/goals-folder.ts';
import { writeFolder } from './import/write-folder.ts';

interface Options {
  out: string;
  team: string;
  owner?: string;
  name?: string;
  schedule?: string;
  timezone: string;
}

/** `goalkeeper wrap -- ./nightly.sh`. Exit code 0 when the folder is written, 2 when nothing is. */
export const wrapCommand = (): Command =>
  new Command('wrap')
    .summary('turn one script into a goal')
    .description('Writes a goals folder whose one goal runs a program. Its exit code decides.')
    .usage('[options] -- <command...>')
    .argument('<command...>', 'the program and its arguments')
    .option('--out <folder>', 'folder to write goals.ts and jobs.ts into', 'goals')
    .option('--name <name>', 'name of the goal (default: of the program)')
    .option('--schedule <cron>', "when it runs, such as '0 5 * * *' (default: when somebody asks)")
    .option('--timezone <zone>', 'zone of the schedule', Intl.DateTimeFormat().resolvedOptions().timeZone)
    .option('--team <name>', 'team of the goal', 'scripts')
    .option('--owner <name>', 'its owner (default: who runs this)')
    .showHelpAfterError('(write it as: goalkeeper wrap -- ./nightly.sh)')
    .action((argv: string[], options: Options) => {
      process.exitCode = wrap(argv, options);
    });

function wrap(given: readonly string[], options: Options): number {
  const { out, team, schedule, timezone } = options;
  const [program = '', ...args] = given;
  // A path of the folder in which somebody stands is no path of the worker's.
  const argv = [program.includes('/') ? resolve(program) : program, ...args];
  const name = options.name ?? goalName(given.join(' '));
  const wrong = [
    GOAL_NAME.test(name) && name.length <= NAME_LIMIT
      ? null
      : `--name ${name} is not kebab-case of at most ${NAME_LIMIT} characters; write such as nightly-report`,
    schedule === undefined ? null : problemOfCron(schedule),
    isZone(timezone) ? null : `--timezone ${timezone} is not a time zone; write such as Europe/Paris`,
  ].filter((problem) => problem !== null);
  if (wrong.length > 0) return failed(wrong.join('\n'));
  const goal = {
    name,
    comment: given.join(' '),
    outcome: `${name} ran, and its exit code was 0`,
    owner: options.owner ?? userInfo().username,
    schedule: schedule === undefined ? null : { cron: schedule, timezone, jitterMinutes: 0 },
    argv: programArgv(argv),
    environment: {},
    cwd: process.cwd(),
  };
  try {
    writeFolder(out, goalsFolder([goal], team, 'goalkeeper wrap'));
  } catch (error) {
    return failed((error as Error).message);
  }
  process.stdout.write(`the goal ${name} in ${out}/goals.ts, its command in ${out}/jobs.ts\n`);
  return 0;
}

function failed(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}
