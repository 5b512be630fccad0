// The commands that end what a run is about: one that is under way, and one that failed and is accepted.

import { Argument, type Command } from 'commander';
import { completedBy } from './completed-by.ts';
import { begunLines } from './follow-run.ts';
import { type ActOptions, acting, actOf, operatorCommand } from './operator-command.ts';
import { runLines } from './run-lines.ts';
import type { Screen } from './screen.ts';

/** `goalkeeper runs cancel RUN`. */
export const cancelRunCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<ActOptions>(screen, 'cancel', async (at, [id = ''], options) => {
      at.show(await at.client.runs.cancel(id, actOf(at, options)), begunLines);
      return 'done';
    }),
  )
    .summary('cancel a run')
    .addArgument(completedBy('open runs', new Argument('<run>', 'ID of the run')));

/** `goalkeeper runs accept RUN --reason …`. */
export const acceptRunCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<ActOptions & { reason: string }>(screen, 'accept', async (at, [id = ''], options) => {
      const run = await at.client.runs.accept(id, { ...actOf(at, options), reason: options.reason });
      at.show(run, (shown) => runLines(shown, screen.size?.columns ?? null));
      return 'done';
    }),
    { needsReason: true },
  )
    .summary('close a failed run as accepted, and so settle its alert')
    .addArgument(completedBy('failed runs', new Argument('<run>', 'ID of the run')));
