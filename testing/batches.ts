// Calls of quick jobs that are made at one moment travel together: each answers within a second, or goes on alone, and none is
// heard of before all have ended. Inline, one travels so by itself.

import type { Job } from '../goals/index.ts';
import type { StepBook } from '../views/step-book.ts';
import type { StepState } from '../views/step-state.ts';
import { asJson } from './as-json.ts';
import type { Attempts, AttemptsEnd, Use } from './attempts.ts';
import type { Walk } from './walk.ts';

/** As a worker has them (activities/attempts/batch-attempt.ts). */
const BATCH_CALLS = 250;
const LANES = 50;
const BEGIN_MS = 500;
const SHARE_MS = 1000;
const INLINE_FAILURES = 2;

/** What batches need of the steps of their run. */
interface StepsOfBatches {
  readonly of: { walk: Walk };
  readonly book: StepBook;
  known(path: string, job: Job): StepState;
  alone(job: Job, known: StepState, input: unknown, use: Use): Promise<unknown>;
  goesAlone(job: Job, known: StepState, input: unknown, use: Use, delayMs: number): Promise<unknown>;
  attempts(job: Job, known: StepState, use: Use): Attempts;
  ended(job: Job, known: StepState, tried: AttemptsEnd): unknown;
}

interface Call {
  job: Job;
  path: string;
  input: unknown;
  use: Use;
  settle(output: Promise<unknown>): void;
}

export class SimulatedBatches {
  readonly #steps: StepsOfBatches;
  #waiting: Call[] = [];

  constructor(steps: StepsOfBatches) {
    this.#steps = steps;
  }

  call(job: Job, path: string, input: unknown, use: Use): Promise<unknown> {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) this.#steps.of.walk.time.atEndOfMoment(() => this.#leave());
      this.#waiting.push({ job, path, input, use, settle: resolve });
    });
  }

  #leave(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const jobs = new Map<Job, Call[]>();
    for (const call of waiting) jobs.set(call.job, [...(jobs.get(call.job) ?? []), call]);
    for (const [job, calls] of jobs)
      for (let i = 0; i < calls.length; i += BATCH_CALLS) this.#send(job, calls.slice(i, i + BATCH_CALLS));
  }

  #send(job: Job, calls: readonly Call[]): void {
    const [first] = calls;
    if (first === undefined) return;
    if (calls.length > 1 || job.inline) void this.#carry(job, calls);
    else first.settle(this.#steps.alone(job, this.#steps.known(first.path, job), first.input, first.use));
  }

  async #carry(job: Job, calls: readonly Call[]): Promise<void> {
    const { time } = this.#steps.of.walk;
    const begunAt = time.now;
    const known = calls.map(({ path }) => this.#steps.book.get(path) ?? this.#steps.known(path, job));
    const tried: (AttemptsEnd | undefined)[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < calls.length && time.now - begunAt < BEGIN_MS) {
        const i = next++;
        const [call, step] = [calls[i], known[i]];
        if (call === undefined || step === undefined) return;
        const begun = time.now;
        const failures = job.inline ? INLINE_FAILURES : Number.POSITIVE_INFINITY;
        const mate = { endsAt: begun + SHARE_MS, failures };
        tried[i] = await this.#steps.attempts(job, step, call.use).made(asJson(call.input), mate);
        step.step.ms = (step.step.ms ?? 0) + Math.round(time.now - begun);
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, calls.length) }, lane));
    const unbegun: Call[] = [];
    calls.forEach((call, i) => {
      const [end, step] = [tried[i], known[i]];
      if (end === undefined || step === undefined) unbegun.push(call);
      else call.settle(this.#settled(call, step, end));
    });
    this.#send(job, unbegun);
  }

  async #settled({ job, input, use }: Call, known: StepState, tried: AttemptsEnd): Promise<unknown> {
    if (tried.end !== 'alone') return this.#steps.ended(job, known, tried);
    known.step.attempts = known.ledger.total;
    known.ledger = { ...known.ledger, server: 0, open: false };
    return this.#steps.goesAlone(job, known, input, use, tried.delayMs);
  }
}
