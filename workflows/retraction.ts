// A retraction: it marks the run whose outcome turned out to be wrong, follows it to everything that used it, marks that as in doubt, and
// has the owners told.
//
// retraction.1. A mark is tried until it is written; it is written once, however often it is tried.
// retraction.2. A run that was open when it was found is followed on from its end.
// retraction.3. Each execution is marked once, and each owner notified once, whichever way leads there.

import {
  ApplicationFailure,
  condition,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { EngineActivities } from '../goals/wire/engine-activities.ts';
import { activityNames, memoNames } from '../goals/wire/names.ts';
import {
  DOUBTS_LIMIT,
  type Doubt,
  type FoundUsers,
  type NotifyOwners,
  type RetractionMemo,
  type RetractionStart,
  type RetractionState,
  type UsedOutcome,
} from '../goals/wire/retraction.ts';

// retraction.1: no limit to how often.
const { [activityNames.markRuns]: markRuns, [activityNames.findUsers]: findUsers } =
  proxyActivities<EngineActivities>({
    startToCloseTimeout: '5m',
    // So long a worker's death is waited out.
    heartbeatTimeout: '10s',
    retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
  });
const { [activityNames.notifyOwners]: notifyOwners } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: '10s',
  // Marks do not wait for alerts that are not there; the next run of the owner's is another chance.
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 5 },
});
const { [activityNames.recoveredRun]: ended } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
});

const EVENTS_PER_HISTORY = 8_000;
/** Executions whose users are looked for at once, and that one activity marks. */
const USED_AT_ONCE = 50;
const MARKED_AT_ONCE = 20;

export async function retraction(
  { terms, alerts }: RetractionStart,
  before?: RetractionState,
): Promise<RetractionMemo> {
  const { workflowId: id } = workflowInfo();
  const { run, execution } = terms;
  const doubts: Doubt[] = [...(before?.doubts ?? [])];
  // retraction.3
  const seen = new Set([execution, ...doubts.map((doubt) => doubt.execution)]);
  const owners = new Set(before?.owners);
  const left: UsedOutcome[] = [...(before?.left ?? [{ run, execution, path: [run] }])];
  const open = new Map<string, Doubt>();
  let isTruncated = before?.isTruncated ?? false;
  let isMarked = before !== undefined;
  const memo = (): RetractionMemo => ({
    ...{ marked: isMarked, doubts: doubts.length, open: open.size },
    ...{ truncated: isTruncated, owners: owners.size },
  });
  const told = (): void => upsertMemo({ [memoNames.retraction]: memo() });
  // retraction.2
  const follow = (doubt: Doubt): void => {
    open.set(doubt.execution, doubt);
    void ended({ run: doubt.run, execution: doubt.execution, fingerprint: null }).then(({ outcome }) => {
      open.delete(doubt.execution);
      if (outcome === 'achieved') left.push(doubt);
    });
  };
  for (const doubt of before?.open ?? []) follow(doubt);
  if (!isMarked) {
    await markRuns({ retraction: id, terms, doubts: null });
    isMarked = true;
    told();
  }
  for (;;) {
    while (left.length > 0) {
      if (isLong())
        return continueAsNew({ terms, alerts }, {
          ...{ doubts, owners: [...owners], left, open: [...open.values()], isTruncated },
        } satisfies RetractionState);
      const used = left.splice(0, USED_AT_ONCE).map(({ path, ...one }) => ({
        ...{ run: one.run, execution: one.execution, path },
      }));
      let next: string | null = null;
      do {
        const found: FoundUsers = await findUsers({ used, next });
        const fresh = found.users.filter((user) => !seen.has(user.execution));
        const taken = fresh.slice(0, Math.max(0, DOUBTS_LIMIT - doubts.length));
        if (taken.length < fresh.length) isTruncated = true;
        for (const one of taken) seen.add(one.execution);
        for (let i = 0; i < taken.length; i += MARKED_AT_ONCE)
          await markRuns({ retraction: id, terms, doubts: taken.slice(i, i + MARKED_AT_ONCE) });
        doubts.push(...taken);
        for (const one of taken)
          if (one.state === 'open') follow(one);
          else left.push(one);
        const untold = firstOfOwners(taken, owners);
        if (untold.length > 0 && (await isNotified({ retraction: id, terms, alerts, doubts: untold })))
          for (const { owner } of untold) owners.add(owner ?? '');
        if (taken.length > 0) told();
        next = found.next;
      } while (next !== null);
    }
    if (open.size === 0) break;
    await condition(() => left.length > 0 || open.size === 0);
    told();
  }
  told();
  if (!isTruncated) return memo();
  throw ApplicationFailure.nonRetryable(
    `more than ${DOUBTS_LIMIT} runs are in doubt; the others are not marked`,
    'retraction_incomplete',
    memo(),
  );
}

async function isNotified(told: NotifyOwners): Promise<boolean> {
  try {
    await notifyOwners(told);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the owners of runs in doubt could not be told', { error });
    return false;
  }
}

const isLong = (): boolean => {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength > EVENTS_PER_HISTORY;
};

/** Of each owner who was not told yet the first. */
function firstOfOwners(doubts: readonly Doubt[], told: ReadonlySet<string>): Doubt[] {
  const first = new Map<string, Doubt>();
  for (const doubt of doubts) {
    const owner = doubt.owner ?? '';
    if (!told.has(owner) && !first.has(owner)) first.set(owner, doubt);
  }
  return [...first.values()];
}
