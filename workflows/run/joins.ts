// Waiting for runs that somebody else has started. The run is told that it is waited for, and tells when it closes; a
// slow look now and then covers a notice that is lost.

import {
  CancellationScope,
  defineSignal,
  getExternalWorkflowHandle,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { type FoundRun, type WaitingRun, waitingSchema } from '../../goals/wire/call.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { ATTACH_TIMER, activityNames, signalNames } from '../../goals/wire/names.ts';
import { patched, patches } from '../patches.ts';

type ClosedRun = Exclude<FoundRun, { state: 'running' }>;

const { [activityNames.findRun]: find } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** Between two looks at a run that tells nothing: short at first, as it may be one of an older worker. */
const FIRST_LOOK_MS = 1_000;
const SLOWEST_LOOK_MS = 30_000;
/** The same for one that was told who waits. */
const FIRST_LOOK_OF_TOLD_MS = 10_000;
const SLOWEST_LOOK_OF_TOLD_MS = 60_000;

/** A run that says it is about to close may take so long to do so. */
const CLOSING_MS = 6_000;

export const findRun = (id: string, waitMs?: number): Promise<FoundRun> =>
  waitMs === undefined ? find(id) : find(id, waitMs);

/** How that very execution of it has ended. */
export const findExecution = (id: string, execution: string): Promise<FoundRun> => find(id, 0, execution);

export class Joins {
  readonly #noticed = new Map<string, Set<() => void>>();
  readonly #find: typeof findRun;

  /** `find`: how it looks at a run. */
  constructor(find: typeof findRun = findRun) {
    this.#find = find;
    setHandler(defineSignal<[unknown]>(signalNames.neededCloses), (given) => {
      const closing = waitingSchema.safeParse(given).data;
      for (const notice of this.#noticed.get(closing?.run ?? '') ?? []) notice();
    });
  }

  /** How the latest execution of a run has ended, once it has. `seen` hears of each look, and may throw. */
  async closed(id: string, seen: (found: FoundRun) => void = () => undefined): Promise<ClosedRun> {
    let found = await this.#find(id);
    seen(found);
    if (found.state !== 'running') return found;
    if (!patched(patches.joinBySignal)) return this.#looked(id, seen);
    const notices = this.#noticed.get(id) ?? new Set();
    this.#noticed.set(id, notices);
    const waiting: { isNoticed: boolean; wake: () => void } = { isNoticed: false, wake: () => undefined };
    const notice = (): void => {
      waiting.isNoticed = true;
      waiting.wake();
    };
    notices.add(notice);
    try {
      let isTold = await this.#tell(id);
      for (let wait = FIRST_LOOK_OF_TOLD_MS; ; wait = Math.min(SLOWEST_LOOK_OF_TOLD_MS, wait * 2)) {
        // It has just closed, or its signal cannot be had: then it is looked at as one that tells nothing.
        if (isTold && !waiting.isNoticed) await woken(wait, waiting);
        const closing = waiting.isNoticed;
        waiting.isNoticed = false;
        found = await (closing ? this.#find(id, CLOSING_MS) : this.#find(id));
        seen(found);
        if (found.state !== 'running') return found;
        if (!isTold) return await this.#looked(id, seen);
        // Another execution may have begun since: only that it was told counts.
        isTold = await this.#tell(id);
      }
    } finally {
      notices.delete(notice);
      if (notices.size === 0) this.#noticed.delete(id);
    }
  }

  /** Tells a run that it is waited for; false when it cannot be told. */
  async #tell(id: string): Promise<boolean> {
    const { workflowId: run, runId: execution } = workflowInfo();
    try {
      await getExternalWorkflowHandle(id).signal(signalNames.neededBy, {
        run,
        execution,
      } satisfies WaitingRun);
      return true;
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      return false;
    }
  }

  async #looked(id: string, seen: (found: FoundRun) => void): Promise<ClosedRun> {
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(SLOWEST_LOOK_MS, wait * 1.5)) {
      await sleep(wait, { summary: ATTACH_TIMER });
      const found = await this.#find(id);
      seen(found);
      if (found.state !== 'running') return found;
    }
  }
}

/** After so long, or when it is woken. */
async function woken(ms: number, waiting: { wake: () => void }): Promise<void> {
  const scope = new CancellationScope();
  const timer = scope.run(() => sleep(ms, { summary: ATTACH_TIMER }));
  const wake = new Promise<void>((resolve) => {
    waiting.wake = resolve;
  });
  try {
    await Promise.race([timer, wake]);
  } finally {
    waiting.wake = () => undefined;
    timer.catch(() => undefined);
    scope.cancel();
  }
}
