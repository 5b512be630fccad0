// Where work that went on elsewhere tells how it ended: with a token that one attempt made, and that is good once: of two callbacks that
// race, through whichever gateways, one is taken.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { type CallbackBody, type CallbackClaims, callbackClaimsSchema } from '../../goals/wire/callback.ts';
import { DETAILS_BYTES, type ReportedError } from '../../goals/wire/error-envelope.ts';
import {
  type Heartbeat,
  heartbeatSchema,
  jsonBytes,
  type Later,
  type StepResult,
} from '../../goals/wire/ledger.ts';
import { PAYLOAD_BYTES } from '../../goals/wire/names.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { pendingActivityState } from '../../goals/wire/temporal-enums.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import type { Redact } from '../../process/redaction.ts';
import { firstValue } from '../../views/payload.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { misfits } from '../http/check-input.ts';
import { fieldProblem, Problem } from '../http/problems.ts';
import type { Clock } from '../temporal/clock.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';
import { claimCallback } from './claim-callback.ts';
import type { Runs } from './runs.ts';

interface CallbackDeps {
  temporal: Temporal;
  clock: Pick<Clock, 'now'>;
  catalogue: Catalogue;
  runs: Runs;
  /** Takes out of what a callback tells what nobody may see. */
  redact: Redact;
}

/** An answer may overtake the attempt that asked: for so long it is waited until that one waits. */
const EARLY_MS = 2_000;
/** The worker's clock may be ahead of this one, or behind: what waits decides in any case. */
const LEEWAY_MS = 60_000;
const LOOK_MS = 100;
const MESSAGE_LIMIT = 1_000;

/**
 * Ends the attempt that a callback is for. Resolves with the problem of an output that was none: the attempt has failed by it,
 * and who called shall know.
 */
export async function endByCallback(
  deps: CallbackDeps,
  claims: CallbackClaims,
  told: CallbackBody,
): Promise<{ error: ReportedError | null; problem: Problem | null }> {
  const waiting = await waitingAttempt(deps, claims);
  const problem = 'output' in told ? await outputProblem(deps, claims, told.output) : null;
  const error = 'error' in told ? told.error : problem && errorOf(problem);
  await claimCallback(deps, claims, () => waitingAttempt(deps, claims));
  await complete(
    deps,
    claims,
    error === null
      ? { output: (told as { output: unknown }).output, ledger: waiting.ledger }
      : { answered: { ...waiting, later: { ...waiting.later, error: kept(error, deps.redact) } } },
  );
  return { error, problem };
}

/** What the attempt left that the token is of, once it waits. */
async function waitingAttempt(
  { runs }: CallbackDeps,
  claims: CallbackClaims,
): Promise<Heartbeat & { later: Later }> {
  const until = Date.now() + EARLY_MS;
  for (;;) {
    const { raw, status } = await runs.describe(claims.run, claims.execution).catch(asClosed);
    if (status.name !== 'RUNNING') throw spent(`The run ${claims.run} is closed.`);
    const pending = raw.pendingActivities?.find(({ activityId }) => activityId === claims.step);
    const heartbeat = heartbeatSchema.safeParse(firstValue(pending?.heartbeatDetails)).data;
    const { later } = heartbeat ?? {};
    if (pending?.state === pendingActivityState.SCHEDULED && heartbeat && later?.nonce === claims.nonce)
      return { ...heartbeat, later };
    const isUnderWay =
      pending && pending.state !== pendingActivityState.SCHEDULED && (pending.attempt ?? 1) <= claims.attempt;
    if (!isUnderWay) throw spent(`Another attempt of ${claims.step} has taken over, or it has ended.`);
    if (Date.now() > until)
      throw new Problem('callback_early', 'The attempt has not read the answer 202 yet. Call again.', {
        headers: { 'retry-after': '1' },
      });
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Why the output is none, if so; what the run's worker finds itself is left to it. */
async function outputProblem(
  { catalogue }: CallbackDeps,
  { run, step }: CallbackClaims,
  output: unknown,
): Promise<Problem | null> {
  const bytes = jsonBytes(output);
  if (bytes > PAYLOAD_BYTES)
    return new Problem('output_too_large', `The output has ${bytes} bytes; ${PAYLOAD_BYTES} at most.`);
  const goal = parseRunId(run)?.goal ?? '';
  const name = step.replace(/#\d+$/, '');
  const schema = (await catalogue.find(goal))?.jobs.find((job) => job.name === name)?.output;
  if (schema === undefined) return null;
  try {
    const errors = misfits(goal, schema, output);
    return errors.length === 0
      ? null
      : fieldProblem('output_invalid', `The output is not what ${name} gives`, errors);
  } catch (error) {
    if (error instanceof Problem && error.code === 'check_too_long')
      return new Problem('output_invalid', `The output takes too long to check. ${error.message}`);
    throw error;
  }
}

async function complete(
  { temporal }: CallbackDeps,
  { run, execution, step }: CallbackClaims,
  result: StepResult,
): Promise<void> {
  try {
    await temporal.call(() =>
      temporal.client.activity.complete({ workflowId: run, runId: execution, activityId: step }, result),
    );
  } catch (error) {
    if (isNotFound(error) || (error as Error).name === 'ActivityNotFoundError')
      throw spent(`Another callback of ${step} was quicker, or it has ended.`);
    throw error;
  }
}

/** What a token says. A `Problem` when it was not made for this gateway, or is too old. */
export function claimsOf(token: string, secret: string, namespace: string): CallbackClaims {
  const [told = '', signature = '', ...rest] = token.split('.');
  const expected = createHmac('sha256', secret).update(told).digest();
  const given = Buffer.from(signature, 'base64url');
  const isOurs = rest.length === 0 && given.length === expected.length && timingSafeEqual(given, expected);
  const claims = isOurs ? callbackClaimsSchema.safeParse(jsonOf(told)).data : undefined;
  if (claims === undefined || claims.namespace !== namespace)
    throw new Problem(
      'callback_forged',
      'Call the whole address that came in the header Goalkeeper-Callback.',
    );
  if (claims.expires + LEEWAY_MS <= Date.now())
    throw new Problem('callback_expired', `It was good until ${new Date(claims.expires).toISOString()}.`);
  return claims;
}

function jsonOf(told: string): unknown {
  try {
    return JSON.parse(Buffer.from(told, 'base64url').toString());
  } catch {
    return undefined;
  }
}

const spent = (why: string): Problem => new Problem('callback_spent', `${why} Nothing was done.`);

function asClosed(error: unknown): never {
  if (error instanceof WorkflowNotFoundError) throw spent('The run is no longer kept.');
  throw error;
}

/** What was no output, as the error that the attempt ended with. */
const errorOf = ({ code, message }: Problem): ReportedError => ({
  code,
  message,
  class: 'data',
  type: 'OutputInvalid',
});

/** As it enters a history: the worker, which knows more secrets, comes to see it only then. */
const kept = ({ message, details, ...rest }: ReportedError, redact: Redact): ReportedError => ({
  ...rest,
  message: boundedText(redact([message])[0] as string, MESSAGE_LIMIT),
  ...(details === undefined ? {} : { details: keptDetails(details, redact) }),
});

function keptDetails(details: unknown, redact: Redact): unknown {
  const bytes = jsonBytes(details);
  if (bytes > DETAILS_BYTES) return { omitted: `${bytes} bytes; ${DETAILS_BYTES} at most are kept` };
  return JSON.parse(JSON.stringify(details), (_name, value) =>
    typeof value === 'string' ? redact([value])[0] : value,
  );
}
