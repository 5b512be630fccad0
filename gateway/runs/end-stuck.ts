// What the gateway does with a run that cannot go on: has it tried again, or ends it, so that nobody who wants it ended,
// or gone on from, is sent round in a circle.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Run } from '../../goals/wire/run-view.ts';
import { endRun } from '../../process/end-run.ts';
import { tryAgain } from '../../process/try-again.ts';
import { openTrouble } from '../../views/open-trouble.ts';
import type { RunStory } from '../../views/run-view.ts';
import { Problem } from '../http/problems.ts';
import type { Temporal } from '../temporal/temporal.ts';

/** So long a run may take to go on by itself before it is ended. */
const GRACE_MS = 3_000;
const LOOK_MS = 150;

/** Who wants it to end, and why. */
interface Wish {
  by?: string | null | undefined;
  verified?: boolean | undefined;
  reason: string;
}

/** What is known of it. */
type Told = Pick<RunStory, 'run' | 'errors'>;
type Stands = Pick<Run, 'id' | 'execution' | 'state' | 'deadline' | 'stuck' | 'noWorker'>;

/** Whether nothing of its own can end it. */
export const cannotEnd = ({ state, stuck, noWorker }: Stands): boolean =>
  state !== 'closed' && (stuck !== undefined || noWorker !== undefined);

/** Has its task tried at once. True when it goes on, or has closed, within a moment. */
export async function goesOn(temporal: Temporal, described: WorkflowExecutionDescription): Promise<boolean> {
  const { workflowId, runId, historyLength } = described;
  await tryAgain(temporal, described);
  const handle = temporal.client.workflow.getHandle(workflowId, runId);
  for (const until = Date.now() + GRACE_MS; Date.now() < until; ) {
    const seen = await temporal.call(() => handle.describe());
    if (seen.status.name !== 'RUNNING') return true;
    // A task that failed once more leaves one open.
    if (!seen.raw.pendingWorkflowTask && seen.historyLength > historyLength) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

/** Ends it as cancelled, or, past its deadline, as failed by that. Nothing when it has closed meanwhile. */
export async function endStuck(
  temporal: Temporal,
  story: Told,
  { by, verified, reason }: Wish,
): Promise<void> {
  const { id: run, execution, deadline, stuck, noWorker } = story.run;
  const isOverdue = deadline !== null && Date.parse(deadline) < Date.now();
  const during =
    stuck === undefined
      ? `while no worker served the queue ${noWorker?.queue ?? ''}`
      : `while it was stuck: ${stuck.message}`;
  await endRun(
    temporal,
    { run, execution },
    {
      ...{ outcome: isOverdue ? 'failed' : 'cancelled', during, reason, trouble: openTrouble(story) },
      ...(by == null ? {} : { by, verified: verified === true }),
    },
  );
}

/** What to say to who asks of it what only its code could do. */
export const stuckProblem = ({ id, stuck }: Pick<Run, 'id' | 'stuck'>): Problem =>
  new Problem(
    'run_stuck',
    `The run ${id} is stuck since ${stuck?.since} (${stuck?.code}): ${stuck?.message}. ${stuck?.mend}`,
    { members: { stuck } },
  );
