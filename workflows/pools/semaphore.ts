// The one workflow of a pool: it grants permits to runs of whatever goal, and takes them back. Its memo is what the
// gateway reads, with no worker up.

import {
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  log,
  makeContinueAsNewFunc,
  proxyLocalActivities,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, memoNames, poolSignals } from '../../goals/wire/names.ts';
import { type Grant, permitRequestSchema, releaseSchema } from '../../goals/wire/pools.ts';
import { Readable } from '../readable.ts';
import { type Holder, initialPermitsState, Permits, type PermitsState } from './permits.ts';

/** Changes after which it starts a fresh history. */
const CHANGES = 1000;

/** Between two looks whether the runs that hold what others wait for are still there. */
const LOOK_MS = 2_000;
const LONGEST_LOOK_MS = 60_000;

const DRAIN_MS = 15_000;

const { [activityNames.endedRuns]: endedRuns } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});

/** `given` is a pool's name, or what the execution before knew. */
export async function semaphore(given: string | PermitsState): Promise<never> {
  const state = typeof given === 'string' ? initialPermitsState(given) : given;
  const permits = new Permits(state);
  let changes = 0;
  let telling = 0;

  setHandler(defineSignal<[unknown]>(poolSignals.ask), (body) => {
    // From workers of other versions, too: what cannot be read must not stop what can.
    const request = permitRequestSchema.safeParse(body);
    changes++;
    if (request.success) permits.ask(request.data, Date.now());
    else log.warn('a request for a permit cannot be read', { error: request.error });
  });
  setHandler(defineSignal<[unknown]>(poolSignals.release), (body) => {
    const release = releaseSchema.safeParse(body);
    changes++;
    if (release.success) permits.release(release.data);
  });

  const tell = (holder: Holder): void => {
    const { run, execution, id, since, until } = holder;
    telling++;
    getExternalWorkflowHandle(run, execution)
      .signal(defineSignal<[Grant]>(poolSignals.permit), { id, since, until })
      .catch(() => {
        permits.unreachable(holder);
        changes++;
      })
      .finally(() => {
        telling--;
      });
  };

  let isLooking = false;
  /** Beside the granting, which it must not hold up. */
  const look = (): void => {
    isLooking = true;
    void endedAmong(state.holding).then((ended) => {
      permits.ended(ended, Date.now());
      isLooking = false;
      changes++;
    });
  };

  let lookMs = LOOK_MS;
  let lookAt = Number.POSITIVE_INFINITY;
  let shown = '';
  for (;;) {
    const seen = changes;
    for (const holder of permits.grant(Date.now())) tell(holder);
    if (!permits.isFull) lookMs = LOOK_MS;
    if (!permits.isFull || isLooking) lookAt = Number.POSITIVE_INFINITY;
    else if (lookAt === Number.POSITIVE_INFINITY) lookAt = Date.now() + lookMs;
    else if (lookAt <= Date.now()) {
      look();
      lookMs = Math.min(2 * lookMs, LONGEST_LOOK_MS);
      lookAt = Number.POSITIVE_INFINITY;
    }
    const { memo } = permits;
    // Who waits changes nothing in when it is written, so that open semaphores go on as their histories have it.
    const { waiters: _, ...counted } = memo;
    if (shown !== JSON.stringify(counted)) upsertMemo({ [memoNames.pool]: new Readable(memo) });
    shown = JSON.stringify(counted);
    if (changes >= CHANGES || workflowInfo().continueAsNewSuggested) break;
    const due = Math.min(permits.nextDue() ?? Number.POSITIVE_INFINITY, lookAt);
    const changed = (): boolean => changes > seen;
    if (due === Number.POSITIVE_INFINITY) await condition(changed);
    else await condition(changed, Math.max(1, Math.ceil(due - Date.now())));
  }
  await condition(() => telling === 0 && !isLooking, DRAIN_MS);
  return makeContinueAsNewFunc<typeof semaphore>({ memo: { [memoNames.pool]: new Readable(permits.memo) } })(
    state,
  );
}

async function endedAmong(holders: Holder[]): Promise<string[]> {
  return endedRuns(holders).catch((error: unknown) => {
    log.warn('whether runs that hold permits have ended could not be seen; their permits expire', { error });
    return [];
  });
}
