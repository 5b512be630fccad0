// The errors of a run's steps that have not ended, as the server holds them: it forgets them when the run is closed.

import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { batchHeartbeatSchema, batchPrefix, ledgerOf } from '../goals/wire/batch.ts';
import { emptyLedger, heartbeatSchema, type Ledger } from '../goals/wire/ledger.ts';
import { withLostAttempts } from '../goals/wire/lost-attempts.ts';
import { pendingActivityState } from '../goals/wire/temporal-enums.ts';
import type { TemporalCaller } from './start-execution.ts';

export type Pending = temporal.api.workflow.v1.IPendingActivityInfo;

/** An execution of a run. */
export interface RunExecution {
  run: string;
  execution: string;
}

/** More steps than that are not held: it would take too long. */
const HOLDS = 200;
const HOLD_MS = 1_000;

/** How long an attempt that began in spite of it may take to end. */
const SETTLE_MS = 1_000;
const LOOK_MS = 50;

/**
 * Keeps steps that wait from being tried once more, and reads the ledgers of all, by path. `onUnheld` hears of steps that
 * could not be held in time.
 */
export async function readLedgers(
  caller: TemporalCaller,
  of: RunExecution,
  onUnheld: (step: string, error: unknown) => void = () => undefined,
): Promise<Record<string, Ledger>> {
  const waiting = (await pendingActivities(caller, of)).filter(
    ({ state }) => state === pendingActivityState.SCHEDULED,
  );
  await Promise.all(
    waiting.slice(0, HOLDS).map(({ activityId }) => hold(caller, of, activityId ?? '', onUnheld)),
  );
  return ledgersOf(await settled(caller, of));
}

export async function pendingActivities({ client, call }: TemporalCaller, { run, execution }: RunExecution) {
  const { raw } = await call(() => client.workflow.getHandle(run, execution).describe());
  return raw.pendingActivities ?? [];
}

export function ledgersOf(pending: readonly Pending[]): Record<string, Ledger> {
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
      ? withLostAttempts(told, attempt ?? 1, new Date().toISOString())
      : told;
    const running = state === pendingActivityState.STARTED || state === pendingActivityState.PAUSE_REQUESTED;
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

/** The pending activities, once none is about to heed that it is held. */
async function settled(caller: TemporalCaller, of: RunExecution): Promise<Pending[]> {
  for (let left = SETTLE_MS; ; left -= LOOK_MS) {
    const pending = await pendingActivities(caller, of);
    if (left <= 0 || pending.every(({ state }) => state !== pendingActivityState.PAUSE_REQUESTED))
      return pending;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/**
 * Keeps a step that waits from being tried once more: an attempt that began and failed between this reading and the
 * step's end would be forgotten by the server, and nobody would know that there was one.
 */
async function hold(
  { client, call }: TemporalCaller,
  { run, execution }: RunExecution,
  id: string,
  onUnheld: (step: string, error: unknown) => void,
): Promise<void> {
  try {
    const pause = () =>
      call((service) =>
        service.pauseActivity({
          namespace: client.options.namespace,
          execution: { workflowId: run, runId: execution },
          identity: client.options.identity,
          id,
          reason: 'the run is being closed',
        }),
      );
    await client.withDeadline(Date.now() + HOLD_MS, pause);
  } catch (error) {
    // It has begun meanwhile, or this server has no such call.
    onUnheld(id, error);
  }
}
