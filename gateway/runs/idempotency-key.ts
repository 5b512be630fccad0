// `Idempotency-Key`: a request that is sent again is the same request. Which body came with a key is kept by a workflow of
// its own, of no step: Temporal lets one of an ID begin, and remembers it, with no worker up and at every gateway.

import { memoNames, REQUEST, requestRecordId, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import { canonicalJson } from '../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { startExecution } from '../../process/start-execution.ts';
import type { StartRequest } from '../../process/start-run.ts';
import { Problem } from '../http/problems.ts';
import { IDEMPOTENCY_KEY } from '../http/request-fields.ts';
import type { Temporal } from '../temporal/temporal.ts';
import type { StartBody } from './start-body.ts';

/** A key as the header gave it, and the body that came with it. */
export interface KeyedRequest {
  key: string;
  body: StartBody;
}

/** The key, or null when there is none; a `Problem` when it cannot be one. */
export function idempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (IDEMPOTENCY_KEY.test(header)) return header;
  throw new Problem(
    'idempotency_key_malformed',
    'Give 1 to 200 visible ASCII characters without a space, such as a UUID.',
  );
}

/** The identity of such a request for a goal, and when it was first sent. A `Problem` when the key came with another body before. */
export async function requestIdentity(
  temporal: Temporal,
  goal: string,
  { key, body }: KeyedRequest,
): Promise<Pick<StartRequest, 'identity' | 'firstSentAt'>> {
  const workflowId = requestRecordId(sha256(`${goal}\n${key}`).slice(0, 32));
  const digest = sha256(canonicalJson(body)).slice(0, 32);
  const described = () => temporal.call(() => temporal.client.workflow.getHandle(workflowId).describe());
  const begun = await startExecution(temporal, {
    start: {
      workflowId,
      memo: { [memoNames.body]: digest },
      typedSearchAttributes: [],
      staticSummary: `an Idempotency-Key of a request for ${goal}`,
    },
    type: REQUEST,
    taskQueue: SYSTEM_TASK_QUEUE,
    args: [],
    requestId: digest,
    after: 'none',
    whenRunning: 'refuse',
  });
  // A start of the same body is the same to Temporal, as its request ID is; else the memo tells.
  if (begun === null) {
    const { memo } = await described();
    if (memo?.[memoNames.body] !== digest)
      throw new Problem(
        'idempotency_key_reused',
        'This Idempotency-Key came with another body before. Send what was sent then, or choose another key.',
      );
  }
  return { identity: `request:${key}`, firstSentAt: async () => (await described()).startTime.getTime() };
}
