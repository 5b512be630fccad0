// How an attempt ends that something outside goes on with: it promises a callback, and then holds no worker. To the server
// it waits for its next attempt, which comes when the callback has not: so it outlives every worker, a cancellation
// reaches it at once, and nobody need send heartbeats for it.

import { createHmac, randomBytes } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { requireMilliseconds } from '../../goals/duration.ts';
import type { Duration } from '../../goals/index.ts';
import { isBatchId } from '../../goals/wire/batch.ts';
import {
  CALLBACK_SECRET,
  CALLBACK_SECRET_LENGTH,
  CALLBACKS_PATH,
  type CallbackClaims,
} from '../../goals/wire/callback.ts';
import type { Later } from '../../goals/wire/ledger.ts';
import { GoesAlone } from './batch-member.ts';
import { AttemptFault } from './classify.ts';
import { readSecrets } from './secrets.ts';

/** Thrown by a runner: the attempt is not over, and its end comes by callback. */
export class CompletesLater extends Error {
  override readonly name = 'CompletesLater';
  readonly later: Later;

  constructor(later: Later) {
    super('the attempt goes on elsewhere');
    this.later = later;
  }
}

/** For how long a callback may be waited for. Throws a TypeError for what is no duration. */
export const withinOf = (within: Duration): number => requireMilliseconds(within);

/** The address at which the end of the attempt under way can be told, once, within `withinMs` from now. */
export function promiseCallback(withinMs: number): { url: string; later: Later } {
  const { info } = Context.current();
  // A callback names the activity that it completes.
  if (info.isLocal || isBatchId(info.activityId))
    throw new GoesAlone('what completes later has an activity of its own');
  const base = process.env.GOALKEEPER_CALLBACK_URL || process.env.GOALKEEPER_URL;
  if (!base || !URL.canParse(base))
    throw unconfigured(
      'GOALKEEPER_CALLBACK_URL (or GOALKEEPER_URL) is not set to where the gateway is reached',
    );
  const secret = readSecrets([CALLBACK_SECRET])[CALLBACK_SECRET] as string;
  if (secret.length < CALLBACK_SECRET_LENGTH)
    throw unconfigured(
      `${CALLBACK_SECRET} has ${secret.length} characters; ${CALLBACK_SECRET_LENGTH} at least`,
    );
  if (info.retryPolicy?.maximumAttempts === 1)
    throw unconfigured('a job that is tried by its workflow, as it has a pool or a queue, is done at once');
  const now = Date.now();
  const later: Later = {
    nonce: randomBytes(16).toString('hex'),
    since: new Date(now).toISOString(),
    until: new Date(now + withinMs).toISOString(),
  };
  const claims: CallbackClaims = {
    v: 1,
    namespace: info.namespace,
    run: info.workflowExecution?.workflowId ?? '',
    execution: info.workflowExecution?.runId ?? '',
    step: info.activityId,
    attempt: info.attempt,
    nonce: later.nonce,
    expires: now + withinMs,
  };
  const told = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const signature = createHmac('sha256', secret).update(told).digest('base64url');
  return { url: `${base.replace(/\/+$/, '')}${CALLBACKS_PATH}/${told}.${signature}`, later };
}

/** The error of an attempt whose callback did not come. */
export const noCallback = (ms: number): AttemptFault =>
  new AttemptFault('TimeoutError', `no callback within ${Math.round(ms / 1000)} s`, {
    code: 'timeout',
    class: 'transient',
    permanent: false,
  });

const unconfigured = (message: string): AttemptFault =>
  new AttemptFault('CallbackUnconfigured', message, {
    code: 'callback_unconfigured',
    class: 'infrastructure',
    permanent: true,
  });
