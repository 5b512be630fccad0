// The light runs that closed in a stretch of time, oldest first, as `closedRuns` has ordinary ones: time is cut into slices, each
// with no more runs than are held at once.

import { hasLight } from '../../goals/wire/light.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { ClosedRun } from '../../views/closed-runs.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import type { RunFilter } from '../temporal/visibility-query.ts';
import type { LightPlace } from './host-histories.ts';
import type { LightRows } from './light-rows.ts';

/** Runs that are held at once. */
const SLICE = 500;
const inOrderOfClosing = (a: ClosedRun, b: ClosedRun): number =>
  a.closedAt - b.closedAt || (a.execution < b.execution ? -1 : 1);

/** Longer than a light run takes: so long before a slice none begins that closes in it. */
const LONGEST_MS = 600_000;

/** Those that closed at `from` or later and before `to`, in milliseconds since 1970, each once. */
export async function* lightInOrder(
  light: Pick<LightRows, 'page'>,
  goals: readonly Publication[],
  filter: RunFilter,
  { from, to }: { from: number; to: number },
): AsyncGenerator<ClosedRun> {
  if (goals.every((one) => !hasLight(one))) return;
  let width = to - from;
  for (let begin = from; begin < to; ) {
    const end = Math.min(to, begin + width);
    const since = { at: new Date(Math.max(0, begin - LONGEST_MS)), text: '' };
    const found: ClosedRun[] = [];
    let after: LightPlace | null = { closed: end, execution: '' };
    let isCut = false;
    do {
      const page = await light.page({ ...filter, since }, goals, after, SLICE);
      const runs = page.rows.map((row) => ({
        ...{ id: row.execution?.workflowId ?? '', execution: row.execution?.runId ?? '' },
        ...{ goal: row.type?.name ?? '', closedAt: millisecondsOf(row.closeTime) ?? 0 },
      }));
      found.push(...runs.filter(({ closedAt }) => closedAt >= begin));
      after = page.since < begin ? null : page.next;
      // Of one millisecond it can be cut no further.
      isCut = after !== null && end - begin > 1;
    } while (after !== null && !isCut);
    if (isCut) {
      width = Math.ceil((end - begin) / 2);
      continue;
    }
    yield* found.sort(inOrderOfClosing);
    begin = end;
    if (found.length < SLICE / 2) width *= 2;
  }
}

/** Two lists in one order. */
export async function* inOneOrder(
  first: AsyncGenerator<ClosedRun>,
  second: AsyncGenerator<ClosedRun>,
): AsyncGenerator<ClosedRun> {
  try {
    let [one, other] = await Promise.all([first.next(), second.next()]);
    while (!one.done || !other.done) {
      if (!one.done && (other.done || inOrderOfClosing(one.value, other.value) < 0)) {
        yield one.value;
        one = await first.next();
      } else if (!other.done) {
        yield other.value;
        other = await second.next();
      }
    }
  } finally {
    await Promise.all([first.return(undefined), second.return(undefined)]);
  }
}
