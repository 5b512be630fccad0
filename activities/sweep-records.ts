// One shift of keeping a sink of records filled: look at what has closed, write what the sink lacks, wait, look again.
//
// W1. The watermark is Temporal's time, of the last execution that was written: no clock of ours decides what is missed.
// W2. What visibility tells late is found all the same: each look begins OVERLAP_MS before the watermark.

import { Context } from '@temporalio/activity';
import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import type { Logger } from 'pino';
import { type SweepState, sweepStateSchema } from '../goals/wire/record-sweep.ts';
import type { RunRecord } from '../goals/wire/run-record.ts';
import { CLOSED_RUNS, type ClosedRun, closedRuns } from '../views/closed-runs.ts';
import { runRecord } from '../views/run-record.ts';
import type { RecordSink } from './record-sink.ts';

const SHIFT_MS = 10 * 60_000;
const OVERLAP_MS = 60_000;
const BEAT_MS = 2_000;
const CALL_MS = 10_000;
const DAY_MS = 86_400_000;
/** Executions that a shift remembers for itself, and those of them that it hands on. */
const SEEN = 100_000;
const RECENT = 1_000;
const NOT_FOUND = 5;

export interface SweepOptions {
  sink: RecordSink;
  periodMs: number;
  log: Logger;
}

type Events = proto.api.history.v1.IHistoryEvent[];

/** The activity that sweeps for a sink. It returns when its shift is over or its worker stops; then another begins. */
export function sweepRecords({ sink, periodMs, log }: SweepOptions) {
  const seen = new Set<string>();
  const done = (execution: string): void => {
    seen.add(execution);
    if (seen.size > SEEN) seen.delete(seen.values().next().value as string);
  };

  return async (given: SweepState): Promise<SweepState> => {
    const context = Context.current();
    const { cancellationSignal: signal } = context;
    const carried = sweepStateSchema.safeParse(context.info.heartbeatDetails);
    const state = carried.success ? carried.data : given;
    for (const execution of state.recent) done(execution);
    const until = Date.now() + SHIFT_MS;
    const beat = setInterval(() => context.heartbeat(state), BEAT_MS);
    try {
      do {
        const from = Math.max(0, state.watermark - OVERLAP_MS);
        // Nothing closes in the future; by how much our clock is wrong does not matter.
        for await (const run of closedRuns(listOf(context), CLOSED_RUNS, from, Date.now() + DAY_MS)) {
          if (signal.aborted || Date.now() > until) break;
          if (seen.has(run.execution)) continue;
          if (!(await sink.has(run))) await keep(context, run);
          done(run.execution);
          state.watermark = Math.max(state.watermark, run.closedAt);
          state.recent = [...state.recent, run.execution].slice(-RECENT);
        }
        await context.sleep(periodMs).catch(() => undefined);
      } while (!signal.aborted && Date.now() <= until);
      return state;
    } catch (error) {
      if (signal.aborted) return state;
      log.warn({ err: error, sink: sink.kind }, 'records could not be kept: they are offered again');
      // The last words of an attempt that fails are what the next begins with.
      context.heartbeat(state);
      throw error;
    } finally {
      clearInterval(beat);
    }
  };

  async function keep({ client, cancellationSignal }: Context, run: ClosedRun): Promise<void> {
    const { id, execution } = run;
    const events = await eventsOf(client, id, execution);
    // Its retention ended before it was read.
    if (events === null)
      return log.warn({ run: id, execution }, 'a run was forgotten before it was recorded');
    let record: RunRecord;
    try {
      record = runRecord({ id, execution, events, pendingActivities: [] });
    } catch (error) {
      // One history that cannot be told must not keep back all others.
      return log.error({ err: error, run: id, execution }, 'the record of this run cannot be told: left out');
    }
    if ((await sink.write(run, record, cancellationSignal)) === 'refused')
      log.error({ run: id, execution, sink: sink.kind }, 'the sink refuses this record for good: left out');
  }
}

const listOf =
  ({ client }: Context) =>
  (query: string, pageSize: number, nextPageToken: Uint8Array | null) =>
    client.withDeadline(Date.now() + CALL_MS, () =>
      client.workflowService.listWorkflowExecutions({
        namespace: client.options.namespace,
        query,
        pageSize,
        nextPageToken,
      }),
    );

async function eventsOf(client: Client, workflowId: string, runId: string): Promise<Events | null> {
  const events: Events = [];
  let nextPageToken: Uint8Array | null = null;
  try {
    do {
      const token: Uint8Array | null = nextPageToken;
      const page: proto.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse =
        await client.withDeadline(Date.now() + CALL_MS, () =>
          client.workflowService.getWorkflowExecutionHistory({
            namespace: client.options.namespace,
            execution: { workflowId, runId },
            maximumPageSize: 1000,
            nextPageToken: token,
          }),
        );
      events.push(...(page.history?.events ?? []));
      nextPageToken = page.nextPageToken ?? null;
    } while (nextPageToken?.length);
    return events;
  } catch (error) {
    const isForgotten =
      error instanceof WorkflowNotFoundError ||
      (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND);
    if (isForgotten) return null;
    throw error;
  }
}
