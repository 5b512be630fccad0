// Goal to goal: hears how runs end, or that they are late, and starts the goals that listen; one shift of listening.
// It looks in Temporal's visibility, so it hears of each run, also of one that was terminated, and of another team's.

import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { mayUse } from '../../goals/wire/between-goals.ts';
import {
  activityNames,
  HEAR_OUTCOMES,
  memoNames,
  SYSTEM_TASK_QUEUE,
  searchAttributes,
  signalNames,
} from '../../goals/wire/names.ts';
import { type Hearing, heardInput, hearingSchema, type Outcome } from '../../goals/wire/outcomes.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { whySchema } from '../../goals/wire/run-view.ts';
import { isGone } from '../../process/is-not-found.ts';
import { deadlineOf } from '../../views/closed-as.ts';
import { type ClosedRun, closedRuns, type ListPage } from '../../views/closed-runs.ts';
import { firstValue, value } from '../../views/payload.ts';
import { HistoryReader } from '../../views/read-history.ts';
import { endingOf } from '../../views/run-view.ts';
import { listPublications } from '../catalogue/publications.ts';
import { startRun } from './start-run.ts';

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

type On = NonNullable<Publication['outcomes']>[number]['on'];

interface Listener {
  goal: string;
  since: number;
  on: On;
  input: Readonly<Record<string, string>>;
}

/** Whom runs of a goal are of interest to. */
interface Heard {
  goal: string;
  expectedMs: number | null;
  listeners: Listener[];
}

/** A run as it was listed. */
interface Listed {
  id: string;
  execution: string;
  goal: string;
}

/** Makes sure that the outcomes are heard which one of these goals listens to. */
export async function listenToOutcomes(client: Client, publications: readonly Publication[]): Promise<void> {
  if (publications.every(({ outcomes = [] }) => outcomes.length === 0)) return;
  await client.workflow.signalWithStart(HEAR_OUTCOMES, {
    workflowId: HEAR_OUTCOMES,
    taskQueue: SYSTEM_TASK_QUEUE,
    args: [null],
    signal: signalNames.listen,
    staticSummary: 'goals that are started by the outcomes of others',
  });
}

/** Returns when its shift is over or its worker stops; null when nobody listened for a whole shift. */
export const hearOutcomes =
  (log: Logger) =>
  async (given: Hearing): Promise<Hearing | null> => {
    const context = Context.current();
    const { cancellationSignal: signal } = context;
    const carried = hearingSchema.safeParse(context.info.heartbeatDetails);
    const ear = new Ear(carried.success ? carried.data : given, context.client, log, timeOf(context));
    const until = Date.now() + SHIFT_MS;
    const isOver = (): boolean => signal.aborted || Date.now() > until;
    const beat = setInterval(() => context.heartbeat(ear.hearing), BEAT_MS);
    try {
      do {
        await ear.hear(isOver);
        await context.sleep(PERIOD_MS).catch(() => undefined);
      } while (!isOver());
      return signal.aborted || ear.isNeeded ? ear.hearing : null;
    } catch (error) {
      if (signal.aborted) return ear.hearing;
      log.warn({ err: error }, 'outcomes could not be heard: they are looked for again');
      // The last words of an attempt that fails are what the next begins with.
      context.heartbeat(ear.hearing);
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

class Ear {
  /** Replaced, never changed: what was handed out stays as it was. */
  hearing: Hearing;
  /** Whether a goal listened in this shift, be it to one that is not there yet, or not open to it. */
  isNeeded = false;
  readonly #seen: Set<string>;
  readonly #client: Client;
  readonly #log: Logger;
  readonly #now: () => number;
  #heard: { all: readonly Heard[]; readAt: number } = { all: [], readAt: Number.NEGATIVE_INFINITY };

  constructor(hearing: Hearing, client: Client, log: Logger, now: () => number) {
    this.hearing = hearing;
    this.#seen = new Set(hearing.recent);
    this.#client = client;
    this.#log = log;
    this.#now = now;
  }

  /** One look. */
  async hear(isOver: () => boolean): Promise<void> {
    const beganAt = performance.now();
    await this.#readCatalogue(beganAt - CATALOGUE_MS);
    if (this.#heard.all.length > 0) await this.#hearEnds(beganAt, isOver);
    for (const heard of this.#heard.all) await this.#hearLate(heard, isOver);
  }

  /** Unless that was done since. */
  async #readCatalogue(since: number): Promise<void> {
    if (this.#heard.readAt >= since) return;
    const readAt = performance.now();
    const publications = await listPublications(this.#client);
    this.isNeeded ||= publications.some(({ retired, outcomes = [] }) => !retired && outcomes.length > 0);
    this.#heard = { all: this.#sinceWhen(heardIn(publications)), readAt };
  }

  /** The watermark may be old, as it waits for what is listened to: who is new is told of nothing from before. */
  #sinceWhen(all: readonly Heard[]): readonly Heard[] {
    const { since, listeners: before } = this.hearing;
    const isNew = before === undefined ? since : this.#now() - OVERLAP_MS;
    const listeners: Record<string, number> = {};
    for (const { goal, listeners: listening } of all)
      for (const listener of listening) {
        const name = `${listener.goal} ${listener.on} ${goal}`;
        listener.since = before?.[name] ?? isNew;
        listeners[name] = listener.since;
      }
    this.hearing = { ...this.hearing, listeners };
    return all;
  }

  async #hearEnds(beganAt: number, isOver: () => boolean): Promise<void> {
    const { since, watermark } = this.hearing;
    const from = Math.max(since, watermark - OVERLAP_MS);
    const types = this.#heard.all.map(({ goal }) => `'${goal}'`).join(', ');
    const ended = `${searchAttributes.owner} IS NOT NULL AND WorkflowType IN (${types}) AND ExecutionStatus IN ('Completed', 'Failed', 'Terminated', 'TimedOut')`;
    for await (const run of closedRuns(this.#list, ended, from, Date.now() + DAY_MS)) {
      if (isOver()) return;
      // Who has come to listen by the time of the end is told of it, and it is told once.
      if (!this.#seen.has(run.execution)) await this.#readCatalogue(beganAt);
      const heard = this.#heard.all.find(({ goal }) => goal === run.goal);
      if (heard !== undefined) await this.#once(run, 'end', () => this.#tellEnd(heard, run));
      this.hearing = { ...this.hearing, watermark: Math.max(this.hearing.watermark, run.closedAt) };
    }
  }

  async #hearLate(heard: Heard, isOver: () => boolean): Promise<void> {
    const { goal, expectedMs, listeners } = heard;
    if (expectedMs === null || listeners.every(({ on }) => on !== 'late')) return;
    const started = new Date(Date.now() - expectedMs).toISOString();
    const query = `${searchAttributes.owner} IS NOT NULL AND WorkflowType = '${goal}' AND ExecutionStatus = 'Running' AND StartTime <= '${started}'`;
    const { executions } = await this.#list(query, LATE_RUNS, null);
    for (const { execution } of executions ?? []) {
      if (isOver()) return;
      const run = { id: execution?.workflowId ?? '', execution: execution?.runId ?? '', goal };
      if (parseRunId(run.id)?.goal === goal)
        await this.#once(run, 'late', () => this.#tell(listeners, heard, run, new Set(['late'])));
    }
  }

  /** G1. */
  async #once(run: Listed, what: 'end' | 'late', tell: () => Promise<void>): Promise<void> {
    const outcome = what === 'end' ? run.execution : `${run.execution} late`;
    if (this.#seen.has(outcome)) return;
    await tell();
    this.#seen.add(outcome);
    if (this.#seen.size > SEEN) this.#seen.delete(this.#seen.values().next().value as string);
    this.hearing = { ...this.hearing, recent: [...this.hearing.recent, outcome].slice(-RECENT) };
  }

  async #tellEnd(heard: Heard, run: ClosedRun): Promise<void> {
    const wanted: On[] = ['achieved', 'failed'];
    if (heard.expectedMs !== null && !this.#seen.has(`${run.execution} late`)) wanted.push('late');
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
    const isLate = heard.expectedMs !== null && (endedAt ?? Date.now()) > startedAt + heard.expectedMs;
    for (const { goal, on, input } of listeners) {
      // A run that failed was missed, whenever that was, and one that was cancelled is not wanted any more: only what is
      // achieved, or open, is late.
      if (on === 'late' ? !isLate || state === 'failed' || state === 'cancelled' : state !== on) continue;
      await this.#start(goal, on, run, heardInput(outcome, input), endedAt ?? Date.now());
    }
  }

  async #start(goal: string, on: On, run: Listed, input: unknown, at: number): Promise<void> {
    const why = {
      ...{ kind: 'outcome' as const, at: new Date(at).toISOString(), by: null },
      ...{ reason: `${run.goal} ${on === 'late' ? 'is late' : on}`, ref: run.id },
    };
    try {
      await startRun({ goal, input, why, identity: `outcome ${on} ${run.execution} ${goal}` });
    } catch (error) {
      if (!(error instanceof ApplicationFailure && error.nonRetryable)) throw error;
      this.#log.warn(
        { goal, run: run.id, outcome: on, reason: error.message },
        'this outcome starts nothing, as the goal that listens refuses it',
      );
    }
  }

  /** How a run began and ended; null when Temporal keeps it no longer. */
  async #told({ id, execution, goal }: Listed) {
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
      const first = (await history({ maximumPageSize: 1 }))[0];
      const { start, end } = new HistoryReader([
        ...(first ? [first] : []),
        ...(await history({ historyEventFilterType: CLOSE_EVENT })),
      ]);
      if (start === null) return null;
      const ending = end === null ? null : endingOf(end, undefined, deadlineOf(start.attributes.memo));
      const outcome: Outcome = {
        ...{ goal, run: id, key: parseRunId(id)?.key ?? '', input: firstValue(start.attributes.input) },
        ...{ output: ending?.output ?? null, failure: ending?.failure ?? null },
      };
      return {
        startedAt: Date.parse(start.at),
        endedAt: end === null ? null : Date.parse(end.at),
        state: ending?.outcome ?? null,
        isHeld:
          whySchema.safeParse(value(start.attributes.memo?.fields?.[memoNames.why])).data?.downstream ===
          'hold',
        outcome,
      };
    } catch (error) {
      if (isGone(error)) return null;
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

/** Which goals are listened to, by whom that may. */
function heardIn(publications: readonly Publication[]): Heard[] {
  const byName = new Map(publications.map((publication) => [publication.goal, publication]));
  const all = new Map<string, Heard>();
  for (const { goal: listener, team, outcomes = [], retired } of publications) {
    if (retired) continue;
    for (const { goal, on, input } of outcomes) {
      const published = byName.get(goal);
      if (published === undefined || !mayUse(published, team)) continue;
      const heard = all.get(goal) ?? { goal, expectedMs: published.expectedMs ?? null, listeners: [] };
      heard.listeners.push({ goal: listener, since: 0, on, input });
      all.set(goal, heard);
    }
  }
  return [...all.values()];
}

export const hearingActivities = (log: Logger) => ({ [activityNames.hearOutcomes]: hearOutcomes(log) });
