// `cleanup` of a simulated run: each lease tears down when it is released, its run closes or its time is over, whichever comes
// first, and ends only with a teardown that succeeded.

import { z } from 'zod';
import { requireMilliseconds } from '../goals/duration.ts';
import { type CleanupOptions, type Job, type Lease, StepFailed } from '../goals/index.ts';
import { type LeaseState, type LeaseWhy, leaseId } from '../goals/wire/lease.ts';
import { jsonBytes } from '../goals/wire/ledger.ts';
import { PAYLOAD_BYTES } from '../goals/wire/names.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import { ArtifactBook } from '../views/artifacts.ts';
import { close, newStep, type StepState } from '../views/step-state.ts';
import { asJson } from './as-json.ts';
import { Attempts } from './attempts.ts';
import { Scope } from './scope.ts';
import type { SimulatedSteps } from './steps.ts';
import type { Due } from './virtual-time.ts';

const TTL_AFTER_DEADLINE_MS = 3_600_000;
const TTL_MS = 7 * 86_400_000;

/** Between a teardown that has failed for good and the next: doubled each time. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Of a teardown that fails each time it is enough to have seen some. */
const ROUNDS = 5;

/** What became of a lease, its run's end included. */
export interface SimulatedLease {
  id: string;
  /** The job that tears down. */
  job: string;
  state: LeaseState;
  why: LeaseWhy | null;
  /** Attempts of the teardown. */
  attempts: number;
}

interface Held {
  id: string;
  job: Job;
  input: unknown;
  known: StepState;
  told: SimulatedLease;
  expiry: Due;
  ended: Promise<void>;
  end: () => void;
}

export class Leases {
  readonly #steps: SimulatedSteps;
  readonly #begun = new Map<string, Promise<Lease>>();
  readonly #open = new Map<string, Held>();
  readonly all: SimulatedLease[] = [];

  constructor(steps: SimulatedSteps) {
    this.#steps = steps;
  }

  readonly cleanup = (job: Job, input: unknown, options: CleanupOptions = {}): Promise<Lease> =>
    this.#steps.awaited.watchedToEnd(this.#lease(job, input, options), `the cleanup by ${job?.name}`);

  /** The run has closed: what is held is torn down. */
  closed(): void {
    for (const held of this.#open.values()) this.#tearDown(held, 'closed');
  }

  /** Resolves when all has been torn down. */
  async ended(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ ended }) => ended));
  }

  async #lease(job: Job, input: unknown, options: CleanupOptions): Promise<Lease> {
    this.#steps.refuseUncarried(job.name, job.name, input);
    const id = leaseId(this.#steps.of.run, job.name, options.name ?? inputDigest(input).slice(0, 12));
    const before = this.#begun.get(id);
    if (before !== undefined) return before;
    const begun: Promise<Lease> = this.#steps.step(job.name, null, input, (path) =>
      this.#begin(id, path, job, input, options),
    );
    this.#begun.set(id, begun);
    begun.catch(() => this.#begun.delete(id));
    return begun;
  }

  async #begin(id: string, path: string, job: Job, input: unknown, options: CleanupOptions): Promise<Lease> {
    const { goal, failures, walk, deadline, run } = this.#steps.of;
    const ttlMs = options.ttl === undefined ? null : requireMilliseconds(options.ttl);
    for (const one of [job, ...(options.undoes ?? [])])
      if (!goal.jobs.includes(one))
        throw new TypeError(`'${goal.name}' does not declare the job '${one.name}'; add it to its \`jobs\``);
    if (job.pool !== null)
      throw new TypeError(
        `'${job.name}' tears down, and so waits for nobody's turn: declare a job for it that has no pool`,
      );
    const checked = job.input.safeParse(input);
    if (!checked.success)
      throw new StepFailed(failures.inputFailure(path, job.name, z.prettifyError(checked.error)));
    if (jsonBytes(input) > PAYLOAD_BYTES)
      throw new StepFailed(failures.tooLarge(path, job.name, jsonBytes(input), PAYLOAD_BYTES));
    walk.fakeOf(job, path);
    const { time } = walk;
    const known = newStep(path, 'lease', job.name, time.iso);
    this.#steps.book.set(path, known);
    // What is still being torn down is not created anew.
    for (let last = this.#open.get(id); last !== undefined; last = this.#open.get(id))
      await this.#steps.scope.until(last.ended);
    close(known, 'succeeded', time.iso);
    const expiresAt =
      ttlMs !== null
        ? time.now + ttlMs
        : deadline === null
          ? time.now + TTL_MS
          : deadline + TTL_AFTER_DEADLINE_MS;
    known.step.lease = {
      ...{ id, execution: `${run} leases`, state: 'held', why: null },
      expiresAt: new Date(expiresAt).toISOString(),
    };
    const told: SimulatedLease = { id, job: job.name, state: 'held', why: null, attempts: 0 };
    this.all.push(told);
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const expiry = time.in(expiresAt - time.now, () => this.#tearDown(held, 'expired'), 'backstop');
    const held: Held = { id, job, input, known, told, expiry, ended, end };
    this.#open.set(id, held);
    return { id, release: () => this.#release(held) };
  }

  async #release(held: Held): Promise<void> {
    if (this.#steps.isDecided) return new Promise(() => undefined);
    this.#tearDown(held, 'released');
    this.#begun.delete(held.id);
  }

  #tearDown(held: Held, why: LeaseWhy): void {
    if (held.told.state !== 'held') return;
    held.expiry.cancel();
    this.#become(held, 'cleaning');
    held.told.why = why;
    if (held.known.step.lease) held.known.step.lease.why = why;
    void this.#rounds(held);
  }

  async #rounds(held: Held): Promise<void> {
    const { walk, goal } = this.#steps.of;
    const { job, id, told } = held;
    for (let round = 1; round <= ROUNDS; round++) {
      this.#become(held, 'cleaning');
      const attempts = new Attempts({
        ...{ walk, run: id, goal: goal.name, deadline: null, job, use: {}, riskAt: null },
        known: newStep(`${job.name}#${round}`, 'job', job.name, walk.time.iso),
        scope: new Scope(),
        struggles: () => undefined,
        // A lease is a workflow of its own.
        artifacts: new ArtifactBook(),
      });
      await new Promise<void>((resolve) => walk.time.atEndOfMoment(resolve));
      const tried = await attempts.made(asJson(held.input)).catch(() => null);
      if (tried === null) return;
      told.attempts += attempts.ledger.total + (tried.end === 'succeeded' ? 1 : 0);
      if (tried.end === 'succeeded') {
        this.#become(held, 'cleaned');
        this.#open.delete(id);
        this.#begun.delete(id);
        held.end();
        return;
      }
      this.#become(held, 'stuck');
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (round - 1));
      await new Promise<void>((resolve) => walk.time.in(pause, resolve));
    }
    held.end();
  }

  #become({ told, known }: Held, state: LeaseState): void {
    told.state = state;
    // A run's own history tells of its leases that they are torn down, and when they have been.
    if (known.step.lease && state !== 'stuck') known.step.lease.state = state;
  }
}
