import { Argument, type Command } from 'commander';
import type { KeptLine } from '../../goals/wire/kept-logs.ts';
import { completedBy } from './completed-by.ts';
import { operatorCommand, wholeNumber } from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import type { Screen } from './screen.ts';
import { visibleJson, visibleLines } from './visible-text.ts';

interface Options {
  step?: string;
  attempt?: number;
  follow?: true;
}

const quiet = painted('quiet');

const linesOf = ({ at, level, step, attempt, text }: KeptLine): Line[] =>
  visibleLines(text).map(
    (line): Line => [quiet(`${at} ${(level ?? '').padEnd(5)} ${step}@${attempt} `), line],
  );

/** `goalkeeper runs logs RUN`: a line of JSON for each with `--json`. */
export const runLogsCommand = (screen: Screen): Command =>
  operatorCommand<Options>(screen, 'logs', async ({ client, json }, [id = ''], { step, attempt, follow }) => {
    let hasAny = false;
    for await (const line of client.runs.logs(id, { step, attempt, follow })) {
      hasAny = true;
      if (json) screen.write(`${visibleJson(line)}\n`);
      else screen.print(...linesOf(line));
    }
    if (!hasAny) screen.note(quiet('no lines; whole logs are kept where GOALKEEPER_LOGS is set'));
    return 'done';
  })
    .summary('read what the jobs of a run wrote, where whole logs are kept')
    .addArgument(completedBy('runs', new Argument('<run>', 'ID of the run')))
    .option('--step <path>', 'of this step, such as load#1 (default: every step)')
    .option('--attempt <n>', 'of this attempt (default: every attempt)', wholeNumber)
    .option('--follow', 'wait for more lines until the run has ended');
