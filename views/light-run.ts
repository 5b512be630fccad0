// A light run out of its host's history: what was asked for, what was answered, and the events that an ordinary run of the same
// would have, so that whoever reads a run's history reads a light one's alike.

import type { temporal } from '@temporalio/proto';
import { type LightAddress, type LightHost, lightHostSchema } from '../goals/wire/light.ts';
import {
  type AchievedLight,
  type LightAnswer,
  type LightAsk,
  lightRequestSchema,
  lightResultSchema,
} from '../goals/wire/light-update.ts';
import { memoNames } from '../goals/wire/names.ts';
import { runStart } from '../goals/wire/run-start.ts';
import { millisecondsOf } from './event-time.ts';
import { firstValue } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Payload = temporal.api.common.v1.IPayload;

/** What is known of a light run. */
export interface LightRunFacts {
  goal: string;
  taskQueue: string;
  about: LightHost['about'];
  ask: LightAsk;
  /** In milliseconds since 1970. */
  acceptedAt: number;
  /** Null while it is under way. */
  answer: LightAnswer | null;
}

/** A host's execution, as its first event tells it. */
export type HostFacts = Pick<LightRunFacts, 'goal' | 'taskQueue' | 'about'> & Pick<LightHost, 'n'>;

/** Null of what is no first event of a host. */
export function hostIn(first: Event | undefined): HostFacts | null {
  const start = first?.workflowExecutionStartedEventAttributes;
  const host = lightHostSchema.safeParse(firstValue(start?.input)).data;
  if (host === undefined) return null;
  return { goal: host.goal, n: host.n, about: host.about, taskQueue: start?.taskQueue?.name ?? '' };
}

/** The runs of an update, in order; `completed`: the event with their answers, null while they are under way. */
export function runsOfUpdate(
  { goal, taskQueue, about }: HostFacts,
  accepted: Event,
  completed: Event | null,
): LightRunFacts[] {
  const input = accepted.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args;
  const asks = lightRequestSchema.safeParse(firstValue(input)).data?.runs ?? [];
  const outcome = completed?.workflowExecutionUpdateCompletedEventAttributes?.outcome;
  const answers = lightResultSchema.safeParse(firstValue(outcome?.success)).data?.answers ?? [];
  const acceptedAt = millisecondsOf(accepted.eventTime) ?? 0;
  return asks.map((ask, place) => ({
    ...{ goal, taskQueue, about, ask, acceptedAt },
    answer: answers[place] ?? null,
  }));
}

/** The light run of an address; null where the history of the host has none. */
export function lightRunIn(events: readonly Event[], { update, place }: LightAddress): LightRunFacts | null {
  const host = hostIn(events[0]);
  const accepted = events.find((event) => updateOf(event) === update);
  if (host === null || accepted === undefined) return null;
  const completed = events.find(
    (event) => event.workflowExecutionUpdateCompletedEventAttributes?.meta?.updateId === update,
  );
  return runsOfUpdate(host, accepted, completed ?? null)[place] ?? null;
}

/** Where the last run of a key lies that the host's execution has begun; null where it has begun none. */
export function lastOfKey(
  events: readonly Event[],
  key: string,
): Pick<LightAddress, 'update' | 'place'> | null {
  for (const event of [...events].reverse()) {
    const update = updateOf(event);
    if (update === undefined) continue;
    const input = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args;
    const runs = lightRequestSchema.safeParse(firstValue(input)).data?.runs ?? [];
    // One update may have it more than once: whoever came second to it joined the first.
    for (let place = runs.length - 1; place >= 0; place--) {
      if (runs[place]?.key !== key) continue;
      const { end } = lightRunIn(events, { n: 0, host: '', update, place })?.answer ?? {};
      if (end !== 'same' && end !== 'refused') return { update, place };
    }
  }
  return null;
}

const updateOf = (event: Event): string | undefined =>
  event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.meta?.updateId ?? undefined;

/** The history of an ordinary run that had gone the same way. */
export function lightEvents({ goal, taskQueue, about, ask, acceptedAt, answer }: LightRunFacts): Event[] {
  const { input, why, key } = ask;
  const start = runStart({ ...about, name: goal }, input, why, key);
  const achieved = answer?.end === 'achieved' ? answer : null;
  const events: Event[] = [];
  const add = (ms: number, event: Event): void => {
    events.push({ ...event, eventId: (events.length + 1) as never, eventTime: timeOf(ms) });
  };
  add(achieved?.begun ?? acceptedAt, {
    userMetadata: { summary: payloadOf(start.staticSummary) },
    workflowExecutionStartedEventAttributes: {
      workflowType: { name: goal },
      taskQueue: { name: taskQueue },
      input: { payloads: [payloadOf(input)] },
      memo: { fields: mapped({ ...start.memo, [memoNames.key]: ask.original ?? key }) },
      searchAttributes: {
        indexedFields: mapped(
          Object.fromEntries(start.typedSearchAttributes.map((one) => [one.key.name, one.value])),
        ),
      },
    },
  });
  if (achieved !== null) addSteps(achieved, events, add);
  return events;
}

function addSteps(
  { begun, closed, steps, output, criteria }: AchievedLight,
  events: readonly Event[],
  add: (ms: number, event: Event) => void,
): void {
  for (const { path, job, at, ms, ledger } of steps) {
    add(begun + at, {
      activityTaskScheduledEventAttributes: { activityId: path, activityType: { name: job } },
    });
    const scheduledEventId = events.length as never;
    add(begun + at, { activityTaskStartedEventAttributes: { scheduledEventId, attempt: 1 } });
    add(begun + at + ms, {
      activityTaskCompletedEventAttributes: {
        scheduledEventId,
        result: { payloads: [payloadOf({ ...(ledger && { ledger }) })] },
      },
    });
  }
  const achievement = { ...(output === undefined ? {} : { output }), criteria };
  add(closed, {
    workflowExecutionCompletedEventAttributes: { result: { payloads: [payloadOf(achievement)] } },
  });
}

/** Node and Temporal's sandbox have it; the types of views/ are none of theirs. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const PLAIN = new TextEncoder().encode('json/plain');

export const payloadOf = (value: unknown): Payload => ({
  metadata: { encoding: PLAIN },
  data: new TextEncoder().encode(JSON.stringify(value ?? null)),
});

const mapped = (fields: Record<string, unknown>): Record<string, Payload> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, payloadOf(value)]));

export const timeOf = (ms: number): NonNullable<Event['eventTime']> => ({
  seconds: Math.floor(ms / 1000) as never,
  nanos: Math.round((ms % 1000) * 1e6),
});
