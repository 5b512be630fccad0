import { Argument, type Command } from 'commander';
import type { Deletion } from '../../goals/wire/deletion.ts';
import { completedBy } from './completed-by.ts';
import { type ActOptions, acting, actOf, confirmed, operatorCommand } from './operator-command.ts';
import type { Line } from './painted.ts';
import type { Screen } from './screen.ts';

interface Options extends ActOptions {
  reason: string;
  yes?: true;
}

/** `goalkeeper runs delete RUN --reason …`: shows the run, asks, and deletes it wherever something of it is kept. */
export const deleteRunCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<Options>(screen, 'delete', async (at, [id = ''], options) => {
      await confirmed(at, `Delete ${id} for good? Its key then counts as never pursued.`, {
        yes: options.yes,
      });
      const deletion = await at.client.runs.delete(id, { ...actOf(at, options), reason: options.reason });
      at.show(deletion, deletionLines);
      return 'done';
    }),
    { needsReason: true },
  )
    .summary('delete a closed run for good, wherever something of it is kept')
    .addArgument(completedBy('failed runs', new Argument('<run>', 'ID of the run')))
    .option('-y, --yes', 'ask nothing');

export function deletionLines({
  runs,
  deleted,
  complete,
  waiting,
  unreached,
  places,
  elsewhere,
}: Deletion): Line[] {
  const found = Object.entries({ ...deleted, ...places }).filter(([, count]) => count > 0);
  return [
    `${runs.join(', ')}: ${complete ? 'deleted' : 'being deleted; run this again to see it done'}`,
    ...found.map(([what, count]) => `  ${count} in ${what}`),
    ...waiting.map((place) => `  waits for a worker: ${place}`),
    ...unreached.map(({ place, why }) => `  not reached: ${place}: ${why}`),
    ...elsewhere.map(({ kind, ref }) => `  look there too, for a copy of the input: ${kind} ${ref}`),
    'A start for the same key pursues it as if it never had been.',
  ];
}
