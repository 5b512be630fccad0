import { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { batchHeartbeatSchema, batchPrefix, ledgerOf } from '../goals/wire/batch.ts';
import { emptyLedger, heartbeatSchema, jsonBytes, type Ledger } from '../goals/wire/ledger.ts';
import { withLost } from '../goals/wire/lost.ts';
import type { FailingItems } from '../goals/wire/map.ts';

type Pending = temporal.api.workflow.v1.IPendingActivityInfo;

// temporal.api.enums.v1.PendingActivityState
const SCHEDULED = 1;
const STARTED = 2;
const PAUSE_REQUESTED = 5;

/** More steps than that are not held: it would take too long. */
const HOLDS = 200;
const HOLD_MS = 1_000;

/** How long an attempt that began in spite of it may take to end. */
const SETTLE_MS = 1_000;
const LOOK_MS = 50;

/** JSON of the ledgers that are told of failing items. */
const TOLD_BYTES = 16 * 1024;

/** The errors of this shard's items that go on alone, as the server holds them. A local activity. */
export async function failingItems(): Promise<FailingItems> {
  const ledgers = ledgersOf(await pendingActivities());
  let bytes = 0;
  const told = Object.entries(ledgers).flatMap(([path, ledger]) => {
    if (ledger.total === 0) return [];
    bytes += jsonBytes(ledger);
    return [[path, bytes < TOLD_BYTES ? ledger : null]];
  });
  return Object.fromEntries(told);
}

/**
 * The ledgers of this run's steps that have not ended, by step path, as the server holds them. A local activity: its
 * result is in the history before the run tears those steps down.
 */
export async function pendingLedgers(): Promise<Record<string, Ledger>> {
  const waiting = (await pendingActivities()).filter(({ state }) => state === SCHEDULED);
  await Promise.all(waiting.slice(0, HOLDS).map(hold));
  return ledgersOf(await settled());
}

function ledgersOf(pending: readonly Pending[]): Record<string, Ledger> {
  const ledgers: Record<string, Ledger> = {};
  for (const { activityId, heartbeatDetails, attempt, lastFailure, state } of pending) {
    if (!activityId) continue;
    const payload = heartbeatDetails?.payloads?.[0];
    const details = payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
    const prefix = batchPrefix(activityId);
    if (prefix !== null) {
      Object.assign(ledgers, ledgersOfBatch(prefix, details));
      continue;
    }
    const heartbeat = heartbeatSchema.safeParse(details);
    const told = heartbeat.data?.ledger ?? emptyLedger();
    // The worker that would have said so may never come.
    const ledger = lastFailure?.timeoutFailureInfo
      ? withLost(told, attempt ?? 1, new Date().toISOString())
      : told;
    const running = state === STARTED || state === PAUSE_REQUESTED;
    if (ledger.total > 0 || running) ledgers[activityId] = { ...ledger, ...(running ? { running } : {}) };
  }
  return ledgers;
}

/** Of calls that travel together. What becomes of them the batch itself tells, within about a second. */
function ledgersOfBatch(prefix: string, details: unknown): Record<string, Ledger> {
  const told = batchHeartbeatSchema.safeParse(details).data?.batch;
  const held = [
    ...Object.entries(told?.carried ?? {}).map(([n, { ledger }]) => [n, ledger] as const),
    ...Object.entries(told?.answers ?? {}).map(([n, answer]) => [n, ledgerOf(answer)] as const),
  ];
  return Object.fromEntries(held.flatMap(([n, ledger]) => (ledger ? [[`${prefix}#${n}`, ledger]] : [])));
}

const execution = () => Context.current().info.workflowExecution as { workflowId: string; runId: string };

async function pendingActivities(): Promise<Pending[]> {
  const { workflowId, runId } = execution();
  const { raw } = await Context.current().client.workflow.getHandle(workflowId, runId).describe();
  return raw.pendingActivities ?? [];
}

/** The pending activities, once none is about to heed that it is held. */
async function settled(): Promise<Pending[]> {
  for (let left = SETTLE_MS; ; left -= LOOK_MS) {
    const pending = await pendingActivities();
    if (left <= 0 || pending.every(({ state }) => state !== PAUSE_REQUESTED)) return pending;
    await Context.current().sleep(LOOK_MS);
  }
}

/**
 * Keeps a step that waits from being tried once more: an attempt that began and failed between this reading and the
 * step's cancellation would be forgotten by the server, and nobody would know that there was one.
 */
async function hold({ activityId }: Pending): Promise<void> {
  const { client, info, log } = Context.current();
  try {
    await client.withDeadline(Date.now() + HOLD_MS, () =>
      client.workflowService.pauseActivity({
        namespace: info.namespace,
        execution: execution(),
        identity: client.options.identity,
        id: activityId ?? '',
        reason: 'the run is being closed',
      }),
    );
  } catch (error) {
    // It has begun meanwhile, or this server has no such call.
    log.debug('a step could not be held', { activityId, error });
  }
}
