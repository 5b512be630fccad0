// What a step's time went into, as marks of its lane: work, waits and sleeps, each of a shape of its own.

import type { StepGroup } from './path-groups.ts';
import { attemptsOf, type PathRow } from './path-rows.ts';
import { densityTones } from './step-density.ts';

/** Each mark with its class, and what the legend says of it. Of two of one class the first is that of many steps in one row. */
export const PATH_MARKS = {
  succeeded: { tone: 'd-achieved', words: 'succeeded' },
  healed: { tone: 'd-healed', words: 'attempt that failed, and did not end the run' },
  ended: { tone: 'd-failed', words: 'failed for good' },
  cancelled: { tone: 'd-cancelled', words: 'cancelled, or left behind' },
  working: { tone: 'd-hatch-p', words: 'under way' },
  struggling: { tone: 'd-hatch-s', words: 'under way, after errors' },
  reached: { tone: 'd-achieved', words: 'needed goal or lease' },
  unreached: { tone: 'd-failed', words: 'needed goal that failed' },
  pause: { tone: 'd-back', words: 'pause before the next attempt' },
  queued: { tone: 'd-queue', words: 'waits for a worker or a slot' },
  asking: { tone: 'd-hatch-w', words: 'waits for a person' },
  answered: { tone: 'd-asked', words: 'waited for a person' },
  event: { tone: 'd-event', words: 'waits for an event' },
  sleep: { tone: 'd-sleep', words: 'sleeps' },
  many: { tone: 'd-pursuing', words: 'steps under way' },
  rest: { tone: 'd-rest', words: 'steps that wait or sleep' },
} as const;

export type PathMark = keyof typeof PATH_MARKS;

export interface MarkedSpan {
  mark: PathMark;
  from: number;
  to: number;
}

/** What is drawn of a step; nothing of one that was kept, nor of a map, which has a bar of its own. */
export function markedSpans(row: PathRow): MarkedSpan[] {
  const { step, from, to, isHit } = row;
  const isOpen = step.closedAt === null;
  const all = (mark: PathMark): MarkedSpan[] => [
    { mark, from, to },
    // A wait that ended the run is no work that failed: what ended it stands where the wait does.
    ...(isHit ? [{ mark: 'ended' as const, from: to, to }] : []),
  ];
  if (step.kept !== null || step.map !== undefined) return [];
  switch (step.kind) {
    case 'sleep':
      return all('sleep');
    case 'event':
      return all('event');
    case 'approval':
    case 'ask':
      return all(isOpen ? 'asking' : 'answered');
    case 'goal':
    case 'lease':
      return [{ mark: isOpen ? openMark(row) : NEEDED[step.state], from, to }];
    default:
      return attemptSpans(row);
  }
}

const NEEDED: Record<PathRow['step']['state'], PathMark> = {
  ...{ succeeded: 'reached', failed: 'unreached', cancelled: 'cancelled', abandoned: 'cancelled' },
  ...{ running: 'working', waiting: 'working' },
};

const openMark = ({ step }: PathRow): PathMark => (step.errors.pending > 0 ? 'struggling' : 'working');

function attemptSpans(row: PathRow): MarkedSpan[] {
  const { step, from, to, isHit } = row;
  const { failed, pauses, last } = attemptsOf(row);
  const settled = failed.at(-1)?.[1] ?? from;
  const isQueued = last === null && step.nextAttemptAt === null;
  const queue: MarkedSpan[] = isQueued
    ? [{ mark: 'queued', from: settled, to }]
    : // Of a call that travelled with others it is known how long it took there, and so how long it waited for them.
      failed.length === 0 && last !== null && last[0] > from
      ? [{ mark: 'queued', from, to: last[0] }]
      : [];
  return [
    ...pauses
      .filter(([start]) => !(isQueued && start === settled))
      .map(([start, end]): MarkedSpan => ({ mark: 'pause', from: start, to: end })),
    ...failed.map(([start, end]): MarkedSpan => ({ mark: 'healed', from: start, to: end })),
    ...queue,
    ...(last === null ? [] : [{ mark: lastMark(row, isHit), from: last[0], to: last[1] }]),
  ];
}

function lastMark(row: PathRow, isHit: boolean): PathMark {
  const { step } = row;
  if (step.closedAt === null) return openMark(row);
  if (step.state === 'succeeded') return 'succeeded';
  if (step.state === 'failed') return isHit ? 'ended' : 'healed';
  return 'cancelled';
}

/** A mark for each that stands in these rows: what a legend tells. */
export function marksIn(rows: readonly PathRow[], groups: readonly StepGroup[]): PathMark[] {
  const found = new Set<PathMark>();
  for (const row of rows) {
    for (const { mark } of markedSpans(row)) found.add(mark);
    const { map, closedAt } = row.step;
    if (map === undefined) continue;
    if (map.done > 0) found.add('succeeded');
    if (map.lost > 0) found.add('ended');
    if (closedAt === null) found.add('working');
  }
  const tones = new Set(groups.flatMap(({ rows: some }) => densityTones(some)));
  const names = Object.keys(PATH_MARKS) as PathMark[];
  for (const tone of tones) {
    const name = names.find((one) => PATH_MARKS[one].tone === tone);
    if (name !== undefined) found.add(name);
  }
  return names.filter((name) => found.has(name));
}
