// A run's side of its pools: it asks a pool's semaphore for a permit, waits for it, and gives it back.

import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  defineSignal,
  log,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Pool } from '../../goals/index.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, poolSignals } from '../../goals/wire/names.ts';
import { type Grant, grantSchema } from '../../goals/wire/pools.ts';

/** An answer may get lost with the semaphore: it is asked again, less and less often, as each time is an event. */
const ASK_AGAIN_MS = 30_000;
const LONGEST_ASK_AGAIN_MS = 300_000;

/** What is left of a permit beyond what an attempt may take. */
const MARGIN_MS = 30_000;

// Waiting for a slot is no error, however long.
const { [activityNames.askForPermit]: ask } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
// What is not given back expires.
const { [activityNames.releasePermit]: release } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '3s',
  scheduleToCloseTimeout: '8s',
  retry: { maximumAttempts: 3, initialInterval: '200ms' },
});

/** What a local activity answers, in its turn. */
interface AnsweredInTurn {
  answer<T>(called: Promise<T>): Promise<T>;
}

/** What a permit is for. */
export interface Purpose {
  pool: Pool;
  step: string;
  attempt: number;
  /** The longest that it may take, and wait for a worker. */
  needMs: number;
  /** How long it may go on when its run was ended. */
  graceMs: number;
}

export class PoolPermits {
  readonly #grants = new Map<string, Grant>();
  /** Those that are waited for. */
  readonly #awaited = new Set<string>();
  #asked = 0;
  readonly #turns: AnsweredInTurn;

  constructor(turns: AnsweredInTurn) {
    this.#turns = turns;
    setHandler(defineSignal<[unknown]>(poolSignals.permit), (given) => {
      const grant = grantSchema.safeParse(given).data;
      if (grant !== undefined && this.#awaited.has(grant.id)) this.#grants.set(grant.id, grant);
    });
  }

  /** Does the work while it holds a permit. Throws what the work throws, or the run's cancellation. */
  async holding<T>(purpose: Purpose, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const id = `${purpose.step}/${++this.#asked}`;
      let isHeld = false;
      try {
        const { until } = await this.#permit(purpose, id);
        isHeld = true;
        // Nobody was there to take it while it could be used.
        if (until >= Date.now() + purpose.needMs) return await work();
      } finally {
        this.#awaited.delete(id);
        this.#grants.delete(id);
        // Of a rate alone nothing is held.
        if (!isHeld || purpose.pool.atOnce !== null) await this.#release(purpose, id, !isHeld);
      }
    }
  }

  async #permit({ pool, step, attempt, needMs, graceMs }: Purpose, id: string): Promise<Grant> {
    const { workflowId: run, runId: execution } = workflowInfo();
    const { name, atOnce, perSecond } = pool;
    const holdMs = needMs + MARGIN_MS;
    const request = {
      pool: { name, atOnce, perSecond },
      ...{ id, run, execution, step, attempt, holdMs, graceMs },
    };
    this.#awaited.add(id);
    for (let againMs = ASK_AGAIN_MS; ; againMs = Math.min(2 * againMs, LONGEST_ASK_AGAIN_MS)) {
      await this.#turns.answer(ask(request));
      await condition(() => this.#grants.has(id), againMs);
      const grant = this.#grants.get(id);
      if (grant !== undefined) return grant;
    }
  }

  async #release({ pool, step }: Purpose, id: string, gone: boolean): Promise<void> {
    const { runId: execution } = workflowInfo();
    await CancellationScope.nonCancellable(() =>
      this.#turns.answer(release({ execution, id, pool: pool.name, step }, gone)),
    ).catch((reason: unknown) => {
      log.warn('a permit could not be given back; it expires', { reason });
    });
  }
}
