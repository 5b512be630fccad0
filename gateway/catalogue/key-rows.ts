// The latest execution of each of some keys of a goal, from visibility alone: no history is read but the end of what was terminated.

import type { temporal as proto } from '@temporalio/proto';
import type { GoalKey, KeyPage } from '../../goals/wire/answers.ts';
import { type ExpectedKey, type KeyValue, partsOfKey } from '../../goals/wire/expected-keys.ts';
import { hasLight } from '../../goals/wire/light.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { inputPath, parseRunId, runId } from '../../goals/wire/run-id.ts';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { workflowExecutionStatus } from '../../goals/wire/temporal-enums.ts';
import { protoTime } from '../../process/proto-time.ts';
import { isoOf, millisecondsOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import type { LatestLight, LightRows } from '../light/light-rows.ts';
import type { Pages } from '../temporal/pages.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { trueEnds, trueOutcomes } from '../temporal/true-outcomes.ts';
import { outcomeOf, type RunFilter, statusesOf, visibilityQuery } from '../temporal/visibility-query.ts';

/** The most that Temporal lists at once. */
export const LOOK = 1_000;
/** Keys in one query: its text has a bound. */
export const KEYS_AT_ONCE = 200;

export type KeyRow = proto.api.workflow.v1.IWorkflowExecutionInfo;
type Totals = KeyPage['totals'];

/** A goal as the caller has it. */
export interface KeysOf {
  publication: Publication;
  catalogue: readonly Publication[];
  teams: readonly string[] | null;
}

export interface KeyRows {
  /** Of each key that has one. */
  latest(of: KeysOf, keys: readonly string[]): Promise<Map<string, KeyRow>>;
  /** The keys, with what became of them; `values` of one that is known by its ID alone is empty. */
  items(of: KeysOf, keys: readonly ExpectedKey[], rows: ReadonlyMap<string, KeyRow>): Promise<GoalKey[]>;
  /** Executions by their outcome, in one call. */
  counted(query: string): Promise<Totals['executions']>;
}

/** The key of a run's row; null of what is no run. */
export function keyOfRow({ execution, type }: KeyRow): string | null {
  const parsed = parseRunId(execution?.workflowId ?? '');
  return parsed !== null && parsed.goal === type?.name ? parsed.key : null;
}

/** Of rows in Temporal's order, which lists what is open first, then from what closed last: so the first of a key is its latest. */
export function firstOfEach(rows: readonly KeyRow[], found = new Map<string, KeyRow>()): Map<string, KeyRow> {
  for (const row of rows) {
    const key = keyOfRow(row);
    if (key !== null && !found.has(key)) found.set(key, row);
  }
  return found;
}

export function keyRows(temporal: Temporal, pages: Pages, light: LightRows): KeyRows {
  const outcomes = trueOutcomes(trueEnds(temporal));
  return {
    async latest({ publication, catalogue, teams }, keys) {
      const { goal } = publication;
      const found = new Map<string, KeyRow>();
      for (let i = 0; i < keys.length; i += KEYS_AT_ONCE) {
        let left = keys.slice(i, i + KEYS_AT_ONCE);
        // A page that is full tells of one of them at least, so that there are fewer each time.
        while (left.length > 0) {
          const filter: RunFilter = { goal, teams, keys: left };
          const { executions } = await pages(visibilityQuery(filter, catalogue), LOOK, null);
          firstOfEach(executions ?? [], found);
          if ((executions ?? []).length < LOOK) break;
          left = left.filter((key) => !found.has(key));
        }
      }
      if (!hasLight(publication)) return found;
      for (const [key, one] of await light.latest(publication, keys)) {
        const listed = found.get(key);
        if (listed === undefined || one.closed > (millisecondsOf(listed.startTime) ?? 0))
          found.set(key, rowOfKey(runId(goal, key), goal, one));
      }
      return found;
    },
    async items({ publication }, keys, rows) {
      const ends = await outcomes(keys.map(({ key }) => rows.get(key) ?? {}));
      return keys.map((one, i) => itemOf(publication, one, rows.get(one.key), ends[i] ?? null));
    },
    async counted(query) {
      const { namespace } = temporal;
      const { groups } = await temporal.call((service) =>
        service.countWorkflowExecutions({ namespace, query: `${query} GROUP BY ExecutionStatus` }),
      );
      const totals = { achieved: 0, failed: 0, cancelled: 0, open: 0 };
      for (const { groupValues, count } of groups ?? [])
        totals[countedAs(value(groupValues?.[0]))] += Number(count ?? 0);
      return totals;
    },
  };
}

/** As much of it as an index of hosts knows. */
const rowOfKey = (id: string, goal: string, { execution, begun, closed }: LatestLight): KeyRow => ({
  ...{ execution: { workflowId: id, runId: execution }, type: { name: goal } },
  ...{ status: workflowExecutionStatus.COMPLETED, startTime: protoTime(begun), closeTime: protoTime(closed) },
});

function countedAs(status: unknown): Outcome | 'open' {
  const found = Object.entries(statusesOf).find(([, statuses]) => statuses.includes(String(status)));
  return (found?.[0] as Outcome | undefined) ?? 'open';
}

function itemOf(
  { goal, key: paths }: Publication,
  { key, values, at, paused }: ExpectedKey,
  row: KeyRow | undefined,
  outcome: Outcome | null,
): GoalKey {
  const named = Object.fromEntries(paths.map((path, i) => [inputPath(path), values[i] as KeyValue]));
  const told = (name: string): string | null => {
    const given = value(row?.searchAttributes?.indexedFields?.[name]);
    return typeof given === 'string' ? given : null;
  };
  return {
    key,
    run: row?.execution?.workflowId ?? runId(goal, key),
    parts: values.length === 0 ? partsOfKey(paths, key) : named,
    state:
      row === undefined
        ? 'missing'
        : outcomeOf(row.status) === null
          ? openState(told(searchAttributes.state))
          : 'closed',
    outcome: row === undefined ? null : outcome,
    execution: row?.execution?.runId ?? null,
    startedAt: isoOf(row?.startTime),
    closedAt: isoOf(row?.closeTime),
    fingerprint: told(searchAttributes.cause),
    ...(at === undefined ? {} : { at }),
    ...(paused === undefined ? {} : { paused }),
  };
}

const openState = (told: string | null): GoalKey['state'] =>
  told === 'struggling' || told === 'waiting' ? told : 'pursuing';

/** Keys by their latest outcome. */
export function totalsOf(items: readonly GoalKey[]): NonNullable<Totals['keys']> {
  const totals = { achieved: 0, failed: 0, cancelled: 0, open: 0, missing: 0 };
  for (const { outcome, state } of items) totals[outcome ?? (state === 'missing' ? 'missing' : 'open')]++;
  return totals;
}
