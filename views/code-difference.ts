// Where a run's code first departs from its history, read from the message in which Temporal's SDK says so.

import type { temporal } from '@temporalio/proto';
import { memoNames, stepOfMemo } from '../goals/wire/names.ts';
import { value } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/**
 * The first place where a run's code does not do what its history says, in the words of the goal: the paths of steps.
 * `said` is the message of Temporal's SDK.
 */
export function codeDifference(said: string, events: readonly Event[]): string {
  const [, then, now] =
    /of scheduled event '([^']+)' does not match activity \w+ of activity command '([^']+)'/.exec(said) ?? [];
  if (then !== undefined) return `${then} is what it did, and the code of now does ${now} in its place`;
  const [, machine = '', id] =
    /(\w+) machine does not handle this event: HistoryEvent\(id: (\d+)/.exec(said) ?? [];
  const event = events.find(({ eventId }) => String(eventId) === id);
  const did = event === undefined ? null : whatIs(event);
  if (did !== null)
    return `${did} is what it did, and the code of now ${DOES[machine] ?? 'does something else'} in its place`;
  return (
    said.replace(/^\[TMPRL1100\] (Nondeterminism error: )?/, '') ||
    'its history is not what the code of now does'
  );
}

const DOES: Record<string, string> = {
  Activity: 'runs a job',
  Timer: 'sleeps, or sets a deadline,',
  LocalActivity: 'calls something inline',
  ChildWorkflow: 'begins the run of another goal',
  ModifyWorkflowProperties: 'asks a person',
  CompleteWorkflow: 'ends',
  FailWorkflow: 'fails',
};

/** What the run did by this event; null where that says nothing to whoever wrote the goal. */
function whatIs(event: Event): string | null {
  const { upsertedMemo } = event.workflowPropertiesModifiedEventAttributes ?? {};
  const asked = Object.keys(upsertedMemo?.fields ?? {})
    .map(stepOfMemo)
    .find((step) => step !== null);
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  const summary = value(event.userMetadata?.summary);
  return (
    event.activityTaskScheduledEventAttributes?.activityId ??
    (event.timerStartedEventAttributes && typeof summary === 'string' ? summary : null) ??
    (asked === undefined ? null : `to ask ${asked}`) ??
    (child ? String(value(child.memo?.fields?.[memoNames.step]) ?? child.workflowType?.name) : null)
  );
}
