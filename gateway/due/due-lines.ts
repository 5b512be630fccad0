// What is due within a span, put together of runs, scheduled times and expectations: pure.

import type { DueItem, DueLine, DueState } from '../../goals/wire/due.ts';
import { dueStates } from '../../goals/wire/due.ts';
import { namesOf } from '../../goals/wire/former-names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { DueRun } from './due-runs.ts';
import { type DueSpan, expectedMoments, isWithin, type ScheduledTime } from './due-times.ts';

/** One thing that is due, and whose it is. */
export interface Owned {
  owner: string;
  item: DueItem;
}

export interface Now {
  at: number;
  /** Executions that are known to be stuck. */
  stuck: ReadonlySet<string>;
}

/** Beyond it a scheduled time that no run has begun for is missing: Temporal itself, or its lists, may be late by seconds. */
const BEGINS_WITHIN_MS = 60_000;

/** What has a run, and the scheduled times that no run was found for. */
export function begun(
  { publications, times, runs, span }: Asked,
  now: Now,
): { owned: Owned[]; open: ScheduledTime[] } {
  const byName = new Map(publications.flatMap((one) => namesOf(one).map((name) => [name, one] as const)));
  const meant = new Map<string, ScheduledTime>();
  for (const time of times) meant.set(`${time.publication.goal} ${time.at}`, time);
  const owned: Owned[] = [];
  for (const run of runs) {
    const publication = byName.get(run.goal);
    if (publication === undefined) continue;
    const found = run.meant.flatMap((at) => meant.get(`${publication.goal} ${at}`) ?? []);
    for (const { at } of found) meant.delete(`${publication.goal} ${at}`);
    const due = run.dues.filter((at) => isWithin(at, span)).sort((a, b) => a - b)[0] ?? found[0]?.due;
    if (due !== undefined) owned.push(ownedRun(publication, run, due, found[0], now));
  }
  return { owned, open: [...meant.values()] };
}

export interface Asked {
  publications: readonly Publication[];
  times: readonly ScheduledTime[];
  runs: readonly DueRun[];
  span: DueSpan;
}

function ownedRun(
  publication: Publication,
  run: DueRun,
  due: number,
  time: ScheduledTime | undefined,
  now: Now,
): Owned {
  return ownedItem(publication, stateOf(run, due, now), due, time ?? null, { run: run.run, key: run.key });
}

/** A run that its schedule's trigger tells of, and that was begun by something else, or long ago. */
export const ownedByTrigger = (
  time: ScheduledTime,
  told: { run: string; key: string; outcome: 'achieved' | 'failed' | 'cancelled' | null },
  now: Now,
): Owned => {
  const open: DueState = now.at > time.due ? 'late' : 'open';
  const state = told.outcome === null ? open : told.outcome === 'achieved' ? 'achieved' : 'failed';
  return ownedItem(time.publication, state, time.due, time, told);
};

/** What has not begun. */
export function unbegun(time: ScheduledTime, now: Now): Owned {
  const isOver = now.at > time.at + time.schedule.jitterMs + BEGINS_WITHIN_MS;
  return ownedItem(time.publication, isOver ? 'missing' : 'ahead', time.due, time, null);
}

export const mayHaveBegun = ({ at }: ScheduledTime, now: Now): boolean => now.at >= at;

/** What goals without a schedule are expected to have achieved, and no run is due for. */
export const unmet = ({ publications, span }: Asked, owned: readonly Owned[], now: Now): Owned[] =>
  publications.flatMap((publication) => {
    if (owned.some(({ item }) => item.goal === publication.goal)) return [];
    return expectedMoments(publication, span).map((moment) =>
      ownedItem(publication, now.at > moment ? 'missing' : 'ahead', moment, null, null),
    );
  });

function stateOf(run: DueRun, due: number, now: Now): DueState {
  const { state, execution, startedAt, usualMs, deadline } = run;
  if (state !== 'open') return state;
  if (now.at > due) return 'late';
  if (run.isAtRisk) return 'atRisk';
  const end = now.at + Math.max(0, (usualMs ?? 0) - (now.at - startedAt));
  return now.stuck.has(execution) || end > (deadline ?? due) ? 'atRisk' : 'open';
}

const ownedItem = (
  { goal, owner, team }: Publication,
  state: DueState,
  due: number,
  time: Pick<ScheduledTime, 'id' | 'at'> | null,
  run: { run: string; key: string } | null,
): Owned => ({
  owner,
  item: {
    ...{ goal, team, state, due: new Date(due).toISOString() },
    schedule: time?.id ?? null,
    at: time === null ? null : new Date(time.at).toISOString(),
    run: run?.run ?? null,
    key: run?.key ?? null,
  },
});

const urgency = (state: DueState): number => dueStates.indexOf(state);

/** A line for each owner, with up to `limit` of what is due: the most urgent first. */
export function linesOf(owned: readonly Owned[], limit: number): DueLine[] {
  const byOwner = new Map<string, Owned[]>();
  for (const one of owned) {
    const theirs = byOwner.get(one.owner) ?? [];
    theirs.push(one);
    byOwner.set(one.owner, theirs);
  }
  const lines = [...byOwner].map(([owner, theirs]): DueLine => {
    const items = theirs
      .map(({ item }) => item)
      .sort((a, b) => urgency(a.state) - urgency(b.state) || a.due.localeCompare(b.due));
    const counts = Object.fromEntries(dueStates.map((state) => [state, 0])) as Record<DueState, number>;
    for (const { state } of items) counts[state]++;
    return {
      ...{ owner, due: items.length, ...counts },
      items: items.slice(0, limit),
      more: Math.max(0, items.length - limit),
    };
  });
  return lines.sort((a, b) => lacking(b) - lacking(a) || a.owner.localeCompare(b.owner));
}

const lacking = ({ missing, failed, late, atRisk }: DueLine): number =>
  1000 * (missing + failed + late) + atRisk;
