// What a standing outcome's goal makes of the time: the runs that may hold it, and the input of the next one.

import type { Goal } from '../../goals/index.ts';
import { runId, runKey } from '../../goals/wire/run-id.ts';
import type { LookedFor } from '../../goals/wire/standing.ts';
import { saidUncarried, uncarriedIn } from '../../goals/wire/text/uncarried.ts';
import { messageOf } from './scheduled-input.ts';

/** What is made of the time is made for so many moments of the time that an outcome holds: any of these keys counts. */
const MOMENTS = 8;

/** `asked` is the run that was asked for last: it may be of none of the moments that are looked at. */
export function standingInput(
  goal: Goal | undefined,
  { now, freshMs, asked }: { now: number; freshMs: number; asked: string | null },
): LookedFor {
  if (!goal?.standing)
    return { ids: [], made: { problem: 'this worker knows no goal of that name with a standing outcome' } };
  const { standing, name, key } = goal;
  try {
    const moments = Array.from({ length: MOMENTS + 1 }, (_, i) => now - (i * freshMs) / MOMENTS);
    const ids = moments.map((at) => runId(name, runKey(standing.inputAt(new Date(at)), key).id));
    if (asked !== null) ids.push(asked);
    const input = standing.inputAt(new Date(now));
    const found = uncarriedIn(input);
    const made = found === null ? { input } : { problem: saidUncarried('what its function gave', found) };
    return { ids: [...new Set(ids)], made };
  } catch (error) {
    return { ids: [], made: { problem: messageOf(error) } };
  }
}
