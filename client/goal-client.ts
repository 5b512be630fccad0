// What a client does with one goal.

import type { Mute } from '../goals/wire/alerts.ts';
import type { CriterionResult, GoalDetails, GoalKey, KeyPage } from '../goals/wire/answers.ts';
import type { Lineage } from '../goals/wire/dataset-answers.ts';
import type { Pause } from '../goals/wire/pause.ts';
import type { Priority } from '../goals/wire/priority.ts';
import type { Outcome } from '../goals/wire/run-view.ts';
import { type Listing, listing } from './listing.ts';
import type { GoalShape, RunOf } from './run-of.ts';
import { type CallOptions, json, type Send } from './send.ts';
import { type Span, spanMs } from './span.ts';
import { awaited } from './watch.ts';

/** Who acts, and why. */
export interface Act extends CallOptions {
  /** Who asks, in 1 to 100 characters. */
  by?: string | undefined;
  reason?: string | undefined;
}

/** An act that needs a reason. */
export interface ReasonedAct extends Act {
  reason: string;
}

/** There where no worker has taken up yet what was asked for: what that means. */
export interface MaybePending {
  pending?: string;
}

/** How a run is asked for. */
export interface StartOptions extends Act {
  /** How long to wait for the outcome. Default: not at all. After that the run is given as it is then. */
  wait?: Span | undefined;
  /** Makes the request safe to repeat, so that the client retries it. 1 to 200 visible ASCII characters. */
  idempotencyKey?: string | undefined;
  /** Pursue again what is achieved. */
  force?: boolean | undefined;
  /** When a new run begins: a time, as ISO 8601, up to a year ahead. Default: at once. */
  startAt?: string | Date | undefined;
  /** The same, as how long from now. */
  delay?: Span | undefined;
  /** 1 (first) to 5 (last). Default: that of the goal. */
  priority?: Priority | undefined;
}

/** Which keys of a goal to list. */
export interface KeysFilter {
  /**
   * `expected`: those that the goal declares, or else those that its schedules make, with gaps. `found`: those that have runs.
   * Default: `expected` where it is known which.
   */
  of?: 'expected' | 'found';
  outcome?: Outcome | 'open' | 'missing';
  /** With what the keys begin. */
  prefix?: string;
  /** Path of the key that `from` and `to` are of, both included. Default: its first. */
  part?: string;
  from?: string;
  to?: string;
  /** The keys of this schedule's times, and not those that the goal declares. */
  schedule?: string;
  /** Keys of scheduled times since then, and before: a time, or how long ago, such as `7d`. Default: 30 days until now. */
  since?: string;
  until?: string;
  /** Items of a page, 1 to 500. Default: 100. */
  limit?: number;
  cursor?: string;
}

/** How far lineage looks: `up`, to what something rests on, or `down`; up to `depth` steps and `limit` things. */
export interface LineageFilter {
  direction?: 'up' | 'down' | 'both';
  depth?: number;
  limit?: number;
}

/** One goal, as a client has it. */
export interface GoalClient<Shape extends GoalShape = GoalShape> {
  /** Starts a run, or joins the run that the input's key has already. */
  start(input: Shape['input'], options?: StartOptions): Promise<RunOf<Shape>>;
  /** What its workers publish, its last outcome and its track record over `window`, such as `36h` or `30d`. */
  show(options?: CallOptions & { window?: string }): Promise<GoalDetails>;
  /** What a criterion said in each run that was judged, from the one that closed last, with its value where it measures. */
  criterion(name: string, options?: { limit?: number } & CallOptions): Listing<CriterionResult>;
  /** Its keys with their latest outcome, and the totals on each page. */
  keys(filter?: KeysFilter, options?: CallOptions): Listing<GoalKey, KeyPage>;
  /** On which goals and datasets it rests, and which rest on it. */
  lineage(options?: LineageFilter & CallOptions): Promise<Lineage>;
  /** Nothing starts a run of it until it is unpaused; with `hold`, runs under way begin no new step. */
  pause(act?: Act & { hold?: boolean }): Promise<{ goal: string; paused: Pause } & MaybePending>;
  unpause(act?: Act): Promise<{ goal: string; paused: null } & MaybePending>;
  /** Sends no alert about it until a time, or for a while such as `8h`. */
  mute(act: Act & ({ until: string } | { for: string })): Promise<Mute & MaybePending>;
  unmute(act?: Act): Promise<Mute & MaybePending>;
}

export function goalClient(send: Send, name: string): GoalClient {
  const path = `/goals/${encodeURIComponent(name)}`;
  const act = <Answer>(verb: string, { signal, ...body }: Act = {}): Promise<Answer> =>
    json(send, 'POST', `${path}/${verb}`, { body, signal });
  return {
    async start(input, { wait = 0, idempotencyKey, signal, startAt, delay, ...asked } = {}) {
      const body = {
        ...{ input, ...asked },
        ...(startAt === undefined ? {} : { startAt: new Date(startAt).toISOString() }),
        ...(delay === undefined ? {} : { delay: spanMs(delay) }),
      };
      return answerAfter(send, `${path}/runs`, body, { waitMs: spanMs(wait), idempotencyKey, signal });
    },
    show: ({ signal, ...query } = {}) => json(send, 'GET', path, { query, signal }),
    criterion: (criterion, { signal, ...query } = {}) =>
      listing(send, `${path}/criteria/${encodeURIComponent(criterion)}`, query, { signal }),
    keys: (filter, options) => listing(send, `${path}/keys`, filter, options),
    lineage: ({ signal, ...query } = {}) => json(send, 'GET', `${path}/lineage`, { query, signal }),
    pause: (given) => act('pause', given),
    unpause: (given) => act('unpause', given),
    mute: (given) => act('mute', given),
    unmute: (given) => act('unmute', given),
  };
}

/** Asks for a run and waits for its outcome: as long as the gateway waits, and then by looking at it. */
export async function answerAfter(
  send: Send,
  path: string,
  body: object,
  call: { waitMs: number; idempotencyKey?: string | undefined; signal: AbortSignal | undefined },
): Promise<RunOf> {
  const until = performance.now() + call.waitMs;
  const run = await json<RunOf>(send, 'POST', path, { body, ...call });
  if (run.state === 'closed' || performance.now() >= until) return run;
  return awaited(send, run, until, call.signal);
}
