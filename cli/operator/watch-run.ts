import { Argument, type Command } from 'commander';
import { completedBy } from './completed-by.ts';
import { followRun } from './follow-run.ts';
import { operatorCommand } from './operator-command.ts';
import type { Screen } from './screen.ts';
import { spanOption } from './span-option.ts';

interface Options {
  execution?: string;
  timeout?: number;
}

/** `goalkeeper runs watch RUN`: until it ends, and then with the exit code of its outcome. */
export const watchRunCommand = (screen: Screen): Command =>
  operatorCommand<Options>(screen, 'watch', (at, [id = ''], { execution, timeout }) =>
    followRun(at, id, { execution, timeoutMs: timeout }),
  )
    .summary('watch a run until it ends, and exit by its outcome')
    .addArgument(completedBy('open runs', new Argument('<run>', 'ID of the run')))
    .option('--execution <id>', 'an execution of it (default: the latest)')
    .addOption(spanOption('--timeout <span>', 'how long at most, such as 10m; then it exits by the state'));
