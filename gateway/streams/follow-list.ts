// Follows the first page of a list: what Temporal's visibility has of it each second, and a look at the runs whose rows have changed.
// What a row does not show, such as errors that healed, comes with the next look at an open run, some ten seconds later.
//
// follow-list.1. A list costs two queries a second, for its runs and for their tags (of `state=asking` and `why` at most six), and looks only at runs whose rows have changed or that are open.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { type Since, WINDOW, windowMs } from '../http/window.ts';
import { acceptedIn, type RowsAsked } from '../runs/list-rows.ts';
import { pageOfRuns, type RunListDeps } from '../runs/list-runs.ts';
import type { Page } from '../temporal/pages.ts';
import { problemOfTemporal } from '../temporal/temporal.ts';
import type { Follow } from './hubs.ts';
import { rest } from './rest.ts';
import { AWAY, digestOf, saying } from './said.ts';

const LOOK_MS = 1_000;
/** So long what was seen of an open run holds, unless its row changes. */
const HOLDS_MS = 10_000;

/** Follows the list that the filter means, its first `limit` runs. */
export const followList =
  (deps: RunListDeps, asked: RowsAsked, limit: number): Follow =>
  async (say, signal) => {
    const remembering = rememberedRuns(deps);
    let told = '';
    let hasBegun = false;
    while (!signal.aborted) {
      try {
        // Somebody may accept one meanwhile.
        const filter = await acceptedIn(deps.alerts, sliding(asked));
        const page = await pageOfRuns(remembering.deps, filter, limit, undefined);
        remembering.forgetOthers();
        const id = `list.${digestOf(page)}`;
        if (signal.aborted) return;
        if (id !== told) say(saying(id, [{ event: 'list', id, data: page }]));
        told = id;
        hasBegun = true;
      } catch (error) {
        // Nobody has had anything yet: then it is answered for what it is.
        if (!hasBegun || problemOfTemporal(error) === null) throw error;
        if (signal.aborted) return;
        say(AWAY);
        told = '';
      }
      await rest(LOOK_MS, [signal]);
    }
  };

/** `24h` means the last day at each look. */
const sliding = ({ since, until, ...asked }: RowsAsked): RowsAsked => ({
  ...asked,
  since: since && asOfNow(since),
  until: until && asOfNow(until),
});

const asOfNow = ({ at, text }: Since): Since => ({
  at: WINDOW.test(text) ? new Date(Date.now() - windowMs(text)) : at,
  text,
});

type Row = NonNullable<Page['executions']>[number];

interface Remembered {
  row: string;
  described: WorkflowExecutionDescription;
  until: number;
}

/** What a list is made of, where Temporal is asked of a run only when its row has changed, or when it may have gone on. */
function rememberedRuns(deps: RunListDeps): { deps: RunListDeps; forgetOthers(): void } {
  const known = new Map<string, Remembered>();
  const rows = new Map<string, string>();
  const pages: RunListDeps['pages'] = async (...asked) => {
    const page = await deps.pages(...asked);
    for (const row of page.executions ?? []) rows.set(row.execution?.workflowId ?? '', rowText(row));
    return page;
  };
  const describe: RunListDeps['runs']['describe'] = async (id, execution) => {
    const row = rows.get(id);
    const before = known.get(id);
    // follow-list.1
    if (before !== undefined && before.row === row && performance.now() < before.until)
      return before.described;
    const described = await deps.runs.describe(id, execution);
    const holdsMs = described.status.name === 'RUNNING' ? HOLDS_MS : Number.POSITIVE_INFINITY;
    if (row !== undefined) known.set(id, { row, described, until: performance.now() + holdsMs });
    return described;
  };
  return {
    deps: { ...deps, pages, runs: { ...deps.runs, describe } },
    forgetOthers() {
      for (const id of known.keys()) if (!rows.has(id)) known.delete(id);
      rows.clear();
    },
  };
}

/** All that visibility knows of a run: the same as long as nothing of it has changed. */
const rowText = ({ execution, status, closeTime, searchAttributes }: Row): string => {
  const fields = Object.entries(searchAttributes?.indexedFields ?? {}).map(
    ([name, { data }]) => `${name} ${Buffer.from(data ?? []).toString()}`,
  );
  return JSON.stringify([execution?.runId, status, closeTime, fields.sort()]);
};
