// The activity that keeps a sink of records filled: one shift of looking, and waiting, and looking again.

import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import type { Logger } from 'pino';
import { type SweepState, sweepStateSchema } from '../../goals/wire/record-sweep.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { lightSource } from '../../process/light-source.ts';
import { type MarkSink, MarkSweep } from './mark-sweep.ts';
import type { RecordSink } from './record-sink.ts';
import { type Events, Sweep, type SweepSource } from './sweep.ts';

const SHIFT_MS = 10 * 60_000;
const BEAT_MS = 2_000;
const CALL_MS = 10_000;

export interface SweepOptions {
  sink: RecordSink;
  periodMs: number;
  log: Logger;
}

/** It returns when its shift is over or its worker stops; then another begins where it has come to. */
export function sweepRecords({ sink, periodMs, log }: SweepOptions) {
  const sweep = new Sweep(sink, log);
  const marks = keepsMarks(sink) ? new MarkSweep(sink, log) : null;
  const state = (): SweepState => (marks === null ? sweep.state : { ...sweep.state, marks: marks.state });

  return async (given: SweepState): Promise<SweepState> => {
    const context = Context.current();
    const { cancellationSignal: signal } = context;
    const carried = sweepStateSchema.safeParse(context.info.heartbeatDetails);
    const begin = carried.success ? carried.data : given;
    sweep.goOn(begin);
    marks?.goOn(begin.marks ?? { watermark: 0, recent: [] });
    const source = sourceOf(context.client);
    const until = Date.now() + SHIFT_MS;
    const isOver = (): boolean => signal.aborted || Date.now() > until;
    const beat = setInterval(() => context.heartbeat(state()), BEAT_MS);
    try {
      do {
        await sweep.look(source, isOver, signal);
        await marks?.look(source, isOver, signal);
        await context.sleep(periodMs).catch(() => undefined);
      } while (!isOver());
      return state();
    } catch (error) {
      if (signal.aborted) return state();
      log.warn({ err: error, sink: sink.kind }, 'records could not be kept: they are offered again');
      // The last words of an attempt that fails are what the next begins with.
      context.heartbeat(state());
      throw error;
    } finally {
      clearInterval(beat);
    }
  };
}

const keepsMarks = (sink: RecordSink): sink is RecordSink & MarkSink => sink.mark !== undefined;

type History = proto.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;

function sourceOf(client: Client): SweepSource {
  const { namespace } = client.options;
  const call = <T>(make: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + CALL_MS, make);
  const { workflowService } = client;
  return {
    ...lightSource({ client, call: (make) => call(() => make(workflowService)) }),
    async isGone({ id, execution }) {
      try {
        await call(() => client.workflow.getHandle(id, execution || undefined).describe());
        return false;
      } catch (error) {
        if (isNotFound(error) || error instanceof WorkflowNotFoundError) return true;
        throw error;
      }
    },
    async events({ id, execution }) {
      const events: Events = [];
      let token: Uint8Array | null = null;
      try {
        do {
          const nextPageToken: Uint8Array | null = token;
          const page: History = await call(() =>
            workflowService.getWorkflowExecutionHistory({
              namespace,
              execution: { workflowId: id, runId: execution },
              maximumPageSize: 1000,
              nextPageToken,
            }),
          );
          events.push(...(page.history?.events ?? []));
          token = page.nextPageToken ?? null;
        } while (token?.length);
        return events;
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
  };
}
