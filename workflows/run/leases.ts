// `cleanup`: the leases that a run holds. Each is begun before what it tears down is created, and is a workflow of its
// own (lease.ts), so that it outlives whatever becomes of the run.

import {
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  sleep,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { requireMilliseconds } from '../../goals/duration.ts';
import {
  type CleanupOptions,
  type Goal,
  type Job,
  type Lease,
  type Pursuit,
  StepFailed,
} from '../../goals/index.ts';
import { type LeaseMemo, type LeaseTerms, leaseId } from '../../goals/wire/lease.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import {
  LEASE,
  LEASE_TIMER,
  memoNames,
  PAYLOAD_BYTES,
  searchAttributes,
  signalNames,
} from '../../goals/wire/names.ts';
import { inputDigest } from '../../goals/wire/run-id.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { refuseUncarried } from '../steps/carried.ts';
import { serverAttemptMs } from '../steps/job-activity.ts';
import { engineFailure, inputFailure, tooLarge } from '../steps/step-failure.ts';
import type { Steps } from '../steps/steps.ts';

/** Default time to live: past the run's deadline, or of a run that has none. */
const TTL_AFTER_DEADLINE_MS = 3_600_000;
const TTL_MS = 7 * 86_400_000;

/** Between two tries to begin a lease whose resource is still being torn down. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;

/** Leases of one run that have not ended: the engine takes 2,000 children, and then fails the task for ever. */
const OPEN_LIMIT = 200;

/** When it expires is counted from when it begins, which may be much later than it was asked for. */
type Unbegun = Omit<LeaseTerms, 'expiresAt'>;
type Child = ChildWorkflowHandle<(terms: LeaseTerms) => Promise<unknown>>;

export class RunLeases {
  readonly #goal: Goal;
  readonly #steps: Steps;
  readonly #deadline: number | null;
  readonly #held = new Map<string, Promise<Lease>>();
  #open = 0;

  constructor(goal: Goal, steps: Steps, deadline: number | null) {
    this.#goal = goal;
    this.#steps = steps;
    this.#deadline = deadline;
  }

  readonly cleanup: Pursuit['cleanup'] = (job: Job, input: unknown, options: CleanupOptions = {}) => {
    const lease = this.#lease(job, input, options);
    return this.#steps.awaited.watchedToEnd(lease, `the cleanup by ${job?.name}`);
  };

  async #lease(job: Job, input: unknown, options: CleanupOptions): Promise<Lease> {
    refuseUncarried(job.name, job.name, input);
    const id = leaseId(workflowInfo().workflowId, job.name, options.name ?? inputDigest(input).slice(0, 12));
    const held = this.#held.get(id);
    if (held !== undefined) return held;
    if (this.#open >= OPEN_LIMIT)
      throw new RangeError(
        `the run has ${OPEN_LIMIT} leases that have not torn down yet; release some before it begins another`,
      );
    // By then the same resource may have its next lease.
    const forget = (): boolean => this.#held.get(id) === begun && this.#held.delete(id);
    const begun: Promise<Lease> = this.#steps.step(job.name, null, async (path) => {
      const ttlMs = options.ttl === undefined ? null : requireMilliseconds(options.ttl);
      return this.#begin(id, this.#terms(path, job, input, options), ttlMs, forget);
    });
    this.#held.set(id, begun);
    begun.catch(forget);
    return begun;
  }

  async #begin(id: string, terms: Unbegun, ttlMs: number | null, forget: () => boolean): Promise<Lease> {
    this.#open++;
    const ended = (): void => {
      this.#open--;
      forget();
    };
    try {
      const child = await this.#start(id, terms, ttlMs);
      child.result().then(ended, ended);
      return { id, release: () => this.#release(child, forget) };
    } catch (error) {
      ended();
      if (isCancellation(error)) throw error;
      throw new StepFailed(engineFailure(terms.step, terms.job, (error as Error).message));
    }
  }

  #terms(path: string, job: Job, input: unknown, { name, undoes }: CleanupOptions): Unbegun {
    for (const one of [job, ...(undoes ?? [])])
      if (!this.#goal.jobs.includes(one))
        throw new TypeError(
          `'${this.#goal.name}' does not declare the job '${one.name}'; add it to its \`jobs\``,
        );
    if (job.pool !== null)
      throw new TypeError(
        `'${job.name}' tears down, and so waits for nobody's turn: declare a job for it that has no pool`,
      );
    const checked = job.input.safeParse(input);
    if (!checked.success) throw new StepFailed(inputFailure(path, job.name, z.prettifyError(checked.error)));
    if (jsonBytes(input) > PAYLOAD_BYTES)
      throw new StepFailed(tooLarge(path, job.name, jsonBytes(input), PAYLOAD_BYTES));
    const { workflowId: run, runId: execution } = workflowInfo();
    return {
      ...{ run, execution, step: path, goal: this.#goal.name },
      ...{ owner: this.#goal.owner, team: this.#goal.team },
      ...{ job: job.name, name: name === undefined ? null : boundedText(name, 200) },
      input,
      undoes: undoes?.map((undone) => undone.name) ?? null,
      startToCloseMs: serverAttemptMs(job.timeoutMs, job.retry),
      ...{ heartbeatMs: job.heartbeatMs, queue: job.queue, attempts: job.retry.attempts },
    };
  }

  #expiry(ttlMs: number | null): number {
    if (ttlMs !== null) return Date.now() + ttlMs;
    return this.#deadline === null ? Date.now() + TTL_MS : this.#deadline + TTL_AFTER_DEADLINE_MS;
  }

  /** What is still being torn down is not created anew: the lease begins when the one before it has cleaned. */
  async #start(id: string, terms: Unbegun, ttlMs: number | null): Promise<Child> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 1.5)) {
      try {
        return await startLease(id, { ...terms, expiresAt: new Date(this.#expiry(ttlMs)).toISOString() });
      } catch (error) {
        if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
      }
      if (wait === FIRST_WAIT_MS) await askToRetry(id);
      await sleep(wait, { summary: LEASE_TIMER });
    }
  }

  async #release(child: Child, forget: () => boolean): Promise<void> {
    // Told of its end, a loop that catches everything would go on and on.
    if (this.#steps.open.isDecided) return new Promise(() => undefined);
    this.#steps.open.waitsElsewhere();
    if (forget()) await child.signal(signalNames.releaseLease).catch(unlessCancelled);
  }
}

/** The lease may have ended a moment ago: then there is nobody left to tell. */
function unlessCancelled(error: unknown): void {
  if (isCancellation(error)) throw error;
}

function startLease(id: string, terms: LeaseTerms): Promise<Child> {
  const { run, execution, step, goal, owner, team, job, name, expiresAt } = terms;
  const memo: LeaseMemo = { run, execution, step, goal, owner, team, job, name, expiresAt };
  const keyword = (attribute: string, value: string) => ({
    key: { name: attribute, type: 'KEYWORD' as const },
    value,
  });
  return startChild<(given: LeaseTerms) => Promise<unknown>>(LEASE, {
    workflowId: id,
    args: [terms],
    memo: { [memoNames.lease]: memo, [memoNames.step]: step },
    typedSearchAttributes: [keyword(searchAttributes.team, team), keyword(searchAttributes.state, 'held')],
    staticSummary: boundedText(`${job} when ${run} needs it no more`, 120),
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    // What cancels the run's steps must not reach it: it is the run's end that does.
    cancellationType: ChildWorkflowCancellationType.ABANDON,
  });
}

/** Somebody waits for it now. */
const askToRetry = (id: string): Promise<void> =>
  getExternalWorkflowHandle(id).signal(signalNames.retryLease, {}).catch(unlessCancelled);
