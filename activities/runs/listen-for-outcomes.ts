// Goal to goal: hears how runs end, or that they are late, and starts the goals that listen; one shift of listening.
// It looks in Temporal's visibility, so it hears of each run, also of one that was terminated, and of another team's.

import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import type { Logger } from 'pino';
import { mayUse } from '../../goals/wire/between-goals.ts';
import { timesIn } from '../../goals/wire/by-clock.ts';
import { shownPartition } from '../../goals/wire/datasets.ts';
import { namesOf, successorOf } from '../../goals/wire/former-names.ts';
import { hasLight } from '../../goals/wire/light.ts';
import {
  memoNames,
  OUTCOME_LISTENER,
  SYSTEM_TASK_QUEUE,
  searchAttributes,
  signalNames,
} from '../../goals/wire/names.ts';
import {
  type EndedRun,
  type ListeningPosition,
  listenerInput,
  listeningPositionSchema,
} from '../../goals/wire/outcomes.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { paceSchema, whySchema } from '../../goals/wire/run-view.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { lightSource } from '../../process/light-source.ts';
import { hasDeadline } from '../../views/closed-as.ts';
import { type ClosedRun, closedRuns, type ListPage } from '../../views/closed-runs.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { LightFeed } from '../../views/light-feed.ts';
import { lightEvents } from '../../views/light-run.ts';
import { firstValue, value } from '../../views/payload.ts';
import { HistoryReader } from '../../views/read-history.ts';
import { endingOf } from '../../views/run-view.ts';
import { listPublications } from '../catalogue/publications.ts';
import { isRetractedFor } from './spread-doubt.ts';
import { startAskedRun } from './start-run.ts';

const SHIFT_MS = 10 * 60_000;
const PERIOD_MS = 1_000;
const BEAT_MS = 2_000;
const CALL_MS = 10_000;
/** Who listens is read so often, and in each look that finds an end. */
const CATALOGUE_MS = 10_000;
/**
 * What visibility tells late is heard all the same: each look begins so long before the watermark, and who comes to
 * listen is told of what ended so long before.
 */
const OVERLAP_MS = 60_000;
const SEEN = 100_000;
const RECENT = 500;
const LATE_RUNS = 500;
const DAY_MS = 86_400_000;
// Of Temporal's protocol: only its types are taken.
const CLOSE_EVENT = 2;

type On = NonNullable<Publication['outcomes']>[number]['on'] | 'updated';

interface Listener {
  goal: string;
  since: number;
  on: On;
  /** Of `updated`: the dataset that it listens to. */
  dataset?: string;
  input: Readonly<Record<string, string>>;
}

/** Whom runs of a goal are of interest to. */
interface Heard {
  goal: string;
  /** Those that it had before as well. */
  names: readonly string[];
  /** Whether its runs are expected by some time. */
  isExpected: boolean;
  /** Whether its runs share hosts. */
  isLight: boolean;
  /** Within milliseconds; null where it is by the clock. */
  expectedMs: number | null;
  listeners: Listener[];
}

/** A run as it was listed. */
interface Listed {
  id: string;
  execution: string;
  goal: string;
  /** Of a light run: all that an ordinary one's history would tell. */
  events?: readonly proto.api.history.v1.IHistoryEvent[];
}

const listens = ({ outcomes = [], updates = [] }: Publication): boolean =>
  outcomes.length > 0 || updates.length > 0;

/** Makes sure that the outcomes are heard which one of these goals listens to. */
export async function announceListeners(client: Client, publications: readonly Publication[]): Promise<void> {
  if (publications.every((one) => !listens(one))) return;
  await client.workflow.signalWithStart(OUTCOME_LISTENER, {
    workflowId: OUTCOME_LISTENER,
    taskQueue: SYSTEM_TASK_QUEUE,
    args: [null],
    signal: signalNames.listen,
    staticSummary: 'goals that are started by the outcomes of others',
  });
}

/** Returns when its shift is over or its worker stops; null when nobody listened for a whole shift. */
export const listenForOutcomes =
  (log: Logger) =>
  async (given: ListeningPosition): Promise<ListeningPosition | null> => {
    const context = Context.current();
    const { cancellationSignal: signal } = context;
    const carried = listeningPositionSchema.safeParse(context.info.heartbeatDetails);
    const listener = new OutcomeListener(
      carried.success ? carried.data : given,
      context.client,
      log,
      timeOf(context),
    );
    const until = Date.now() + SHIFT_MS;
    const isOver = (): boolean => signal.aborted || Date.now() > until;
    const beat = setInterval(() => context.heartbeat(listener.hearing), BEAT_MS);
    try {
      do {
        await listener.hear(isOver);
        await context.sleep(PERIOD_MS).catch(() => undefined);
      } while (!isOver());
      return signal.aborted || listener.isNeeded ? listener.hearing : null;
    } catch (error) {
      if (signal.aborted) return listener.hearing;
      log.warn({ err: error }, 'outcomes could not be heard: they are looked for again');
      // The last words of an attempt that fails are what the next begins with.
      context.heartbeat(listener.hearing);
      throw error;
    } finally {
      clearInterval(beat);
    }
  };

/** Temporal's time, or somewhat before: when it scheduled this attempt, and what has passed here since. No clock of ours. */
function timeOf({ info }: Context): () => number {
  const began = performance.now();
  return () => Math.floor(info.currentAttemptScheduledTimestampMs + performance.now() - began);
}

class OutcomeListener {
  /** Replaced, never changed: what was handed out stays as it was. */
  hearing: ListeningPosition;
  /** Whether a goal listened in this shift, be it to one that is not there yet, or not open to it. */
  isNeeded = false;
  readonly #light: LightFeed;
  readonly #seen: Set<string>;
  readonly #client: Client;
  readonly #log: Logger;
  readonly #now: () => number;
  #heard: { all: readonly Heard[]; readAt: number } = { all: [], readAt: Number.NEGATIVE_INFINITY };

  constructor(hearing: ListeningPosition, client: Client, log: Logger, now: () => number) {
    this.hearing = hearing;
    const { since, light = { since, watermark: since, hosts: {} } } = hearing;
    this.#light = new LightFeed(light, () => performance.now());
    this.#seen = new Set(hearing.recent);
    this.#client = client;
    this.#log = log;
    this.#now = now;
  }

  /** One look. */
  async hear(isOver: () => boolean): Promise<void> {
    const beganAt = performance.now();
    await this.#readCatalogue(beganAt - CATALOGUE_MS);
    if (this.#heard.all.length > 0) {
      await this.#hearEnds(beganAt, isOver);
      // A goal that is light no more has told all once its hosts have.
      const isKnown = Object.keys(this.#light.position.hosts).length > 0;
      if (isKnown || this.#heard.all.some(({ isLight }) => isLight)) await this.#hearLight(beganAt, isOver);
    }
    for (const heard of this.#heard.all) await this.#hearLate(heard, isOver);
  }

  /** Unless that was done since. */
  async #readCatalogue(since: number): Promise<void> {
    if (this.#heard.readAt >= since) return;
    const readAt = performance.now();
    const publications = await listPublications(this.#client);
    this.isNeeded ||= publications.some((one) => !one.retired && listens(one));
    this.#heard = { all: this.#sinceWhen(heardIn(publications)), readAt };
  }

  /** The watermark may be old, as it waits for what is listened to: who is new is told of nothing from before. */
  #sinceWhen(all: readonly Heard[]): readonly Heard[] {
    const { since, listeners: before } = this.hearing;
    const isNew = before === undefined ? since : this.#now() - OVERLAP_MS;
    const listeners: Record<string, number> = {};
    for (const { goal, listeners: listening } of all)
      for (const listener of listening) {
        const name = `${listener.goal} ${listener.on} ${goal}${listener.dataset === undefined ? '' : ` ${listener.dataset}`}`;
        listener.since = before?.[name] ?? isNew;
        listeners[name] = listener.since;
      }
    this.hearing = { ...this.hearing, listeners };
    return all;
  }

  async #hearEnds(beganAt: number, isOver: () => boolean): Promise<void> {
    const { since, watermark } = this.hearing;
    const from = Math.max(since, watermark - OVERLAP_MS);
    const types = this.#heard.all.flatMap(({ names }) => names.map((name) => `'${name}'`)).join(', ');
    const ended = `${searchAttributes.owner} IS NOT NULL AND WorkflowType IN (${types}) AND ExecutionStatus IN ('Completed', 'Failed', 'Terminated', 'TimedOut')`;
    for await (const run of closedRuns(this.#list, ended, from, Date.now() + DAY_MS)) {
      if (isOver()) return;
      // Who has come to listen by the time of the end is told of it, and it is told once.
      if (!this.#seen.has(run.execution)) await this.#readCatalogue(beganAt);
      const heard = this.#heard.all.find(({ names }) => names.includes(run.goal));
      if (heard !== undefined) await this.#once(run, 'end', () => this.#tellEnd(heard, run));
      this.hearing = { ...this.hearing, watermark: Math.max(this.hearing.watermark, run.closedAt) };
    }
  }

  /** Light runs, which are achieved. Those of goals that nobody listens to are not read. */
  async #hearLight(beganAt: number, isOver: () => boolean): Promise<void> {
    const source = lightSource({
      client: this.#client,
      call: (make) => this.#call(() => make(this.#client.workflowService)),
    });
    const heardOf = (goal: string) => this.#heard.all.find(({ names }) => names.includes(goal));
    for await (const run of this.#light.look(source, (goal) => heardOf(goal) !== undefined)) {
      if (isOver()) return;
      // outcome-listener.1: its position is carried on once the next is asked for.
      this.hearing = { ...this.hearing, light: this.#light.position };
      if (!this.#seen.has(run.execution)) await this.#readCatalogue(beganAt);
      const heard = heardOf(run.goal);
      if (heard !== undefined)
        await this.#once(run, 'end', () => this.#tellEnd(heard, { ...run, events: lightEvents(run.facts) }));
    }
    this.hearing = { ...this.hearing, light: this.#light.position };
  }

  async #hearLate(heard: Heard, isOver: () => boolean): Promise<void> {
    const { names, isExpected, expectedMs, listeners } = heard;
    const types = names.map((name) => `'${name}'`).join(', ');
    if (!isExpected || listeners.every(({ on }) => on !== 'late')) return;
    const started = new Date(Date.now() - (expectedMs ?? 0)).toISOString();
    const query = `${searchAttributes.owner} IS NOT NULL AND WorkflowType IN (${types}) AND ExecutionStatus = 'Running' AND StartTime <= '${started}'`;
    const { executions } = await this.#list(query, LATE_RUNS, null);
    for (const { execution, memo, startTime } of executions ?? []) {
      if (isOver()) return;
      if (expectedMs === null && !isPast(expectedIn(memo, millisecondsOf(startTime) ?? 0))) continue;
      const id = execution?.workflowId ?? '';
      const run = { id, execution: execution?.runId ?? '', goal: parseRunId(id)?.goal ?? '' };
      if (names.includes(run.goal))
        await this.#once(run, 'late', () => this.#tell(listeners, heard, run, new Set(['late'])));
    }
  }

  /** outcome-listener.1: an outcome counts as seen only after every goal that listens was started. */
  async #once(run: Listed, what: 'end' | 'late', tell: () => Promise<void>): Promise<void> {
    const outcome = what === 'end' ? run.execution : `${run.execution} late`;
    if (this.#seen.has(outcome)) return;
    await tell();
    this.#seen.add(outcome);
    if (this.#seen.size > SEEN) this.#seen.delete(this.#seen.values().next().value as string);
    this.hearing = { ...this.hearing, recent: [...this.hearing.recent, outcome].slice(-RECENT) };
  }

  async #tellEnd(heard: Heard, run: ClosedRun & Listed): Promise<void> {
    const wanted: On[] = ['achieved', 'failed', 'updated'];
    if (heard.isExpected && !this.#seen.has(`${run.execution} late`)) wanted.push('late');
    const then = heard.listeners.filter(({ since }) => since <= run.closedAt);
    await this.#tell(then, heard, run, new Set(wanted));
  }

  async #tell(
    listening: readonly Listener[],
    heard: Heard,
    run: Listed,
    wanted: ReadonlySet<On>,
  ): Promise<void> {
    const listeners = listening.filter(({ on }) => wanted.has(on));
    if (listeners.length === 0) return;
    const told = await this.#told(run);
    if (told === null) {
      this.#log.warn({ run: run.id, execution: run.execution }, 'the retention of this run ended unheard');
      return;
    }
    const { startedAt, endedAt, outcome, state } = told;
    if (told.isHeld) return;
    const expected = heard.expectedMs === null ? told.expected : startedAt + heard.expectedMs;
    const isLate = expected !== null && (endedAt ?? Date.now()) > expected;
    for (const listener of listeners) {
      const { goal, on, input } = listener;
      if (on === 'updated') {
        if (state === 'achieved') await this.#tellUpdates(listener, run, outcome.key, endedAt ?? Date.now());
        continue;
      }
      // A run that failed was missed, whenever that was, and one that was cancelled is not wanted any more: only what is
      // achieved, or open, is late.
      if (on === 'late' ? !isLate || state === 'failed' || state === 'cancelled' : state !== on) continue;
      const reason = `${run.goal} ${on === 'late' ? 'is late' : on}`;
      await this.#start(goal, on, { run, reason }, listenerInput(outcome, input), endedAt ?? Date.now());
    }
  }

  /** For each partition of the dataset that the achieved run has produced, one run. */
  async #tellUpdates(
    { goal, dataset, input }: Listener,
    run: Listed,
    key: string,
    at: number,
  ): Promise<void> {
    const { produced = [] } = new HistoryReader(await this.#wholeHistory(run)).datasets.shown;
    for (const made of produced.filter((one) => one.dataset === dataset)) {
      const told = listenerInput({ ...made, run: run.id, goal: run.goal, key }, input);
      const reason = `${made.dataset} ${shownPartition(made.partition)} updated`;
      await this.#start(goal, 'updated', { run, reason, what: ` ${dataset} ${made.key}` }, told, at);
    }
  }

  async #wholeHistory({
    id,
    execution,
    events,
  }: Listed): Promise<readonly proto.api.history.v1.IHistoryEvent[]> {
    if (events !== undefined) return events;
    const told = await this.#call(() => this.#client.workflow.getHandle(id, execution).fetchHistory());
    return told.events ?? [];
  }

  async #start(
    goal: string,
    on: On,
    { run, reason, what = '' }: { run: Listed; reason: string; what?: string },
    input: unknown,
    at: number,
  ): Promise<void> {
    const why = {
      ...{ kind: 'outcome' as const, at: new Date(at).toISOString(), by: null },
      ...{ reason, ref: run.id, execution: run.execution },
    };
    try {
      const identity = `outcome ${on} ${run.execution} ${goal}${what}`;
      const begun = await startAskedRun({ goal, input, why, identity });
      // It may have been retracted before this was heard.
      if (begun.how === 'started')
        await isRetractedFor({ run: run.id, execution: run.execution }, { ...begun, run: begun.id }, 'any');
    } catch (error) {
      if (!(error instanceof ApplicationFailure && error.nonRetryable)) throw error;
      this.#log.warn(
        { goal, run: run.id, outcome: on, reason: error.message },
        'this outcome starts nothing, as the goal that listens refuses it',
      );
    }
  }

  /** How a run began and ended; null when Temporal keeps it no longer. */
  async #told({ id, execution, goal, events }: Listed) {
    const history = async (options: { historyEventFilterType?: number; maximumPageSize?: number }) => {
      const { history } = await this.#call(() =>
        this.#client.workflowService.getWorkflowExecutionHistory({
          namespace: this.#client.options.namespace,
          execution: { workflowId: id, runId: execution },
          ...options,
        }),
      );
      return history?.events ?? [];
    };
    try {
      const ends = async () => {
        const first = (await history({ maximumPageSize: 1 }))[0];
        return [...(first ? [first] : []), ...(await history({ historyEventFilterType: CLOSE_EVENT }))];
      };
      const { start, end } = new HistoryReader([...(events ?? (await ends()))]);
      if (start === null) return null;
      const ending = end === null ? null : endingOf(end, undefined, hasDeadline(start.attributes.memo));
      const outcome: EndedRun = {
        ...{ goal, run: id, key: parseRunId(id)?.key ?? '', input: firstValue(start.attributes.input) },
        ...{ output: ending?.output ?? null, failure: ending?.failure ?? null },
      };
      return {
        startedAt: Date.parse(start.at),
        expected: expectedIn(start.attributes.memo, Date.parse(start.at)),
        endedAt: end === null ? null : Date.parse(end.at),
        state: ending?.outcome ?? null,
        isHeld:
          whySchema.safeParse(value(start.attributes.memo?.fields?.[memoNames.why])).data?.downstream ===
          'hold',
        outcome,
      };
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  #call = <T>(make: () => Promise<T>): Promise<T> => this.#client.withDeadline(Date.now() + CALL_MS, make);

  #list: ListPage = (query, pageSize, nextPageToken) =>
    this.#call(() =>
      this.#client.workflowService.listWorkflowExecutions({
        namespace: this.#client.options.namespace,
        ...{ query, pageSize, nextPageToken },
      }),
    );
}

const expectedIn = (memo: proto.api.common.v1.IMemo | null | undefined, startedAt: number): number | null =>
  timesIn(paceSchema.safeParse(value(memo?.fields?.[memoNames.pace])).data, startedAt).expected;

const isPast = (time: number | null): boolean => time !== null && time <= Date.now();

/** Which goals are listened to, by whom that may. */
function heardIn(publications: readonly Publication[]): Heard[] {
  const byName = new Map(publications.map((publication) => [publication.goal, publication]));
  const all = new Map<string, Heard>();
  const hears = (published: Publication, listener: Listener): void => {
    const heard = all.get(published.goal) ?? {
      goal: published.goal,
      names: namesOf(published),
      isLight: hasLight(published),
      isExpected: published.expectedMs != null || published.expectedBy !== undefined,
      expectedMs: published.expectedMs ?? null,
      listeners: [],
    };
    heard.listeners.push(listener);
    all.set(published.goal, heard);
  };
  for (const { goal: listener, team, outcomes = [], updates = [], retired } of publications) {
    if (retired) continue;
    for (const { goal, on, input } of outcomes) {
      const declared = byName.get(goal);
      const published =
        declared?.retired === false ? declared : (successorOf(goal, publications) ?? declared);
      if (published === undefined || !mayUse(published, team)) continue;
      hears(published, { goal: listener, since: 0, on, input });
    }
    for (const { dataset, team: of, input } of updates)
      for (const published of publications) {
        const made = published.produces?.find((one) => one.name === dataset && one.team === of);
        if (published.retired || made === undefined || !mayUse(made, team)) continue;
        hears(published, { goal: listener, since: 0, on: 'updated', dataset, input });
      }
  }
  return [...all.values()];
}
