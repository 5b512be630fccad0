// The server's side of a look at open runs: each question is one call, with a bound on its time.

import type { Client } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { timesIn } from '../../goals/wire/by-clock.ts';
import { memoNames, searchAttributes } from '../../goals/wire/names.ts';
import { startsAtSchema } from '../../goals/wire/run-start.ts';
import { paceSchema } from '../../goals/wire/run-view.ts';
import { workflowExecutionStatus } from '../../goals/wire/temporal-enums.ts';
import { endRun } from '../../process/end-run.ts';
import { grpcCodes } from '../../process/grpc-codes.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import type { TemporalCaller } from '../../process/start-execution.ts';
import { tryAgain } from '../../process/try-again.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { openTrouble } from '../../views/open-trouble.ts';
import { value } from '../../views/payload.ts';
import { runView } from '../../views/run-view.ts';
import { countEnded } from '../metrics.ts';
import type { OpenRun, OpenRunsServer } from './open-runs.ts';

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

const PAGE = 1_000;
const CALL_MS = 10_000;
const AT_ONCE = 10;

/** A search attribute of newer servers: which tasks of a workflow fail again and again. */
const REPORTED = 'TemporalReportedProblems';
const OPEN = `${searchAttributes.owner} IS NOT NULL AND ExecutionStatus = 'Running'`;

export function openRunsAt(client: Client): OpenRunsServer {
  const { namespace } = client.options;
  const caller: TemporalCaller = {
    client,
    call: (make) => client.withDeadline(Date.now() + CALL_MS, () => make(client.workflowService)),
  };
  const list = (query: string, token: string | null) =>
    caller.call((service) =>
      service.listWorkflowExecutions({
        namespace,
        query,
        pageSize: PAGE,
        nextPageToken: token === null ? null : Buffer.from(token, 'base64'),
      }),
    );
  return {
    async page(token) {
      const { executions, nextPageToken } = await list(OPEN, token).catch((error: unknown) => {
        // The token is of a list that has changed: it begins anew.
        if (token !== null && codeOf(error) === grpcCodes.INVALID_ARGUMENT) return list(OPEN, null);
        throw error;
      });
      const next = nextPageToken?.length ? Buffer.from(nextPageToken).toString('base64') : null;
      return { rows: (executions ?? []).map(openRun), next };
    },
    async reported() {
      try {
        const { executions } = await list(`${OPEN} AND ${REPORTED} IS NOT NULL`, null);
        return (executions ?? []).map(openRun);
      } catch (error) {
        if (codeOf(error) === grpcCodes.INVALID_ARGUMENT) return [];
        throw error;
      }
    },
    async describe({ run, execution }) {
      try {
        const { workflowExecutionInfo, pendingWorkflowTask, workflowExtendedInfo } = await caller.call(
          (service) =>
            service.describeWorkflowExecution({
              namespace,
              execution: { workflowId: run, runId: execution },
            }),
        );
        if (workflowExecutionInfo?.status !== workflowExecutionStatus.RUNNING) return null;
        return {
          ...openRun(workflowExecutionInfo),
          task: pendingWorkflowTask ?? null,
          isCancelled: workflowExtendedInfo?.cancelRequested === true,
        };
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    async history({ run, execution }) {
      const { events } = await client.workflow.getHandle(run, execution).fetchHistory();
      return events ?? [];
    },
    async end(of, as) {
      const handle = client.workflow.getHandle(of.run, of.execution);
      // As long as an attempt is under way, what has come to the run since is not in its history.
      await tryAgain(caller, await caller.call(() => handle.describe()));
      const { events } = await handle.fetchHistory();
      const told = { id: of.run, execution: of.execution, events: events ?? [] };
      const story = runView({ ...told, pendingActivities: [], now: Date.now() });
      const ended = await endRun(caller, of, { ...as, trouble: openTrouble(story) });
      if (ended !== null) countEnded(story.run, ended);
      return ended;
    },
    async each(items, work) {
      const results: Awaited<ReturnType<typeof work>>[] = [];
      const queue = items.entries();
      const lane = async (): Promise<void> => {
        for (const [i, item] of queue) results[i] = await work(item);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      return results;
    },
  };
}

const codeOf = (error: unknown): number => Number((error as { code?: unknown } | null)?.code);

function openRun({ execution, taskQueue, memo, searchAttributes: found, startTime }: Row): OpenRun {
  const pace = paceSchema.safeParse(value(memo?.fields?.[memoNames.pace])).data;
  const startsAt = startsAtSchema.safeParse(value(memo?.fields?.[memoNames.startsAt])).data;
  const started = startsAt === undefined ? (millisecondsOf(startTime) ?? 0) : Date.parse(startsAt);
  const text = (name: string): string => String(value(found?.indexedFields?.[name]) ?? '');
  return {
    run: execution?.workflowId ?? '',
    execution: execution?.runId ?? '',
    taskQueue: taskQueue ?? '',
    owner: text(searchAttributes.owner),
    team: text(searchAttributes.team),
    ...timesIn(pace, started),
  };
}
