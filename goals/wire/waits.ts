// Events for which runs wait: what a goal says of them, and what crosses between the gateway, the mailbox that keeps them and
// the runs.

import { z } from 'zod';
import { type CloudEvent, isMeant, type Scalar, scalarSchema } from './events.ts';
import { mailboxId } from './names.ts';
import { valueAt } from './run-id.ts';
import { canonicalJson } from './text/canonical-json.ts';
import { sha256 } from './text/sha256.ts';

/** A mailbox keeps up to so many events, each up to so long, and of each up to so many bytes of JSON. */
export const KEPT_EVENTS_LIMIT = 1000;
export const KEPT_FOR_LIMIT_MS = 90 * 86_400_000;
export const MAIL_BYTES = 64 * 1024;

/** Where the author does not say. */
export const KEPT_EVENTS = 100;
export const KEPT_FOR_MS = 7 * 86_400_000;

const keepSchema = z.object({ events: z.int(), forMs: z.number() });

export const matchedEventsSchema = z.object({
  type: z.string(),
  /** As in `EventTerms`. */
  source: z.string().optional(),
  where: z.record(z.string(), z.union([scalarSchema, z.array(scalarSchema)])),
  /** By path into the event: the path into the run's input at which the same value is. */
  match: z.record(z.string(), z.string()),
});

/** Which events concern which runs of a goal. */
export type MatchedEvents = z.infer<typeof matchedEventsSchema>;

export const waitTermsSchema = matchedEventsSchema.extend({ keep: keepSchema });

/** Events for which runs of a goal wait, and how many of them are kept for runs that do not wait yet. */
export type WaitTerms = z.infer<typeof waitTermsSchema>;

/** By path into the event: the value that an event must have there for one run. */
export type MatchedValues = Record<string, Scalar>;

/** The values that a run's input has where an event must have the same; a text names the path at which there is none. */
export const matchedInInput = ({ match }: MatchedEvents, input: unknown): MatchedValues | string =>
  matched(Object.entries(match).map(([path, inInput]) => [path, valueAt(input, inInput), inInput]));

/** The values that an event has there; null when it is not one that is meant. */
export function matchedInEvent(terms: MatchedEvents, event: CloudEvent): MatchedValues | null {
  if (event.type !== terms.type || !isMeant(terms, event)) return null;
  const values = matched(Object.keys(terms.match).map((path) => [path, valueAt(event, path), path]));
  return typeof values === 'string' ? null : values;
}

function matched(entries: [path: string, value: unknown, named: string][]): MatchedValues | string {
  const missing = entries.find(([, value]) => !scalarSchema.safeParse(value).success);
  return missing?.[2] ?? Object.fromEntries(entries.map(([path, value]) => [path, value as Scalar]));
}

/** Workflow ID of the mailbox of those events of a goal's terms that have these values. */
export const mailboxOf = (goal: string, terms: MatchedEvents, values: MatchedValues): string =>
  mailboxId(goal, digestOfTerms(terms), sha256(canonicalJson(values)).slice(0, 24));

/** By which a declared event is known again, wherever it is written down. */
export const digestOfTerms = ({ type, source, where, match }: MatchedEvents): string =>
  sha256(canonicalJson({ type, ...(source === undefined ? {} : { source }), where, match })).slice(0, 12);

export const receivedEventSchema = z.looseObject({ id: z.string(), source: z.string(), type: z.string() });

export const mailSchema = z.object({
  /** `eventDigest`. */
  digest: z.string(),
  event: receivedEventSchema,
  /** Of the goal as it is published now: the newest that is heard counts. */
  keep: keepSchema,
});

/** What the gateway gives a mailbox: one event. */
export type Mail = z.infer<typeof mailSchema>;

export const waiterSchema = z.object({
  run: z.string(),
  execution: z.string(),
  /** The number of the last event that the execution has got of this mailbox; 0 before the first. */
  after: z.number(),
  /** An earlier execution of the run, which did not achieve the goal: what that took is for this one, too. */
  again: z.string().nullable(),
});

/** A run that waits for the next event of a mailbox. */
export type Waiter = z.infer<typeof waiterSchema>;

/** What a run asks for by `gk-await-event`. */
export interface AskedMail {
  box: string;
  goal: string;
  keep: WaitTerms['keep'];
  waiter: Waiter;
}

export const cameSchema = z.object({
  box: z.string(),
  /** Null where there is none yet, and only `dropped` is told. */
  event: receivedEventSchema.nullable(),
  /** The event's number in its mailbox; each is greater than the one before. */
  n: z.number(),
  /** How many events nobody had taken when the mailbox could keep them no longer. */
  dropped: z.int(),
});

/** What a mailbox tells a run. */
export type Came = z.infer<typeof cameSchema>;

export const arrivedSchema = cameSchema.pick({ n: true }).extend({ event: receivedEventSchema });

/** An event that came, with its number in its mailbox: what a resumed run keeps of the step that waited for it. */
export type Arrived = z.infer<typeof arrivedSchema>;

/** What a mailbox goes on with in a fresh history. Times in milliseconds. */
export interface MailboxState {
  keep: WaitTerms['keep'];
  events: KeptEvent[];
  waiting: Waiter[];
  /** Digests of the events that came, the newest last. */
  seen: string[];
  dropped: number;
  droppedAt: number;
  /** The number of the last event. */
  last: number;
}

export interface KeptEvent {
  n: number;
  at: number;
  event: Mail['event'];
  /** The executions that took it, by their runs. */
  takers: Record<string, string>;
}

export const emptyMailbox = (keep: WaitTerms['keep']): MailboxState => ({
  ...{ keep, events: [], waiting: [], seen: [] },
  ...{ dropped: 0, droppedAt: 0, last: 0 },
});

export const waitConsequences = ['fail', 'continue'] as const;

export const awaitedSchema = matchedEventsSchema.omit({ match: true }).extend({
  /** By path into the event: the value that it must have, as the run's input has it. */
  match: z.record(z.string(), scalarSchema),
  /** When the run waits no longer; null where only its deadline ends that. */
  until: z.string().nullable(),
  /** Whether the step then fails, or the run goes on without the event. */
  consequence: z.enum(waitConsequences),
  /** How many such events came that nobody took before they were kept no longer. Absent where none. */
  dropped: z.int().optional(),
});

/** What a run says in its memo of an event that it waits for. */
export type AwaitedEvent = z.infer<typeof awaitedSchema>;

export const endedWaitSchema = z.object({
  step: z.string(),
  box: z.string(),
  /** The number of the event; null where none came in time. */
  n: z.number().nullable(),
});

/** What a run notes in its memo of a wait that has ended. */
export type EndedWait = z.infer<typeof endedWaitSchema>;

/** What the step is called that waits for events of a type, which may be any text. */
export const eventStepName = (type: string): string =>
  String(type)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 60) || 'event';

/** What a run that goes on calls an event among the results that it keeps. */
export const keptEventName = (type: string): string => `gk-event:${type}`;
