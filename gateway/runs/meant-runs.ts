// Which runs a bulk act is about: those that a list of rows with the same filter shows, and on which the act can act.

import { BULK_RUNS, type BulkActKind, type MeantRun } from '../../goals/wire/bulk-act.ts';
import type { RunRow } from '../../goals/wire/run-row.ts';
import { Problem } from '../http/problems.ts';
import { foundRuns } from './found-runs.ts';
import { acceptedIn, type RowListDeps, type RowsAsked, readRows } from './list-rows.ts';

/** Rows of one look, and looks of one act: a filter that needs more is refused. */
const [ROWS, LOOKS] = [200, 25];

export interface MeantRuns {
  runs: MeantRun[];
  /** That of all runs; null where they are of several. */
  team: string | null;
}

/** Of what no act can act on there is nothing to read: that is most of what a goal has. */
const NARROWED: Record<BulkActKind, (asked: RowsAsked) => RowsAsked> = {
  cancel: (asked) => ({ ...asked, state: asked.state ?? 'pursuing' }),
  resume: (asked) => ({ ...asked, state: asked.state ?? 'closed', outcome: asked.outcome ?? 'failed' }),
  accept: (asked) => ({ ...asked, state: asked.state ?? 'closed', outcome: asked.outcome ?? 'failed' }),
  tag: (asked) => asked,
};

const ACTS_ON: Record<BulkActKind, (row: RunRow) => boolean> = {
  cancel: ({ closedAt }) => closedAt === null,
  resume: ({ outcome }) => outcome === 'failed' || outcome === 'cancelled',
  accept: ({ outcome }) => outcome === 'failed',
  tag: () => true,
};

/** The runs on which the act would act: those that the filter means, by their latest execution. */
export async function meantRuns(deps: RowListDeps, act: BulkActKind, asked: RowsAsked): Promise<MeantRuns> {
  const narrowed = NARROWED[act]({ ...asked, teams: deps.scope.teams });
  const filter = await acceptedIn(deps.alerts, narrowed);
  // Whatever is open: a filter of the query alone, as a row says more exactly how it is.
  const shown = act === 'cancel' && asked.state === undefined ? { ...filter, state: undefined } : filter;
  const rows = new Map<string, RunRow>();
  let cursor: string | undefined;
  let looks = 0;
  do {
    const { items, next } = await foundRuns(deps, filter, ROWS, cursor, (found) =>
      readRows(deps, found, shown),
    );
    for (const row of items) if (ACTS_ON[act](row)) rows.set(row.execution, row);
    cursor = next ?? undefined;
    if (rows.size > BULK_RUNS || (++looks === LOOKS && cursor !== undefined))
      throw new Problem(
        'bulk_act_impossible',
        `The filter means more than ${BULK_RUNS} runs; narrow it, such as by a range of keys or a time.`,
      );
  } while (cursor !== undefined);
  const teams = [...new Set([...rows.values()].map(({ team }) => team))];
  return {
    runs: [...rows.values()].map(({ id, execution }) => ({ run: id, execution })),
    team: teams.length === 1 ? (teams[0] ?? null) : null,
  };
}
