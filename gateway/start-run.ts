// Starts a goal's run for an input, or joins the one there is: one key, one run (DESIGN 3, P2).

import { WorkflowExecutionAlreadyStartedError, type WorkflowExecutionDescription } from '@temporalio/client';
import { jsonBytes } from '../goals/wire/ledger.ts';
import { memoNames, PAYLOAD_BYTES } from '../goals/wire/names.ts';
import type { Publication } from '../goals/wire/publication.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import { runStart } from '../goals/wire/run-start.ts';
import type { Why } from '../goals/wire/run-view.ts';
import { checkInput } from './check-input.ts';
import { Problem } from './problems.ts';
import type { Runs } from './runs.ts';
import type { Temporal } from './temporal.ts';

/**
 * The execution that pursues the goal for this input: a new one, the one under way, or the one that has achieved it.
 * A `Problem` when the goal takes no such input, is retired, or pursues the key with another input.
 */
export async function startRun(
  temporal: Temporal,
  runs: Runs,
  publication: Publication,
  input: unknown,
  why: Why,
): Promise<WorkflowExecutionDescription> {
  const { goal, taskQueue, retired } = publication;
  if (retired)
    throw new Problem(
      'goal_retired',
      `${goal} is no longer declared; its runs can be read, and no more started.`,
    );
  const bytes = jsonBytes(input);
  if (bytes > PAYLOAD_BYTES)
    throw new Problem(
      'input_too_large',
      `The input has ${bytes} bytes; ${PAYLOAD_BYTES} at most. Pass a reference to the data.`,
    );
  checkInput(publication, input);
  const start = runStart({ ...publication, name: goal }, input, why);
  const execution = await executionOf(temporal, goal, { ...start, taskQueue, args: [input] });
  const described = await runs.describe(start.workflowId, execution);
  if (described.type !== goal)
    throw new Problem(
      'run_id_taken',
      `The ID ${start.workflowId} belongs to a workflow that is no run of ${goal}.`,
    );
  if ((await digestOf(runs, described)) !== inputDigest(input))
    throw new Problem(
      'input_differs',
      `The run ${start.workflowId} has the same key (${start.memo[memoNames.key]}) and another input.`,
      { members: { run: start.workflowId, key: start.memo[memoNames.key] } },
    );
  return described;
}

type Start = ReturnType<typeof runStart> & { taskQueue: string; args: unknown[] };

/** Which execution it is; undefined for the latest. */
async function executionOf(temporal: Temporal, goal: string, start: Start): Promise<string | undefined> {
  try {
    const handle = await temporal.call(() =>
      temporal.client.workflow.start(goal, {
        ...start,
        // What is achieved stays achieved; what failed or was cancelled may be pursued again.
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

async function digestOf(runs: Runs, described: WorkflowExecutionDescription): Promise<unknown> {
  const digest = described.memo?.[memoNames.input];
  // Started on Temporal's own, it has no digest, but its input all the same.
  return digest ?? inputDigest((await runs.story(described)).run.input);
}
