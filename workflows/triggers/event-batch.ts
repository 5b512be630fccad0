// Collects a goal's events until there are enough of them, or the first has waited for long enough; then one run has
// them all.
//
// event-batch.1. An event that was taken is in one batch, and in one only, as long as it is among the last SEEN_LIMIT.
// event-batch.2. A batch leaves only when its run has been started, and its name is that of its first event: asked for again, it is
//     the same run.

import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { type BatchInput, type BatchState, batchedEventSchema } from '../../goals/wire/event-batch.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { activityNames, PAYLOAD_BYTES, signalNames } from '../../goals/wire/names.ts';
import { GOAL_PAUSED } from '../../goals/wire/start.ts';

const batched = defineSignal<[unknown]>(signalNames.batched);

/** So many events are known again. */
const SEEN_LIMIT = 10_000;
const SEEN_LENGTH = 16;

/** A batch that has so many bytes is full. */
const BATCH_BYTES = PAYLOAD_BYTES / 2;

/** With nothing to collect for so long, it ends; the next event begins another. */
const IDLE_MS = 7 * 86_400_000;

const SIGNALS_PER_HISTORY = 2_000;

/** Between two looks at a goal that is paused: they become rarer. */
const PAUSED_MS = 15_000;
const PAUSED_LIMIT_MS = 600_000;

type Waiting = BatchState['waiting'][number];

export async function eventBatch({ goal, ...begin }: BatchState): Promise<void> {
  const waiting = [...begin.waiting];
  const seen = new Set(begin.seen);
  let heard = 0;
  let bytes = bytesOf(waiting);
  setHandler(batched, (given) => {
    heard++;
    const event = batchedEventSchema.safeParse(given).data;
    const mark = event?.digest.slice(0, SEEN_LENGTH);
    // event-batch.1
    if (event === undefined || mark === undefined || seen.has(mark)) return;
    seen.add(mark);
    for (const oldest of seen) {
      if (seen.size <= SEEN_LIMIT) break;
      seen.delete(oldest);
    }
    waiting.push({ ...event, at: Date.now() });
    bytes += jsonBytes(event.item);
  });
  const isFull = (): boolean => bytes >= BATCH_BYTES || waiting.length >= (waiting.at(-1)?.size ?? 1);
  const isLong = (): boolean => heard >= SIGNALS_PER_HISTORY || workflowInfo().continueAsNewSuggested;

  let pausedMs = PAUSED_MS;
  for (;;) {
    const [first] = waiting;
    const restMs =
      first === undefined ? IDLE_MS : first.at + (waiting.at(-1) as Waiting).afterMs - Date.now();
    const isWoken =
      restMs > 0 &&
      (await condition(() => isFull() || isLong() || (first === undefined && waiting.length > 0), restMs));
    if (waiting.length === 0 && !isWoken) break;
    // What goes on in a fresh history must fit its input: first what is full leaves.
    if (isLong() && !isFull()) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof eventBatch>({ goal, waiting, seen: [...seen] });
    }
    if (isWoken && !isFull()) continue;
    const leaving = portion(waiting);
    // event-batch.2
    if (await started(goal, leaving)) {
      waiting.splice(0, leaving.length);
      bytes = bytesOf(waiting);
      pausedMs = PAUSED_MS;
    } else {
      await sleep(pausedMs);
      pausedMs = Math.min(pausedMs * 2, PAUSED_LIMIT_MS);
    }
  }
}

const bytesOf = (waiting: readonly Waiting[]): number =>
  waiting.reduce((sum, { item }) => sum + jsonBytes(item), 0);

/** The oldest of them: as many as a batch may have. */
function portion(waiting: readonly Waiting[]): Waiting[] {
  const { size } = waiting.at(-1) as Waiting;
  let bytes = 0;
  let count = 0;
  for (const { item } of waiting.slice(0, size)) {
    if (bytes >= BATCH_BYTES) break;
    bytes += jsonBytes(item);
    count++;
  }
  return waiting.slice(0, count);
}

const { [activityNames.startRun]: startRun } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  retry: { maximumInterval: '30s' },
});

/** False when the goal is paused: its events wait. Any other refusal ends the collector, whose failure shows it. */
async function started(goal: string, leaving: readonly Waiting[]): Promise<boolean> {
  const { at, digest, type } = leaving[0] as Waiting;
  const time = new Date(at).toISOString();
  const name = `${time.replace(/[-:]|\.\d+/g, '')}-${digest.slice(0, 12)}`;
  const input: BatchInput = { batch: name, items: leaving.map(({ item }) => item) };
  const reason = leaving.length === 1 ? `an event of ${type}` : `${leaving.length} events of ${type}`;
  try {
    await startRun({
      goal,
      input,
      why: { kind: 'event', at: new Date().toISOString(), by: null, reason, ref: name },
      identity: `batch:${name}`,
    });
    return true;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type === GOAL_PAUSED) return false;
    throw error;
  }
}
