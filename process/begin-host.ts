// Begins a host, the first or one after a host that ended without having gone on: the runs that this one had not answered are
// ordinary runs before the next takes an ask.
//
// begin-host.1. Each of these runs is started once, and the next host, however many find that the one before has ended.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { aboutGoal, HOST_EVENTS, HOST_RUNS, type LightHost } from '../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../goals/wire/names.ts';
import type { Publication } from '../goals/wire/publication.ts';
import { WORKFLOW_TASK_MS } from '../goals/wire/run-start.ts';
import { sha256 } from '../goals/wire/text/sha256.ts';
import { type LeftRun, leftBy } from './host-left.ts';
import { startExecution, type TemporalCaller } from './start-execution.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Page = temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse;

/** What must be known of a goal to begin a host of it. */
export type LightGoal = Pick<Publication, 'goal' | 'taskQueue'> & Parameters<typeof aboutGoal>[0];

/** Has the ordinary run started that goes on from a light one. */
export type StartLeft = (left: LeftRun) => Promise<void>;

/** So often the task of a host fails before it is taken to be stuck. */
const STUCK_ATTEMPTS = 3;

/** Begins the nth of a goal's hosts, where it does not run. */
export async function beginHost(
  caller: TemporalCaller,
  goal: LightGoal,
  { n, hosts }: { n: number; hosts: number },
  startLeft: StartLeft,
): Promise<void> {
  const workflowId = lightHostId(goal.goal, n);
  const before = await described(caller, workflowId);
  if (before?.status.name === 'RUNNING') return;
  const left = before === null ? null : leftBy(await historyOf(caller, before), before.runId);
  for (const run of left?.runs ?? []) await startLeft(run);
  const about = aboutGoal(goal);
  const host: LightHost = {
    ...{ gk: 1, goal: goal.goal, about, n, hosts, fullAfter: HOST_RUNS },
    fullAtEvents: HOST_EVENTS,
    earlier:
      left === null || before === null
        ? null
        : {
            execution: before.runId,
            closed: left.closed,
            updates: left.updates,
            earlier: left.host.earlier?.closed ?? null,
          },
  };
  await startExecution(caller, {
    start: {
      workflowId,
      memo: {},
      typedSearchAttributes: [],
      staticSummary: `light runs of ${goal.goal}`,
      workflowTaskTimeout: WORKFLOW_TASK_MS,
    },
    type: LIGHT_HOST,
    taskQueue: goal.taskQueue,
    args: [host],
    // begin-host.1
    requestId: sha256(`host\n${workflowId}\n${before?.runId ?? ''}`),
    after: 'closed',
    whenRunning: 'join',
  });
}

/** Ends a host whose code loops, or whose task fails again and again: it would hold up all that it has. */
export async function endStuckHost(caller: TemporalCaller, workflowId: string): Promise<void> {
  const host = await described(caller, workflowId);
  const attempt = host?.raw.pendingWorkflowTask?.attempt ?? 0;
  if (host?.status.name !== 'RUNNING' || attempt < STUCK_ATTEMPTS) return;
  const { client, call } = caller;
  const reason = `its task has failed ${attempt} times; its open runs go on as ordinary ones`;
  await call(() => client.workflow.getHandle(workflowId, host.runId).terminate(reason)).catch(
    (error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    },
  );
}

/** Null where there is none. */
export const described = (
  { client, call }: TemporalCaller,
  id: string,
): Promise<WorkflowExecutionDescription | null> =>
  call(() => client.workflow.getHandle(id).describe()).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });

/** All of it. */
export async function historyOf(
  { client, call }: TemporalCaller,
  { workflowId, runId }: Pick<WorkflowExecutionDescription, 'workflowId' | 'runId'>,
): Promise<Event[]> {
  const events: Event[] = [];
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const request = {
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1000,
      nextPageToken: nextPageToken ?? null,
    };
    const page: Page = await call((service) => service.getWorkflowExecutionHistory(request));
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
  return events;
}
