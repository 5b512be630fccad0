// A retraction: it marks the run whose outcome turned out to be wrong, follows it to everything that used it, marks that as in doubt, and
// has the owners told.
//
// retraction.1. A mark is tried until it is written; it is written once, however often it is tried.
// retraction.2. A run that was open when it was found is followed on from its end.
// retraction.3. Each execution is marked once, and each owner notified once, whichever way leads there.
// retraction.4. It does not end before two looks that are some time apart agree, and the runs that were open and might still use an
// outcome have closed and were looked at again: Temporal's list lags without a bound.

import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { EngineActivities } from '../goals/wire/engine-activities.ts';
import { activityNames, LOOK_AGAIN, memoNames } from '../goals/wire/names.ts';
import type { ExecutionOfRun } from '../goals/wire/recovery.ts';
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
import { patched, patches } from './patches.ts';

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
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});
const { [activityNames.recoveredRun]: ended } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
});

const EVENTS_PER_HISTORY = 8_000;
/** Executions whose users are looked for at once, and that one activity marks. */
const USED_AT_ONCE = 50;
const MARKED_AT_ONCE = 20;
/** Between two looks for users of the same: longer, as long as they disagree. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** Executions that an earlier retraction of the same run marked, and through which this one looks without listing them. */
const PASSED_LIMIT = 3_000;
/** Of runs that said themselves that they took an outcome in doubt, the latest. */
const NAMED_LIMIT = 500;
/** Open runs, that may still use an outcome, whose ends are waited for at once. */
const WATCHED_AT_ONCE = 100;

export async function retraction(
  { terms, alerts, isAgain }: RetractionStart,
  before?: RetractionState,
): Promise<RetractionMemo> {
  const { workflowId: id } = workflowInfo();
  const { run, execution } = terms;
  const begun = before?.begun ?? Date.now();
  const isThorough = patched(patches.lookAgain);
  const doubts: Doubt[] = [...(before?.doubts ?? [])];
  const passed: ExecutionOfRun[] = [...(before?.passed ?? [])];
  const throughPassed = (one: ExecutionOfRun): UsedOutcome => ({ ...one, path: [run, one.run] });
  const root: UsedOutcome = { run, execution, path: [run] };
  // retraction.3
  const seen = new Map<string, UsedOutcome>(
    [root, ...doubts, ...passed.map(throughPassed)].map((one) => [one.execution, one]),
  );
  const seenOf = (executions: readonly string[] = []) => executions.flatMap((one) => seen.get(one) ?? []);
  const owners = new Set(before?.owners);
  const untold = new Set<Doubt>();
  const left: UsedOutcome[] = [...(before?.left ?? [root]), ...seenOf(before?.waiting)];
  const open = new Map<string, Doubt>();
  // retraction.4
  const looked = new Set(before?.looked);
  const again = new Set(before?.again);
  const watched = new Map<string, ExecutionOfRun>();
  const named = new Map((before?.named ?? []).map((one) => [one.execution, one]));
  let isBeyond = false;
  let counted = before?.counted ?? doubts.length;
  let isTruncated = before?.isTruncated ?? false;
  let isMarked = before !== undefined;
  const memo = (): RetractionMemo => ({
    ...{ marked: isMarked, doubts: doubts.length, open: open.size },
    ...{ truncated: isTruncated, owners: owners.size - untold.size },
    watched: left.length + again.size + open.size === 0 ? watched.size : 0,
  });
  const told = (): void => upsertMemo({ [memoNames.retraction]: memo() });
  const goOn = (): Promise<never> =>
    continueAsNew(
      { terms, alerts, ...(isAgain && { isAgain }) } satisfies RetractionStart,
      {
        ...{ doubts, owners: [...owners], left, open: [...open.values()], isTruncated },
        ...(isThorough && {
          ...{ begun, looked: [...looked], again: [...again], watched: [...watched.values()] },
          named: [...named.values()],
          // Each by its execution alone: Temporal takes no argument of more than two megabytes.
          ...{ untold: [...untold], passed, counted, left: [], waiting: left.map((one) => one.execution) },
        }),
      } satisfies RetractionState,
    );
  // retraction.2
  const follow = (doubt: Doubt): void => {
    open.set(doubt.execution, doubt);
    watched.delete(doubt.execution);
    void ended({ run: doubt.run, execution: doubt.execution, fingerprint: null }).then(({ outcome }) => {
      open.delete(doubt.execution);
      if (outcome === 'achieved') left.push(doubt);
    });
  };
  const lookAtAllAgain = (): void => {
    for (const one of looked) again.add(one);
  };
  const watch = (one: ExecutionOfRun): void => {
    if (watched.has(one.execution) || seen.has(one.execution)) return;
    isBeyond = watched.size >= WATCHED_AT_ONCE;
    if (isBeyond) return;
    watched.set(one.execution, one);
    void ended({ run: one.run, execution: one.execution, fingerprint: null }).then(({ outcome }) => {
      watched.delete(one.execution);
      if (outcome === 'achieved' || isBeyond) lookAtAllAgain();
    });
  };
  /** Marks do not wait for it. */
  const tell = async (doubted: readonly Doubt[]): Promise<void> => {
    if (doubted.length === 0) return;
    for (const one of doubted) {
      owners.add(one.owner ?? '');
      untold.add(one);
    }
    await notifyOwners({ retraction: id, terms, alerts, doubts: doubted });
    for (const one of doubted) untold.delete(one);
  };
  /** Looks once for those that used these, and marks them; how many are new. */
  const look = async (these: readonly UsedOutcome[]): Promise<number> => {
    const used = these.map((one) => ({ run: one.run, execution: one.execution, path: one.path }));
    const known = doubts.length + passed.length;
    let next: string | null = null;
    do {
      const found: FoundUsers = await findUsers({
        ...{ used, next, ...(isThorough && { begun }), ...(isAgain && { retraction: id }) },
        ...(named.size > 0 && { named: [...named.values()].filter((one) => !seen.has(one.execution)) }),
      });
      const taken: Doubt[] = [];
      for (const { before: was, ...user } of found.users) {
        if (seen.has(user.execution)) continue;
        const isPassed = was === 'superseded' || (was === 'marked' && doubts.length >= DOUBTS_LIMIT);
        if (isPassed ? passed.length >= PASSED_LIMIT : was === undefined && counted >= DOUBTS_LIMIT) {
          isTruncated = true;
          continue;
        }
        const one = isPassed ? throughPassed(user) : user;
        seen.set(user.execution, one);
        // They were told then.
        if (was !== undefined) owners.add(user.owner ?? '');
        else counted++;
        if (!isPassed) {
          taken.push(user);
          continue;
        }
        passed.push({ run: user.run, execution: user.execution });
        if (user.state === 'open') follow(user);
        else left.push(one);
      }
      for (let i = 0; i < taken.length; i += MARKED_AT_ONCE)
        await markRuns({ retraction: id, terms, doubts: taken.slice(i, i + MARKED_AT_ONCE) });
      doubts.push(...taken);
      for (const one of taken)
        if (one.state === 'open') follow(one);
        else left.push(one);
      if (isThorough) for (const one of found.open ?? []) watch(one);
      const first = firstOfOwners(taken, owners);
      if (isThorough) void tell(first).catch(() => undefined);
      else if (first.length > 0 && (await isNotified({ retraction: id, terms, alerts, doubts: first })))
        for (const { owner } of first) owners.add(owner ?? '');
      if (taken.length > 0) told();
      next = found.next;
    } while (next !== null);
    return doubts.length + passed.length - known;
  };
  if (isThorough)
    setHandler(defineSignal<[ExecutionOfRun?]>(LOOK_AGAIN), (user) => {
      lookAtAllAgain();
      if (user === undefined) return;
      named.set(user.execution, user);
      const [first] = named.keys();
      if (named.size > NAMED_LIMIT && first !== undefined) named.delete(first);
      watch(user);
    });
  for (const doubt of before?.open ?? []) follow(doubt);
  for (const one of before?.watched ?? []) watch(one);
  if (before?.untold !== undefined) void tell(before.untold).catch(() => undefined);
  if (!isMarked) {
    await markRuns({ retraction: id, terms, doubts: null });
    isMarked = true;
    told();
  }
  for (let pause = FIRST_PAUSE_MS; ; ) {
    while (left.length > 0) {
      if (isLong()) return goOn();
      const used = left.splice(0, USED_AT_ONCE);
      await look(used);
      for (const one of used) {
        looked.add(one.execution);
        again.add(one.execution);
      }
      pause = FIRST_PAUSE_MS;
    }
    if (!isThorough) {
      if (open.size === 0) break;
      await condition(() => left.length > 0 || open.size === 0);
      told();
      continue;
    }
    if (isLong()) return goOn();
    const isOver = (): boolean => again.size + open.size + watched.size + untold.size === 0;
    told();
    if (left.length === 0 && isOver()) break;
    if (again.size === 0) {
      await condition(() => left.length + again.size > 0 || isOver());
      continue;
    }
    if (await condition(() => left.length > 0, pause)) continue;
    const due = [...again];
    again.clear();
    let isNew = false;
    for (let i = 0; i < due.length; i += USED_AT_ONCE) {
      const these = due.slice(i, i + USED_AT_ONCE);
      if ((await look(seenOf(these))) === 0) continue;
      isNew = true;
      for (const one of these) again.add(one);
    }
    pause = isNew ? Math.min(pause * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
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
