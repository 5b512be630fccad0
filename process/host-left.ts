// What a host that has ended without having gone on left behind, out of its history alone, without the team's code: the keys
// that it knew, and the runs that it had not answered, each with what it has done.

import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { batchCallsSchema, batchResultSchema, type CallAnswer, ledgerOf } from '../goals/wire/batch.ts';
import { emptyLedger } from '../goals/wire/ledger.ts';
import {
  artifactsOfStart,
  type EndedAsk,
  endOfAnswer,
  type IndexedUpdate,
  indexedUpdate,
  keysIn,
  type LightHost,
  type LightSeed,
  lightDigest,
  lightExecution,
  lightHostSchema,
  unfinishedBy,
} from '../goals/wire/light.ts';
import {
  type LightAnswer,
  type LightAsk,
  lightRequestSchema,
  lightResultSchema,
} from '../goals/wire/light-update.ts';
import { withLostAttempts } from '../goals/wire/lost-attempts.ts';
import { inputDigest, runId } from '../goals/wire/run-id.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads;

/** A run that the host had not answered. */
export interface LeftRun {
  ask: LightAsk;
  execution: string;
  seed: LightSeed;
}

export interface HostLeft {
  /** Its input. */
  host: LightHost;
  updates: IndexedUpdate[];
  runs: LeftRun[];
  /** In milliseconds since 1970. */
  closed: number;
}

interface Accepted {
  asks: readonly LightAsk[];
  at: number;
  eventId: number;
}

/** Null of what is the history of no host. */
export function leftBy(events: readonly Event[], execution: string): HostLeft | null {
  const start = events[0]?.workflowExecutionStartedEventAttributes;
  const host = lightHostSchema.safeParse(valueIn(start?.input)).data;
  if (host === undefined) return null;
  const accepted = new Map<string, Accepted>();
  const answered = new Map<string, { answers: readonly LightAnswer[]; at: number }>();
  for (const event of events) {
    const { acceptedRequest } = event.workflowExecutionUpdateAcceptedEventAttributes ?? {};
    const asks = lightRequestSchema.safeParse(valueIn(acceptedRequest?.input?.args)).data?.runs;
    const [at, eventId] = [timeOf(event), Number(event.eventId)];
    if (asks !== undefined) accepted.set(acceptedRequest?.meta?.updateId ?? '', { asks, at, eventId });
    const { meta, outcome } = event.workflowExecutionUpdateCompletedEventAttributes ?? {};
    const answers = lightResultSchema.safeParse(valueIn(outcome?.success)).data?.answers;
    if (answers !== undefined) answered.set(meta?.updateId ?? '', { answers, at });
  }
  const closed = timeOf(events.at(-1));
  const updates: IndexedUpdate[] = [];
  for (const [update, { answers, at }] of answered) {
    const asks = accepted.get(update)?.asks ?? [];
    const ended = asks.map((ask, i) => ({ ask, answer: answers[i], end: endOfAnswer(answers[i]) }));
    updates.push(indexedUpdate(update, at, ended));
  }
  const known = new Map([
    ...keysIn({ n: host.n, host: host.earlier?.execution ?? '' }, host.earlier?.updates ?? []),
    ...keysIn({ n: host.n, host: execution }, updates),
  ]);
  const done = stepsIn(events);
  const runs: LeftRun[] = [];
  const keys = new Set<string>();
  for (const [update, { asks, at, eventId }] of accepted) {
    if (answered.has(update)) continue;
    const ended = asks.map((ask, place): EndedAsk => {
      const hasRun = known.get(lightDigest(ask.key))?.end === 'a' && ask.force !== true;
      // Another of the same key had it joined.
      if (hasRun || keys.has(ask.key)) return { ask, answer: undefined, end: '-' };
      keys.add(ask.key);
      const from = lightExecution({ n: host.n, host: execution, update, place });
      const steps = done.filter((step) => step.eventId > eventId && step.run === runId(host.goal, ask.key));
      runs.push({ ask, execution: from, seed: seedOf(from, at, steps, closed) });
      return { ask, answer: undefined, end: 'o' };
    });
    updates.push(indexedUpdate(update, closed, ended));
  }
  return { host, updates, runs, closed };
}

interface StepDone {
  run: string;
  path: string;
  job: string;
  input: string;
  eventId: number;
  /** Null of one that was under way. */
  answer: CallAnswer | null;
}

/** The calls of all batches. A local activity tells neither run nor path: what is inline is done again. */
function stepsIn(events: readonly Event[]): StepDone[] {
  const answers = new Map<string, readonly CallAnswer[]>();
  for (const { activityTaskCompletedEventAttributes: completed } of events) {
    const result = batchResultSchema.safeParse(valueIn(completed?.result)).data;
    if (result !== undefined) answers.set(String(completed?.scheduledEventId), result.answers);
  }
  return events.flatMap(({ eventId, activityTaskScheduledEventAttributes: scheduled }) => {
    const calls = batchCallsSchema.safeParse(valueIn(scheduled?.input)).data ?? [];
    return calls.flatMap(({ run, path, input }, i) =>
      run === undefined || path === undefined
        ? []
        : [
            {
              ...{ run, path, input: inputDigest(input), job: scheduled?.activityType?.name ?? '' },
              eventId: Number(eventId),
              answer: answers.get(String(eventId))?.[i] ?? null,
            },
          ],
    );
  });
}

function seedOf(from: string, begun: number, steps: readonly StepDone[], closed: number): LightSeed {
  const seed: LightSeed = { gk: 'light', from, begun, results: [], unfinished: [] };
  const artifacts = steps.flatMap(({ answer }) => answer?.artifacts ?? []);
  if (artifacts.length > 0) seed.artifacts = artifactsOfStart(artifacts);
  for (const { path, job, input, answer } of steps) {
    if (answer === null) {
      // It was under way: as after the loss of its worker.
      const ledger = withLostAttempts(emptyLedger(), 2, new Date(closed).toISOString());
      const carried = { gk: 1 as const, ledger: { ...ledger, server: 0, open: false } };
      seed.unfinished.push({ path, job, input, carried });
    } else if (answer.end === undefined) {
      const ledger = ledgerOf(answer);
      const n = seed.results.length;
      seed.results.push({ n, path, job, input, from, output: answer.output, ...(ledger && { ledger }) });
    } else if (answer.end !== 'unbegun' && answer.end !== 'cancelled')
      seed.unfinished.push({ path, job, input, ...unfinishedBy(answer) });
  }
  return seed;
}

/** Undefined of nothing, and of what is no JSON. */
function valueIn(payloads: Payloads | null | undefined): unknown {
  const payload = payloads?.payloads?.[0];
  try {
    return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
  } catch {
    return undefined;
  }
}

const timeOf = (event: Event | undefined): number =>
  Number(event?.eventTime?.seconds ?? 0) * 1000 + Math.floor((event?.eventTime?.nanos ?? 0) / 1e6);
