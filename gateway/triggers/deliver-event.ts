// An event becomes runs: of each goal that means it one, whichever gateway takes it and however often it comes (P2).

import { type CloudEvent, type EventTerms, eventDigest, inputOf, isMeant } from '../../goals/wire/events.ts';
import { memoNames } from '../../goals/wire/names.ts';
import type { PublishedGoal } from '../../goals/wire/pause.ts';
import { type Why, whySchema } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { StartRefused, startRun } from '../../process/start-run.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { misfits } from '../http/check-input.ts';
import { Problem } from '../http/problems.ts';
import type { Temporal } from '../temporal/temporal.ts';
import type { Collectors } from './collectors.ts';

/** What an event did for one goal. */
export type Effect = { goal: string } & (
  | {
      /** Begun by it, now or (`repeated`) when it was delivered before; under way; achieved before. */
      how: 'started' | 'repeated' | 'joined' | 'achieved';
      run: string;
      execution: string;
    }
  | { how: 'batched'; batch: string }
  | { how: 'refused'; code: string; message: string }
);

export interface Delivered {
  id: string;
  source: string;
  type: string;
  /** Empty: no goal means such an event. */
  goals: Effect[];
}

/** So long a run that is being cancelled may take to make room for the event's. */
const ENDING_MS = 1_500;

interface Meaning {
  publication: PublishedGoal;
  terms: EventTerms;
}

export interface Parts {
  temporal: Temporal;
  catalogue: Catalogue;
  collectors: Collectors;
}

/** Delivers events to the goals that mean them. What it throws is worth a second delivery, which repeats nothing. */
export function delivering({ temporal, catalogue, collectors }: Parts) {
  const indexes = new WeakMap<readonly PublishedGoal[], Map<string, Meaning[]>>();

  /** By type of event; the catalogue gives the same list until it reads it again. */
  async function index(): Promise<Map<string, Meaning[]>> {
    const goals = await catalogue.all();
    const known = indexes.get(goals) ?? indexed(goals);
    indexes.set(goals, known);
    return known;
  }

  async function deliver(event: CloudEvent): Promise<Delivered> {
    const { id, source, type } = event;
    const meanings = ((await index()).get(type) ?? []).filter(({ terms }) => isMeant(terms, event));
    // A goal that means it twice takes it once.
    const first = new Map(meanings.reverse().map((meaning) => [meaning.publication.goal, meaning]));
    const goals = await Promise.all(
      [...first.values()].map(async (meaning): Promise<Effect> => {
        const { goal } = meaning.publication;
        try {
          return { goal, ...(await take(meaning, event)) } as Effect;
        } catch (error) {
          // Delivered again, it starts a run once that has ended.
          if (error instanceof StartRefused && error.code === 'run_ending')
            throw new Problem('event_early', error.message, { headers: { 'retry-after': '2' } });
          if (error instanceof StartRefused || error instanceof Problem)
            return { goal, how: 'refused', code: error.code, message: error.message };
          throw error;
        }
      }),
    );
    return { id, source, type, goals: goals.sort((a, b) => (a.goal < b.goal ? -1 : 1)) };
  }

  async function take({ publication, terms }: Meaning, event: CloudEvent): Promise<Omit<Effect, 'goal'>> {
    const digest = eventDigest(event);
    const item = inputOf(terms, event);
    if (terms.batch === undefined)
      return begin(publication, item, event, keyOfMisfit(publication, item, digest));
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
    });
    const began = whySchema.safeParse(described?.memo?.[memoNames.why]).data;
    const isRepeated = how === 'started' && began !== undefined && began.at !== why.at;
    return { how: isRepeated ? 'repeated' : how, run: id, execution } as Omit<Effect, 'goal'>;
  }

  return deliver;
}

function indexed(goals: readonly PublishedGoal[]): Map<string, Meaning[]> {
  const found = new Map<string, Meaning[]>();
  for (const publication of goals.filter(({ retired }) => !retired))
    for (const terms of publication.events ?? [])
      found.set(terms.type, [...(found.get(terms.type) ?? []), { publication, terms }]);
  return found;
}

/** Of an input that does not fit: a run of that key may be under way or achieved, and the event would not be seen. */
const keyOfMisfit = ({ goal, input: schema }: PublishedGoal, input: unknown, digest: string) =>
  misfits(goal, schema, input).length > 0 ? `event-${digest}` : undefined;
