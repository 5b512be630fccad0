// Which of several callbacks with one token ends its attempt. Temporal completes an activity by its ID, whichever attempt that is by then: one
// that comes second, just after the first had the step tried again, would end the next attempt. So each takes the token before, for good.

import { randomUUID } from 'node:crypto';
import type { CallbackClaims } from '../../goals/wire/callback.ts';
import { REQUEST, requestRecordId, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { startExecution } from '../../process/start-execution.ts';
import { Problem } from '../http/problems.ts';
import type { Clock } from '../temporal/clock.ts';
import type { Temporal } from '../temporal/temporal.ts';

/** After so long, by Temporal's clock, whoever took the token ends the attempt no more: its calls have ended. Then another may, as a gateway can be killed in between. */
const UNDER_WAY_MS = 10_000;
/** So long it is waited for who took it. */
const WAIT_MS = 2_000;
const LOOK_MS = 100;
const TAKERS = 10;

/** Resolves for one at a time. `stillWaits` rejects once the attempt has ended, and that for good. */
export async function claimCallback(
  { temporal, clock }: { temporal: Temporal; clock: Pick<Clock, 'now'> },
  { nonce, step }: Pick<CallbackClaims, 'nonce' | 'step'>,
  stillWaits: () => Promise<unknown>,
): Promise<void> {
  for (let taker = 0; taker < TAKERS; taker++) {
    const workflowId = requestRecordId(sha256(`callback\n${nonce}\n${taker}`).slice(0, 32));
    if (await takes(temporal, workflowId)) {
      if (taker > 0) await stillWaits();
      return;
    }
    const { startTime } = await temporal.call(() =>
      temporal.client.workflow.getHandle(workflowId).describe(),
    );
    if (clock.now() - startTime.getTime() < UNDER_WAY_MS) break;
  }
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    await stillWaits();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Problem('callback_early', `Another callback of ${step} is being taken. Call again.`, {
    headers: { 'retry-after': '1' },
  });
}

async function takes(temporal: Temporal, workflowId: string): Promise<boolean> {
  const begun = await startExecution(temporal, {
    start: { workflowId, memo: {}, typedSearchAttributes: [], staticSummary: 'a callback' },
    type: REQUEST,
    taskQueue: SYSTEM_TASK_QUEUE,
    args: [],
    requestId: randomUUID(),
    after: 'none',
    whenRunning: 'refuse',
  });
  return begun !== null;
}
