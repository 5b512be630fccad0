// A run that was asked for at a later time: it waits for that itself. Temporal's own delay of a start would end with the first
// signal, such as of a run that needs this one or of a pause.

import { sleep, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { memoNames, START_TIMER, searchAttributes } from '../../goals/wire/names.ts';
import { startsAtSchema } from '../../goals/wire/run-start.ts';

/** When a run is to begin that was asked for at a later time, in milliseconds; null for any other. */
function startsAt(): number | null {
  const given = startsAtSchema.safeParse(workflowInfo().memo?.[memoNames.startsAt]).data;
  return given === undefined ? null : Date.parse(given);
}

/** From when on the durations of the run count, in milliseconds. */
export const countsFrom = (): number => Math.max(workflowInfo().startTime.getTime(), startsAt() ?? 0);

/** Resolves when it is time to begin; null where it is already, so that nothing is awaited. A cancellation rejects it. */
export function untilStart(): Promise<void> | null {
  const at = startsAt();
  if (at === null) return null;
  return begun(at);
}

async function begun(at: number): Promise<void> {
  const ms = at - Date.now();
  if (ms > 0) await sleep(ms, { summary: START_TIMER });
  upsertSearchAttributes([{ key: { name: searchAttributes.state, type: 'KEYWORD' }, value: 'pursuing' }]);
}
