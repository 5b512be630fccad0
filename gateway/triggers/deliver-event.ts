// An event becomes runs: of each goal that means it one, whichever gateway takes it and however often it comes (promise 2).

import type { Delivered, Effect } from '../../goals/wire/answers.ts';
import { type CloudEvent, type EventTerms, eventDigest, inputOf, isMeant } from '../../goals/wire/events.ts';
import { memoNames } from '../../goals/wire/names.ts';
import type { PublishedGoal } from '../../goals/wire/pause.ts';
import { type Why, whySchema } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { type MatchedEvents, matchedInEvent, type WaitTerms } from '../../goals/wire/waits.ts';
import { HostBusy } from '../../process/light-door.ts';
import { StartRefused } from '../../process/start-refused.ts';
import { startRun } from '../../process/start-run.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { misfits } from '../http/check-input.ts';
import { Problem } from '../http/problems.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { cancelByEvent } from './cancel-by-event.ts';
import type { Collectors } from './collectors.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Pacers } from './pacers.ts';

/** So long a run that is being cancelled may take to make room for the event's. */
const ENDING_MS = 1_500;

interface Meaning {
  publication: PublishedGoal;
  terms: EventTerms;
}

/** Delivers an event to the goals that mean it. What it throws is worth a second delivery, which repeats nothing. */
export type DeliverEvent = (event: CloudEvent) => Promise<Delivered>;

export interface DeliveryDeps {
  temporal: Temporal;
  catalogue: Catalogue;
  collectors: Collectors;
  mailboxes: Mailboxes;
  pacers: Pacers;
}

/** The goals that a type of event may concern. */
interface Concerned {
  starts: Meaning[];
  waits: { goal: string; terms: WaitTerms }[];
  cancels: { publication: PublishedGoal; terms: MatchedEvents }[];
}

export function delivering({
  temporal,
  catalogue,
  collectors,
  mailboxes,
  pacers,
}: DeliveryDeps): DeliverEvent {
  const indexes = new WeakMap<readonly PublishedGoal[], Map<string, Concerned>>();

  /** By type of event; the catalogue gives the same list until it reads it again. */
  async function index(): Promise<Map<string, Concerned>> {
    const goals = await catalogue.all();
    const known = indexes.get(goals) ?? indexed(goals);
    indexes.set(goals, known);
    return known;
  }

  async function deliver(event: CloudEvent): Promise<Delivered> {
    const { id, source, type } = event;
    const { starts, waits, cancels } = (await index()).get(type) ?? NOTHING;
    const meanings = starts.filter(({ terms }) => isMeant(terms, event));
    // First: a run that the event starts may wait for it at once.
    const kept = await Promise.all(
      waits.flatMap(({ goal, terms }) => {
        const values = matchedInEvent(terms, event);
        return values === null ? [] : mailboxes.keep(goal, terms, values, event);
      }),
    );
    const cancelled = await Promise.all(
      cancels.map(({ publication, terms }) => cancelByEvent(temporal, publication, terms, event)),
    );
    // A goal that means it twice takes it once.
    const first = new Map(meanings.reverse().map((meaning) => [meaning.publication.goal, meaning]));
    const goals = await Promise.all(
      [...first.values()].map(async (meaning): Promise<Effect> => {
        const { goal } = meaning.publication;
        try {
          return { goal, ...(await take(meaning, event)) } as Effect;
        } catch (error) {
          // Delivered again, it starts a run once that has ended, or there is room for it.
          if (error instanceof HostBusy || (error instanceof StartRefused && error.code === 'run_ending'))
            throw new Problem('event_early', error.message, { headers: { 'retry-after': '2' } });
          if (error instanceof StartRefused || error instanceof Problem)
            return { goal, how: 'refused', code: error.code, message: error.message };
          throw error;
        }
      }),
    );
    return {
      id,
      source,
      type,
      goals: [...goals, ...kept, ...cancelled.filter((one) => one !== null)].sort((a, b) =>
        a.goal < b.goal ? -1 : 1,
      ),
    };
  }

  async function take({ publication, terms }: Meaning, event: CloudEvent): Promise<Omit<Effect, 'goal'>> {
    const digest = eventDigest(event);
    const item = inputOf(terms, event);
    const { pace } = terms;
    if (pace !== undefined && misfits(publication.goal, publication.input, item).length === 0)
      return pacers.hold(publication, { ...terms, pace }, event, item);
    if (terms.batch === undefined)
      return begin(publication, item, event, keyOfMisfit(publication, item, digest), terms.delayMs);
    // Alone, what does not fit fails without those that do.
    const input = { batch: `event-${digest}`, items: [item] };
    if (misfits(publication.goal, publication.input, input).length > 0)
      return begin(publication, input, event);
    return collectors.collect(publication, terms, { digest, item, type: event.type });
  }

  async function begin(
    publication: PublishedGoal,
    input: unknown,
    event: CloudEvent,
    key?: string,
    delayMs = 0,
  ): Promise<Omit<Effect, 'goal'>> {
    const why: Why = {
      kind: 'event',
      at: new Date().toISOString(),
      by: boundedText(event.source, 300),
      reason: boundedText(event.type, 300),
      ref: boundedText(event.id, 300),
    };
    const identity = `event:${eventDigest(event)}`;
    const { id, execution, how, described } = await startRun(temporal, {
      publication,
      input,
      why,
      identity,
      key,
      patienceMs: ENDING_MS,
      startAt: delayMs === 0 ? undefined : new Date(Date.now() + delayMs).toISOString(),
    });
    const began = whySchema.safeParse(described?.memo?.[memoNames.why]).data;
    const isRepeated = how === 'started' && began !== undefined && began.at !== why.at;
    return { how: isRepeated ? 'repeated' : how, run: id, execution } as Omit<Effect, 'goal'>;
  }

  return deliver;
}

const NOTHING: Concerned = { starts: [], waits: [], cancels: [] };

function indexed(goals: readonly PublishedGoal[]): Map<string, Concerned> {
  const found = new Map<string, Concerned>();
  const of = (type: string): Concerned => {
    const concerned = found.get(type) ?? { starts: [], waits: [], cancels: [] };
    found.set(type, concerned);
    return concerned;
  };
  for (const publication of goals) {
    // Runs of a goal that is no longer declared may still be open.
    for (const terms of publication.waits ?? []) of(terms.type).waits.push({ goal: publication.goal, terms });
    for (const terms of publication.cancels ?? []) of(terms.type).cancels.push({ publication, terms });
    if (publication.retired) continue;
    for (const terms of publication.events ?? []) of(terms.type).starts.push({ publication, terms });
  }
  return found;
}

/** Of an input that does not fit: a run of that key may be under way or achieved, and the event would not be seen. */
const keyOfMisfit = ({ goal, input: schema }: PublishedGoal, input: unknown, digest: string) =>
  misfits(goal, schema, input).length > 0 ? `event-${digest}` : undefined;
