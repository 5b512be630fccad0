/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What can be done with a run, beside resuming and deciding it; and the buttons that lead there.

import type { Run } from '../../../goals/wire/run-view.ts';
import { asked } from '../asking.ts';
import type { PageReader } from '../reader.ts';
import { Quoted, visible } from '../text.tsx';
import type { ActionRow } from './action.ts';
import { runCrumbs, runPath } from './run-places.ts';

export const cancelRow: ActionRow = {
  path: /^\/runs\/([^/]+)\/cancel$/,
  async open([id], { ask }) {
    const run = await asked<Run>(ask, runPath(id));
    return {
      sentence: `Cancel ${run.id}`,
      screen: '/runs',
      crumbs: runCrumbs(run, 'Cancel'),
      ...{ role: 'operator', team: run.team, reason: 'taken', done: 'cancelled' },
      lead: 'The run ends as cancelled, once its steps have heard of it. What it has to tear down is torn down.',
      fields: [],
      buttons: [{ words: 'Cancel the run', isDangerous: true }],
      to: `${runPath(id)}/cancel`,
      after: () => runPath(id),
    };
  },
};

export const acceptRow: ActionRow = {
  path: /^\/runs\/([^/]+)\/accept$/,
  async open([id], { ask }) {
    const run = await asked<Run>(ask, runPath(id));
    return {
      sentence: `Accept ${run.id} as it is`,
      screen: '/runs',
      crumbs: runCrumbs(run, 'Accept'),
      ...{ role: 'operator', team: run.team, reason: 'needed', done: 'accepted' },
      lead: (
        <>
          Its outcome stays what it is, and nobody is alerted of it again
          {run.failure === null ? null : (
            <>
              : <Quoted text={run.failure.cause?.message ?? run.failure.message} limit={300} />
            </>
          )}
        </>
      ),
      fields: [],
      buttons: [{ words: 'Accept the run' }],
      to: `${runPath(id)}/accept`,
      after: () => runPath(id),
    };
  },
};

/** What the reader may do with the run, as buttons that lead to its forms; or who may. */
export function RunActs({ run, reader }: { run: Run; reader: PageReader }) {
  const isOver = run.closedAt !== null;
  const hasLost = run.steps.some(({ map }) => (map?.lost ?? 0) > 0);
  const acts = [
    ...(run.outcome === 'failed' || run.state === 'stuck' || (run.outcome === 'achieved' && hasLost)
      ? // What was reached needs nobody: its lost items may be taken up again.
        [['resume', 'Resume…', run.outcome === 'achieved' ? '' : 'main']]
      : []),
    ...(run.outcome === 'failed' && !run.accepted ? [['accept', 'Accept…', '']] : []),
    ...(run.outcome === 'achieved' && run.retracted === undefined ? [['retract', 'Retract…', '']] : []),
    ...(isOver ? [] : [['cancel', 'Cancel…', 'no']]),
  ];
  if (acts.length === 0) return null;
  if (!reader.may('operator', run.team))
    return (
      <p class="hint">
        {run.team === null
          ? 'Operators may act on it.'
          : `Operators of the team ${visible(run.team)} may act on it.`}
      </p>
    );
  return (
    <div class="acts" id="acts">
      {acts.map(([verb, words, look]) => (
        <a class={`b ${look}`} href={`${runPath(run.id)}/${verb}`}>
          {words}
        </a>
      ))}
    </div>
  );
}
