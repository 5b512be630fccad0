// Holds back a goal's events of one key: debounced until none has come for a while, or throttled to one run in a while. What
// leaves is one run, with the input of the last of them.
//
// event-pacer.1. An event that was taken is in one run, its own or that of a later event of its key, as long as it is among the last
//     SEEN_LIMIT.
// event-pacer.2. Held events leave only when their run has been started, and the start is named by the last event and how often it was refused: asked for again, it
//     is the same run.

import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { dueOf, type HeldEvents, type PacerState, pacedEventSchema } from '../../goals/wire/event-pace.ts';
import { activityNames, signalNames } from '../../goals/wire/names.ts';
import { GOAL_PAUSED, INPUT_DIFFERS } from '../../goals/wire/start.ts';

const paced = defineSignal<[unknown]>(signalNames.paced);

/** So many events are known again. */
const SEEN_LIMIT = 2_000;
const SEEN_LENGTH = 16;

/** With nothing to hold for so long, it ends; the next event begins another. */
const IDLE_MS = 86_400_000;

const SIGNALS_PER_HISTORY = 2_000;

/** Between two tries to begin a run: of a paused goal, or beside a run of the key with another input. They become rarer. */
const REFUSED_MS = 5_000;
const REFUSED_LIMIT_MS = 600_000;

/** A key may have a run with another input for so long, and then the pacer fails, which shows it. */
const DIFFERS_LIMIT_MS = 7 * 86_400_000;

const { [activityNames.startRun]: startRun } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  retry: { maximumInterval: '30s' },
});

export async function eventPacer({ goal, ...begin }: PacerState): Promise<void> {
  let { held, startedAt, refusals } = begin;
  const seen = new Set(begin.seen);
  let heard = 0;
  setHandler(paced, (given) => {
    heard++;
    const event = pacedEventSchema.safeParse(given).data;
    const mark = event?.digest.slice(0, SEEN_LENGTH);
    // event-pacer.1
    if (event === undefined || mark === undefined || seen.has(mark)) return;
    seen.add(mark);
    for (const oldest of seen) {
      if (seen.size <= SEEN_LIMIT) break;
      seen.delete(oldest);
    }
    const now = Date.now();
    held = { last: event, lastAt: now, firstAt: held?.firstAt ?? now, count: (held?.count ?? 0) + 1 };
  });
  const isLong = (): boolean => heard >= SIGNALS_PER_HISTORY || workflowInfo().continueAsNewSuggested;

  let notBefore = 0;
  let refusedMs = REFUSED_MS;
  for (;;) {
    if (isLong()) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof eventPacer>({ goal, held, startedAt, refusals, seen: [...seen] });
    }
    const seenSoFar = heard;
    if (held === null) {
      // A throttle counts from the last run: it must not be forgotten before.
      if (!(await condition(() => heard > seenSoFar, IDLE_MS)) && held === null) return;
      continue;
    }
    const restMs = Math.max(dueOf(held, startedAt), notBefore) - Date.now();
    if (restMs > 0) {
      await condition(() => heard > seenSoFar, restMs);
      continue;
    }
    const leaving: HeldEvents = held;
    held = null;
    // event-pacer.2
    if (await started(goal, leaving, refusals)) {
      [startedAt, notBefore, refusedMs] = [Date.now(), 0, REFUSED_MS];
    } else {
      held = together(leaving, held);
      refusals++;
      notBefore = Date.now() + refusedMs;
      refusedMs = Math.min(refusedMs * 2, REFUSED_LIMIT_MS);
    }
  }
}

/** What was to leave and could not, with what has come since. */
const together = (before: HeldEvents, since: HeldEvents | null): HeldEvents =>
  since === null ? before : { ...since, firstAt: before.firstAt, count: before.count + since.count };

/** False when the events have to wait on. Any other refusal ends the pacer, whose failure shows it. */
async function started(
  goal: string,
  { last, count, firstAt }: HeldEvents,
  refusals: number,
): Promise<boolean> {
  const { digest, id, source, type, item: input } = last;
  const reason = count === 1 ? type : `${type}, the last of ${count}`;
  try {
    await startRun({
      ...{ goal, input, identity: `paced:${digest}:${refusals}` },
      why: { kind: 'event', at: new Date().toISOString(), by: source, reason, ref: id },
    });
    return true;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    const code = cause instanceof ApplicationFailure ? cause.type : undefined;
    if (code === GOAL_PAUSED) return false;
    if (code === INPUT_DIFFERS && Date.now() - firstAt < DIFFERS_LIMIT_MS) return false;
    throw error;
  }
}
