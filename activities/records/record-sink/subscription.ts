// Outcomes posted to whoever subscribed: of some goals or teams, achieved or not, as a message of Standard Webhooks or as a
// CloudEvent. It is a sink of records that wants few of them.

import { ApplicationFailure } from '@temporalio/activity';
import type { RunRecord } from '../../../goals/wire/run-record.ts';
import type { Outcome } from '../../../goals/wire/run-view.ts';
import type { ClosedRun } from '../../../views/closed-runs.ts';
import { postSigned, webhookHeaders } from '../../post-signed.ts';
import type { ForgottenRun, RecordSink } from '../record-sink.ts';

const TIMEOUT_MS = 10_000;
/** The receiver will never take this one, or wants no more of them. */
const NEVER = [410, 413, 422];
/** A receiver may be away for so long and miss nothing. What it refuses for longer keeps back no other outcome. */
export const KEEPS_TRYING_MS = 3 * 86_400_000;

export interface Subscription {
  name: string;
  url: URL;
  /** What signs, the newest first: a receiver that knows one of them can change to the other. Empty: nothing signs. */
  keys: readonly Buffer[];
  /** Null: of all goals, all teams, whatever the outcome. */
  goals: readonly string[] | null;
  teams: readonly string[] | null;
  outcomes: readonly Outcome[] | null;
  format: 'standard-webhooks' | 'cloudevents';
}

export const subscriptionSink = (subscription: Subscription, now: () => number = Date.now): RecordSink => {
  const post = async (
    id: string,
    message: { body: string; contentType: string },
    signal: AbortSignal,
  ): Promise<'kept' | 'refused'> => {
    const { url, keys } = subscription;
    const headers = {
      ...webhookHeaders(id, new Date(now()), message.body, keys),
      'content-type': message.contentType,
    };
    const sent = { url, body: message.body, headers, signal, withinMs: TIMEOUT_MS };
    const { status, retry } = await postSigned(sent);
    if (status >= 200 && status < 300) return 'kept';
    if (NEVER.includes(status)) return 'refused';
    const said = `the subscription ${subscription.name} answered ${status}`;
    throw ApplicationFailure.create({ type: 'OutcomeNotTaken', message: said, ...retry });
  };
  return {
    kind: 'outcomes',
    name: subscription.name,
    open: async () => undefined,
    // Of what another goal closed not even the history is read.
    has: async ({ goal }) => !wants(subscription.goals, goal),
    async write(run, record, signal) {
      const { outcome } = record.outcome;
      if (!wants(subscription.teams, record.intention.team) || !wants(subscription.outcomes, outcome))
        return 'kept';
      try {
        return await post(run.execution, outcomeMessage(subscription, run, record), signal);
      } catch (error) {
        if (!signal.aborted && now() - run.closedAt > KEEPS_TRYING_MS) return 'refused';
        throw error;
      }
    },
    async forget(gone, signal) {
      // Which outcomes it was told of nobody knows any more.
      if (!wants(subscription.goals, gone.goal) || !wants(subscription.teams, gone.team)) return null;
      const message = deletedMessage(subscription, gone, new Date(now()).toISOString());
      return (await post(gone.message, message, signal)) === 'kept' ? null : 'refused';
    },
  };
};

const wants = <Value>(wanted: readonly Value[] | null, value: Value | null): boolean =>
  wanted === null || (value !== null && wanted.includes(value));

/** What a subscriber is sent: the record of the run, in the format that it wants. */
export function outcomeMessage(
  { format }: Pick<Subscription, 'format'>,
  { id, execution, goal, closedAt }: ClosedRun,
  record: RunRecord,
): { body: string; contentType: string } {
  const type = `run.${record.outcome.outcome}`;
  const time = new Date(closedAt).toISOString();
  if (format === 'standard-webhooks')
    return {
      body: JSON.stringify({ type, timestamp: time, data: record }),
      contentType: 'application/json',
    };
  const event = {
    ...{ specversion: '1.0', id: execution, source: `/goals/${goal}`, type: `goalkeeper.${type}` },
    ...{ subject: id, time, datacontenttype: 'application/json', data: record },
  };
  return { body: JSON.stringify(event), contentType: 'application/cloudevents+json' };
}

/** What a subscriber is sent of a run that was deleted. */
function deletedMessage(
  { format }: Pick<Subscription, 'format'>,
  { run, goal, message }: ForgottenRun,
  time: string,
): { body: string; contentType: string } {
  const data = { deleted: run };
  if (format === 'standard-webhooks')
    return {
      body: JSON.stringify({ type: 'run.deleted', timestamp: time, data }),
      contentType: 'application/json',
    };
  const event = {
    ...{ specversion: '1.0', id: message, source: `/goals/${goal}`, type: 'goalkeeper.run.deleted' },
    ...{ subject: run, time, datacontenttype: 'application/json', data },
  };
  return { body: JSON.stringify(event), contentType: 'application/cloudevents+json' };
}
