// A run or a list, watched: by the gateway's stream, which the client opens again where it left off; and by looking, where there
// is no stream to be had.

import type { RunSummary } from '../goals/wire/run-view.ts';
import { eventsOf } from './events-of.ts';
import type { AnswerPage } from './listing.ts';
import { GoalkeeperProblem } from './problem.ts';
import type { RunOf } from './run-of.ts';
import { type CallOptions, json, type Send } from './send.ts';
import { rest } from './span.ts';

const SHORTEST_MS = 250;
const LONGEST_MS = 5_000;
const EVENT_STREAM = 'text/event-stream';

/** Which run to watch, and how long at most. */
export interface WatchOptions extends CallOptions {
  /** An execution of it. Default: the latest as the watch begins. */
  execution?: string | undefined;
}

/** Views of a run: the one of now, each that differs from the one before, and last the one in which it has ended. */
export const watched = (
  send: Send,
  id: string,
  options: WatchOptions = {},
): AsyncGenerator<RunOf, void, undefined> => {
  const path = `/runs/${encodeURIComponent(id)}`;
  return followed<RunOf>(send, {
    ...{ path, stream: `${path}/events`, event: 'view', ...options },
    query: { execution: options.execution },
    isLast: ({ state }) => state === 'closed',
  });
};

/** The first page of a list: as it is now, and whenever it differs. */
export const watchedList = (
  send: Send,
  query: object,
  { signal }: CallOptions = {},
): AsyncGenerator<AnswerPage<RunSummary>, void, undefined> =>
  followed(send, {
    ...{ path: '/runs', stream: '/runs/events', event: 'list', query, signal, isLast: () => false },
  });

/** A stream that breaks off is opened again within a second, and if that fails after these pauses. */
const PAUSES_MS = [1_000, 5_000, 10_000, 30_000];
/** So often in a row without a word, and the watch gives up: some five minutes. */
const ROUNDS = 12;
/** Three of the gateway's comments. */
const SILENCE_MS = 45_000;

interface Followed<State> extends CallOptions {
  /** Where the state is had by looking. */
  path: string;
  stream: string;
  /** The event that has the state. */
  event: string;
  query: object;
  isLast(state: State): boolean;
}

async function* followed<State>(send: Send, what: Followed<State>): AsyncGenerator<State, void, undefined> {
  const { stream, event, query, signal, isLast } = what;
  let [lastEventId, before, hasBegun] = ['', '', false];
  for (let round = 0; round < ROUNDS; round++) {
    const given = new AbortController();
    const giveUp = (): void => given.abort(signal?.reason);
    signal?.addEventListener('abort', giveUp);
    let trouble: unknown = new Error(`${stream} ends at once, again and again`);
    try {
      signal?.throwIfAborted();
      const response = await send('GET', stream, {
        ...{ query, signal: given.signal, streams: true },
        headers: { accept: EVENT_STREAM, ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }) },
      });
      if (response.status === 204) return;
      if (!response.headers.get('content-type')?.startsWith(EVENT_STREAM))
        return yield* looked(send, what, before);
      for await (const said of eventsOf(response, SILENCE_MS)) {
        [round, hasBegun] = [0, true];
        if (said.id !== '') lastEventId = said.id;
        if (said.event !== event) continue;
        const state = JSON.parse(said.data) as State;
        // It comes again once Temporal is back.
        if (said.data !== before) yield state;
        before = said.data;
        if (isLast(state)) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (hasNoStream(error)) return yield* looked(send, what, before);
      if (!hasBegun || isRefusal(error)) throw error;
      trouble = error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
      given.abort();
    }
    if (round === ROUNDS - 1) throw trouble;
    const pauseMs = PAUSES_MS[Math.min(round, PAUSES_MS.length - 1)] as number;
    await rest((0.5 + Math.random() / 2) * pauseMs, signal);
  }
}

/** Whether the gateway has none, or none to spare. */
const hasNoStream = (error: unknown): boolean =>
  error instanceof GoalkeeperProblem &&
  ['route_unknown', 'streams_full', 'caller_streams_full'].includes(error.code);

/** Whether asking again would get the same answer. */
const isRefusal = (error: unknown): boolean =>
  error instanceof GoalkeeperProblem && error.status < 500 && error.status !== 429;

/** The client looks again and again, less often the longer nothing changes. */
async function* looked<State>(
  send: Send,
  { path, query, signal, isLast }: Followed<State>,
  told: string,
): AsyncGenerator<State, void, undefined> {
  let before = told;
  for (let pauseMs = SHORTEST_MS; ; ) {
    const state = await json<State>(send, 'GET', path, { query, signal });
    const seen = JSON.stringify(state);
    pauseMs = seen === before ? Math.min(LONGEST_MS, pauseMs * 1.5) : SHORTEST_MS;
    if (seen !== before) yield state;
    if (isLast(state)) return;
    before = seen;
    await rest(pauseMs, signal);
  }
}

/** The run as it is once it has ended, or when the time is over. */
export async function awaited(
  send: Send,
  { id, execution }: RunOf,
  until: number,
  signal: AbortSignal | undefined,
): Promise<RunOf> {
  for (let pauseMs = SHORTEST_MS; ; pauseMs = Math.min(LONGEST_MS, pauseMs * 1.5)) {
    await rest(Math.max(0, Math.min(pauseMs, until - performance.now())), signal);
    const path = `/runs/${encodeURIComponent(id)}`;
    const run = await json<RunOf>(send, 'GET', path, { query: { execution }, signal });
    if (run.state === 'closed' || performance.now() >= until) return run;
  }
}
