// The worker's side of calls that travel together (goals/wire/batch.ts): each is made by the same wrapper as a step with an
// activity of its own, a bounded number at once, and the activity answers for all of them within about a second.
//
// batch-attempt.1. It throws for no call: whatever ends one is its answer, and the other members do not notice.
// batch-attempt.2. It waits for no call longer than its share. A call that is not done by then is cut short, and goes on alone.
// batch-attempt.3. After the loss of its worker nothing runs here again: an ended call gets the answer that it reported, and all others go
//     on alone, so that a call that takes its worker down does so to itself only.

import { ApplicationFailure, CancelledFailure, Context, type Info } from '@temporalio/activity';
import { ActivityCancelledError } from '@temporalio/client';
import type { Logger } from 'pino';
import { requireMilliseconds } from '../../goals/duration.ts';
import type { SentArtifacts } from '../../goals/wire/artifacts.ts';
import {
  type BatchCall,
  type BatchHeartbeat,
  type BatchResult,
  batchCallsSchema,
  batchHeartbeatSchema,
  batchPrefix,
  type CallAnswer,
  isBatchId,
  ledgerOf,
} from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import {
  emptyLedger,
  type Heartbeat,
  jsonBytes,
  withoutLines as ledgerWithoutLines,
  stepFailureSchema,
} from '../../goals/wire/ledger.ts';
import { withLostAttempts } from '../../goals/wire/lost-attempts.ts';
import { inputDigest } from '../../goals/wire/run-id.ts';
import type { Binding } from '../bind.ts';
import { countAttempt } from '../metrics.ts';
import { runOf } from './run-of.ts';
import { ServerAttempt } from './server-attempt.ts';

/** Calls that are under way at once. */
const LANES = 50;

/** How long after the beginning further calls begin. */
const BEGIN_MS = 500;

/** How long a call may take, its retries included. */
const SHARE_MS = 1000;

/** Where calls of many runs travel together: once so many have ended, the rest may take as long again, but at least so many milliseconds. */
const MOST = 3 / 4;
const PATIENCE_MS = 20;

/** How long a call that was cut short may take to end, before it goes on alone. */
const CUT_MS = 100;

/** JSON of all answers: as much as the engine takes, with room to spare; of an inline one, as a workflow task takes of many. */
const RESULT_BYTES = 1536 * 1024;
const INLINE_RESULT_BYTES = 256 * 1024;

/** From so many of them on no further call begins. */
const FULL = 1 / 3;

/** Inline, a call that has failed more often than this goes on alone. */
const INLINE_FAILURES = 2;

/** JSON of what a heartbeat keeps of one answer, and of all that it keeps. */
const HELD_ANSWER_BYTES = 4 * 1024;
const HELD_BYTES = 64 * 1024;

/** Why a call is cut short. */
const SLOW = new Error('it takes longer than a quick job may, and begins again alone');

/** What is over sooner needs no heartbeat; what takes longer tells how far it is. */
const FIRST_BEAT_MS = 20;
const BEAT_MS = 100;
const BEAT_ANSWER_MS = 2000;

/** Whether an activity carries several calls of a job, or one inline. Our other local activities are no jobs. */
export const isBatch = ({ activityId, isLocal }: Info): boolean => isLocal || isBatchId(activityId);

/** Makes the calls, and answers for each. */
export async function batchAttempt(
  binding: Binding,
  given: unknown,
  shared: Call,
  log: Logger,
): Promise<BatchResult> {
  const calls = batchCallsSchema.safeParse(given);
  if (!calls.success) throw ApplicationFailure.nonRetryable('these are not calls', 'CallsInvalid');
  const batch = new Batch(binding, calls.data, shared, log);
  const { isLocal, attempt } = Context.current().info;
  const answers = attempt > 1 && !isLocal ? batch.recovered() : await batch.run();
  if (!isLocal) return { gk: 1, answers };
  const named = answers.map((answer, i) => {
    const { n, input } = calls.data[i] as BatchCall;
    return { n, input: inputDigest(input), ...answer };
  });
  return { gk: 1, answers: named };
}

function withArtifacts(
  answer: Omit<CallAnswer, 'ms'>,
  artifacts: readonly SentArtifacts[],
): Omit<CallAnswer, 'ms'> {
  return artifacts.length === 0 ? answer : { ...answer, artifacts: [...artifacts] };
}

/** An answer without what its attempts wrote and showed: the same where they did neither. */
function withoutWritten(answer: CallAnswer): CallAnswer {
  const { ledger, carried, artifacts } = answer;
  return {
    ...answer,
    ...(artifacts && { artifacts: artifacts.map(unkept) }),
    ...(ledger && { ledger: ledgerWithoutLines(ledger) }),
    ...(carried && { carried: { ...carried, ledger: ledgerWithoutLines(carried.ledger) } }),
  };
}

/** They are counted all the same. */
const unkept = ({ items, ...told }: SentArtifacts): SentArtifacts => ({
  ...told,
  items: [],
  dropped: { by: `${told.step}@${told.attempt}`, count: items.length },
});

class Batch {
  readonly #context = Context.current();
  /** Each of them ends its call: one signal that all share would cost each call more than the call itself. */
  readonly #underWay = new Set<AbortController>();
  #isCancelled = false;
  readonly #begunAt = performance.now();
  readonly #binding: Binding;
  readonly #calls: readonly BatchCall[];
  readonly #shared: Call;
  readonly #log: Logger;
  readonly #answers: CallAnswer[] = [];
  /** What a heartbeat keeps, as far as there is room. */
  readonly #held: BatchHeartbeat['batch'] = { begun: 0, answers: {}, carried: {} };
  #heldBytes = 0;
  #begun = 0;
  #bytes = 0;
  #ended = 0;
  /** Cut their calls short. */
  readonly #cuts = new Set<() => void>();
  #impatience: NodeJS.Timeout | undefined;
  #beating: Promise<boolean> | null = null;
  #beatsNext: Promise<boolean> | null = null;

  constructor(binding: Binding, calls: readonly BatchCall[], shared: Call, log: Logger) {
    this.#binding = binding;
    this.#calls = calls;
    this.#shared = shared;
    this.#log = log;
  }

  get #prefix(): string {
    return batchPrefix(this.#context.info.activityId) ?? this.#binding.job.name;
  }

  get #isLocal(): boolean {
    return this.#context.info.isLocal;
  }

  async run(): Promise<CallAnswer[]> {
    let beat: NodeJS.Timeout | undefined;
    const beats = (ms: number): void => {
      beat = setTimeout(() => this.#beat().finally(() => beat && beats(BEAT_MS)), ms);
    };
    if (!this.#isLocal) beats(FIRST_BEAT_MS);
    const { cancellationSignal } = this.#context;
    const cancel = (): void => this.#cancel(cancellationSignal.reason);
    if (cancellationSignal.aborted) cancel();
    cancellationSignal.addEventListener('abort', cancel, { once: true });
    try {
      const lanes = Math.min(LANES, this.#shared.lanes ?? LANES, this.#calls.length);
      await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    } finally {
      clearTimeout(beat);
      clearTimeout(this.#impatience);
      beat = undefined;
    }
    return this.#calls.map((_, i) => this.#answers[i] ?? { ms: 0, end: 'unbegun' });
  }

  /** The answers of a batch whose worker was lost. */
  recovered(): CallAnswer[] {
    const { info } = this.#context;
    const told = batchHeartbeatSchema.safeParse(info.heartbeatDetails).data?.batch;
    const { begun = LANES, answers = {}, carried = {} } = told ?? {};
    const noticed = new Date(info.currentAttemptScheduledTimestampMs).toISOString();
    return this.#calls.map(({ n }, i) => {
      const answer = answers[n];
      // batch-attempt.3: an answer that the server held stands; whatever had begun goes on alone.
      if (answer !== undefined) return answer;
      if (i >= begun) return { ms: 0, end: 'unbegun' };
      countAttempt(runOf(this.#shared, info).goal, 'lost');
      const before = carried[n] ?? { gk: 1, ledger: emptyLedger() };
      const ledger = { ...withLostAttempts(before.ledger, 2, noticed), server: 0, open: false };
      return { ms: 0, end: 'alone', carried: { ...before, ledger } };
    });
  }

  async #lane(): Promise<void> {
    while (this.#begun < this.#calls.length && this.#mayBegin()) {
      const i = this.#begun++;
      const call = this.#calls[i] as BatchCall;
      const begunAt = performance.now();
      const answer = await this.#answer(call, begunAt);
      this.#keep(i, { ms: Math.round(performance.now() - begunAt), ...answer });
    }
  }

  #cancel(reason: unknown): void {
    this.#isCancelled = true;
    for (const share of this.#underWay) share.abort(reason);
  }

  #mayBegin(): boolean {
    return (
      performance.now() - this.#begunAt < BEGIN_MS && this.#bytes < this.#limit() * FULL && !this.#isCancelled
    );
  }

  #limit(): number {
    return this.#isLocal ? INLINE_RESULT_BYTES : RESULT_BYTES;
  }

  async #answer({ n, input, path, ...options }: BatchCall, begunAt: number): Promise<Omit<CallAnswer, 'ms'>> {
    const share = new AbortController();
    this.#underWay.add(share);
    const attempt = new ServerAttempt(this.#binding, { ...this.#shared, ...options }, this.#log, {
      path: path ?? `${this.#prefix}#${n}`,
      signal: share.signal,
      begunAt: this.#begunAt,
      endsAt: begunAt + this.#shareMs,
      failures: this.#isLocal ? INLINE_FAILURES : Number.POSITIVE_INFINITY,
      taken: (held) => this.#taken(n, held),
    });
    const alone = (delayMs?: number): Omit<CallAnswer, 'ms'> => {
      const { carried } = attempt;
      return { end: 'alone', ...(carried && { carried }), ...(delayMs && { delayMs }) };
    };
    // batch-attempt.1: whatever ends the call becomes its answer.
    const work = attempt.run(input).catch((thrown: unknown): Omit<CallAnswer, 'ms'> => {
      if (share.signal.reason === SLOW) return alone();
      if (thrown instanceof CancelledFailure) return { end: 'cancelled', ledger: attempt.ledger };
      if (!(thrown instanceof ApplicationFailure)) return alone();
      const told = stepFailureSchema.safeParse(thrown.details?.[0]).data;
      if (told !== undefined && told.reason !== 'retried') return { end: 'failed', ...told };
      const delayMs = requireMilliseconds((thrown.nextRetryDelay ?? 0) as number);
      return alone(delayMs > 1 ? delayMs : undefined);
    });
    let timer: NodeJS.Timeout | undefined;
    let cut = (): void => undefined;
    const late = (ms: number) =>
      new Promise<null>((resolve) => {
        cut = () => resolve(null);
        timer = setTimeout(cut, ms);
        if (this.#shared.shareMs !== undefined) this.#cuts.add(cut);
      });
    try {
      // batch-attempt.2: the call has its share of the time, and no more.
      const inTime = await Promise.race([work, late(this.#shareMs)]);
      if (inTime !== null) return withArtifacts(inTime, attempt.toldArtifacts);
      share.abort(SLOW);
      clearTimeout(timer);
      this.#cuts.delete(cut);
      const afterCut = await Promise.race([work, late(CUT_MS)]);
      return withArtifacts(afterCut ?? alone(), attempt.toldArtifacts);
    } finally {
      clearTimeout(timer);
      this.#cuts.delete(cut);
      this.#underWay.delete(share);
    }
  }

  get #shareMs(): number {
    return this.#shared.shareMs ?? SHARE_MS;
  }

  /** One slow call must not hold the answers of the runs that it travels with: batch-attempt.2. */
  #hurry(): void {
    const { length } = this.#calls;
    if (this.#shared.shareMs === undefined || this.#impatience || ++this.#ended < length * MOST) return;
    const elapsedMs = performance.now() - this.#begunAt;
    this.#impatience = setTimeout(
      () => {
        for (const cut of [...this.#cuts]) cut();
      },
      Math.max(PATIENCE_MS, elapsedMs),
    );
  }

  #keep(i: number, given: CallAnswer): void {
    this.#hurry();
    const { n } = this.#calls[i] as BatchCall;
    const whole = jsonBytes(given);
    const hasMore = ledgerOf(given) !== undefined || given.artifacts !== undefined;
    const bare = hasMore ? withoutWritten(given) : given;
    const bareBytes = bare === given ? whole : jsonBytes(bare);
    // What a call wrote costs no other call its room.
    const hasRoom = this.#bytes + whole < this.#limit() * FULL;
    const [answer, bytes] = hasRoom ? [given, whole] : [bare, bareBytes];
    const isTooMuch = this.#bytes + bytes > this.#limit();
    this.#bytes += isTooMuch ? 0 : bytes;
    // Its work is done, and it is done again: there is no way to tell of it.
    this.#answers[i] = isTooMuch ? { ms: answer.ms, end: 'alone' } : answer;
    if (isTooMuch || this.#isLocal || bareBytes > HELD_ANSWER_BYTES) return;
    delete this.#held.carried[n];
    this.#hold(bareBytes, () => {
      this.#held.answers[n] = bare;
    });
  }

  #hold(bytes: number, keep: () => void): boolean {
    if (this.#heldBytes + bytes > HELD_BYTES) return false;
    this.#heldBytes += bytes;
    keep();
    return true;
  }

  /** A call failed and is tried again here: once the server has its ledger. */
  async #taken(n: number, whole: Heartbeat): Promise<boolean> {
    if (this.#isLocal) return true;
    const held = { ...whole, ledger: ledgerWithoutLines(whole.ledger) };
    const isHeld = this.#hold(jsonBytes(held), () => {
      this.#held.carried[n] = held;
    });
    return isHeld && (await this.#beat());
  }

  /** Tells the server what is held by now. While one telling is under way, those that come share the next. */
  #beat(): Promise<boolean> {
    if (this.#beating === null) {
      this.#beating = this.#send().finally(() => {
        this.#beating = null;
      });
      return this.#beating;
    }
    this.#beatsNext ??= this.#beating.then(() => {
      this.#beatsNext = null;
      return this.#beat();
    });
    return this.#beatsNext;
  }

  async #send(): Promise<boolean> {
    const { client, info } = this.#context;
    const envelope: BatchHeartbeat = { gk: 1, batch: { ...this.#held, begun: this.#begun } };
    try {
      await client.withDeadline(Date.now() + BEAT_ANSWER_MS, () =>
        client.activity.heartbeat(info.taskToken, envelope),
      );
      return true;
    } catch (error) {
      // The SDK, which sends no heartbeats for us, cannot know.
      if (error instanceof ActivityCancelledError) this.#cancel(error);
      const where = { ...runOf(this.#shared, info), step: info.activityId };
      this.#log.debug({ ...where, err: error }, 'the server did not take the heartbeat of a batch');
      return false;
    }
  }
}
