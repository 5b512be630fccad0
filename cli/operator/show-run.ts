import { Argument, type Command } from 'commander';
import { completedBy } from './completed-by.ts';
import { exitOfRun } from './exit-codes.ts';
import { operatorCommand } from './operator-command.ts';
import { runLines } from './run-lines.ts';
import type { Screen } from './screen.ts';
import { tellingError, writtenLines } from './written-lines.ts';

interface Options {
  execution?: string;
  exitCode?: true;
  wide?: true;
}

/** `goalkeeper runs show RUN`. */
export const showRunCommand = (screen: Screen): Command =>
  operatorCommand<Options>(screen, 'show', async (at, [id = ''], { execution, exitCode, wide }) => {
    const run = await at.client.runs.get(id, { execution });
    const error = await tellingError(at.client, run);
    const width = wide ? null : (screen.size?.columns ?? null);
    at.show(run, (shown) => [...runLines(shown, width), ...writtenLines(error)]);
    return exitCode ? exitOfRun(run) : 'done';
  })
    .summary('show a run: its outcome, its first true failure, its steps')
    .addArgument(completedBy('runs', new Argument('<run>', 'ID of the run')))
    .option('--execution <id>', 'an earlier execution of it (default: the latest)')
    .option('--exit-code', 'exit by its outcome, as watch does')
    .option('--wide', 'cut nothing, however narrow the terminal is');
