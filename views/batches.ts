// Calls that travelled together (workflows/steps/batches.ts), as a history tells of them: each is a step of its own.

import type { temporal } from '@temporalio/proto';
import {
  type BatchCall,
  batchCallsSchema,
  batchHeartbeatSchema,
  batchPrefix,
  batchResultSchema,
  type CallAnswer,
  ledgerOf,
} from '../goals/wire/batch.ts';
import { callSchema } from '../goals/wire/call.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import type { ArtifactBook } from './artifacts.ts';
import { localActivity } from './local-activity.ts';
import type { MapReader } from './maps.ts';
import { firstValue, value } from './payload.ts';
import type { StepBook } from './step-book.ts';
import { close, learn, newStep } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Scheduled = temporal.api.history.v1.IActivityTaskScheduledEventAttributes;
type Payloads = temporal.api.common.v1.IPayloads;
type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;

/** One call of a batch. */
export interface Carried {
  path: string;
  job: string;
  /** The digest of its input; made when it is asked for, as it costs more than all else here. */
  digest: () => string;
}

/** The calls of a batch, in order; null when the activity is none. */
export function carriedBy(scheduled: Scheduled): Carried[] | null {
  const prefix = batchPrefix(scheduled.activityId ?? '');
  if (prefix === null) return null;
  const job = scheduled.activityType?.name ?? '';
  const calls = batchCallsSchema.safeParse(firstValue(scheduled.input)).data ?? [];
  return calls.map(({ n, input }: BatchCall) => ({
    path: `${prefix}#${n}`,
    job,
    digest: () => inputDigest(input),
  }));
}

/** The answers of a batch, in the order of its calls. */
export const answersIn = (result: Payloads | null | undefined): CallAnswer[] =>
  batchResultSchema.safeParse(firstValue(result)).data?.answers ?? [];

/** What a marker tells of calls that ran inline; null when it tells of none. */
export function inlineCalls(event: Event): (Carried & { answer: CallAnswer })[] | null {
  const { type: job, result } = localActivity(event) ?? {};
  if (job === undefined) return null;
  const answers = batchResultSchema.safeParse(result).data?.answers;
  return (
    answers?.flatMap((answer) =>
      answer.n === undefined
        ? []
        : [{ path: `${job}#${answer.n}`, job, digest: () => answer.input ?? '', answer }],
    ) ?? null
  );
}

/** The steps of the calls of a batch: as they begin, and as it answers. */
export class BatchReader {
  readonly #steps: StepBook;
  readonly #maps: MapReader;
  readonly #artifacts: ArtifactBook;
  /** Paths of the steps by the event that scheduled their batch, and by the ID of one that has not ended. */
  readonly #paths = new Map<string, string[]>();
  readonly #open = new Map<string, string[]>();

  constructor(steps: StepBook, maps: MapReader, artifacts: ArtifactBook) {
    this.#artifacts = artifacts;
    this.#steps = steps;
    this.#maps = maps;
  }

  /** Reads an event of a batch; false when it is of none. */
  read(event: Event, time: string): boolean {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const calls = scheduled ? carriedBy(scheduled) : null;
    if (calls !== null) {
      const paths = calls.map(({ path }) => path);
      const shared = callSchema.safeParse(value(scheduled?.input?.payloads?.[1])).data;
      this.#maps.total(paths[0] ?? '', shared?.items);
      this.#paths.set(String(event.eventId), paths);
      this.#open.set(scheduled?.activityId ?? '', paths);
      for (const { path, job } of calls)
        if (!this.#steps.has(path)) this.#steps.set(path, newStep(path, 'job', job, time));
      return true;
    }
    const inline = inlineCalls(event);
    if (inline !== null) {
      for (const { path, job, answer } of inline) {
        const begun = new Date(Date.parse(time) - answer.ms).toISOString();
        if (!this.#steps.has(path)) this.#steps.set(path, newStep(path, 'job', job, begun));
        for (const told of answer.artifacts ?? []) this.#artifacts.ofAttempt(told);
        this.#answer(path, answer, time);
      }
      return true;
    }
    return this.#ended(event, time);
  }

  #ended(event: Event, time: string): boolean {
    const started = event.activityTaskStartedEventAttributes;
    const completed = event.activityTaskCompletedEventAttributes;
    const cancelled = event.activityTaskCanceledEventAttributes;
    const lost = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    const of = (started ?? completed ?? cancelled ?? lost)?.scheduledEventId;
    const paths = this.#paths.get(String(of));
    if (paths === undefined) return false;
    const answers = answersIn(completed?.result);
    paths.forEach((path, i) => {
      const known = this.#steps.get(path);
      if (known === undefined) return;
      if (started) known.step.state = 'running';
      else if (cancelled) close(known, 'cancelled', time);
      // What was not answered goes on alone.
      else this.#answer(path, answers[i] ?? { ms: 0, end: 'alone' }, time);
    });
    return true;
  }

  #answer(path: string, answer: CallAnswer, time: string): void {
    const known = this.#steps.get(path);
    if (known === undefined) return;
    learn(known, ledgerOf(answer));
    const { step } = known;
    step.ms = (step.ms ?? 0) + answer.ms;
    const { total } = known.ledger;
    // It has begun, and ended otherwise than by an error of its own.
    const isCounted = answer.end === undefined || answer.end === 'cancelled';
    step.attempts = total + (isCounted ? 1 : 0);
    if (answer.end === undefined) close(known, 'succeeded', time);
    else if (answer.end === 'cancelled') close(known, 'cancelled', time);
    else if (answer.end === 'failed') {
      known.gaveUp = answer.reason === 'retried' ? null : (answer.reason ?? null);
      close(known, 'failed', time);
    } else step.state = 'waiting';
  }

  /** Takes over what the server holds of a batch under way; false when the activity is none. */
  goOn({ activityId, heartbeatDetails }: PendingActivity, isStarted: boolean): boolean {
    const paths = this.#open.get(activityId ?? '');
    if (paths === undefined) return false;
    const told = batchHeartbeatSchema.safeParse(firstValue(heartbeatDetails)).data?.batch;
    for (const path of paths) {
      const known = this.#steps.get(path);
      if (known === undefined) continue;
      const n = path.slice(path.lastIndexOf('#') + 1);
      const answer = told?.answers[n];
      learn(known, (answer && ledgerOf(answer)) ?? told?.carried[n]?.ledger);
      known.step.state = isStarted ? 'running' : 'waiting';
      known.step.attempts = known.ledger.total + (isStarted ? 1 : 0);
    }
    return true;
  }
}
