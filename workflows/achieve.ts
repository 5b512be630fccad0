// `achieve`: a goal needed by another. The needed run is its own: started abandoned, joined when it is there already,
// and never cancelled with the run that needs it.

import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  isCancellation,
  ParentClosePolicy,
  patched,
  proxyLocalActivities,
  sleep,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { type Goal, type Pursuit, StepFailed } from '../goals/index.ts';
import type { FoundRun } from '../goals/wire/call.ts';
import { achievementSchema, type Failure, runFailureSchema } from '../goals/wire/failure.ts';
import { ATTACH_TIMER, activityNames, memoNames } from '../goals/wire/names.ts';
import type { Resume } from '../goals/wire/resume.ts';
import { runStart } from '../goals/wire/run-start.ts';
import type { Why } from '../goals/wire/run-view.ts';
import type { AskedRun, StartedRun } from '../goals/wire/start.ts';
import { causeWithoutAttempt, engineFailure, inputFailure } from './step-failure.ts';
import type { Steps } from './steps.ts';

const local = proxyLocalActivities<Record<string, (id: string) => Promise<FoundRun>>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

const starting = proxyLocalActivities<Record<string, (asked: AskedRun) => Promise<StartedRun>>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** That what is needed may have gone stale came later than histories that joined it without a look. */
const FRESH_PATCH = 'gk-fresh-needs';

/** Between two looks at a run that somebody else started: short at first, so that a quick run is joined quickly. */
const FIRST_LOOK_MS = 1000;
const SLOWEST_LOOK_MS = 30_000;

export const achieving =
  (parent: Goal, steps: Steps, resume: Resume | null): Pursuit['achieve'] =>
  (goal, input) =>
    steps.step(goal.name, null, (path) => achieve({ parent, goal, input, path, resume })) as never;

interface Need {
  parent: Goal;
  goal: Goal;
  input: unknown;
  path: string;
  resume: Resume | null;
}

async function achieve({ parent, goal, input, path, resume }: Need): Promise<unknown> {
  if (!parent.needs.includes(goal))
    throw new TypeError(
      `'${parent.name}' does not declare that it needs '${goal.name}'; add it to its \`needs\``,
    );
  const checked = goal.input.safeParse(input);
  if (!checked.success) throw new StepFailed(inputFailure(path, goal.name, z.prettifyError(checked.error)));
  const start = runStart(goal, input, whyOf(workflowInfo().workflowId));
  const passedOn = resume === null ? null : await resumeOf(start.workflowId, resume);
  try {
    const child = await startChild(goal.name, {
      ...start,
      memo: { ...start.memo, [memoNames.step]: path },
      args: passedOn === null ? [input] : [input, passedOn],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
    });
    return outputOf(goal, await child.result(), path);
  } catch (error) {
    if ((error as Error).name === 'WorkflowExecutionAlreadyStartedError') {
      if (goal.freshMs !== null && patched(FRESH_PATCH)) await startIfStale(goal, input, path);
      return join(goal, start.workflowId, path);
    }
    // A child that was cancelled looks like a cancellation of this run's; only this run's is one.
    if (error instanceof ChildWorkflowFailure && !CancellationScope.current().consideredCancelled)
      throw new StepFailed(failureOfChild(goal, path, error));
    throw error;
  }
}

const whyOf = (ref: string): Why => ({
  kind: 'goal',
  at: new Date().toISOString(),
  by: null,
  reason: null,
  ref,
});

/** The run that is needed goes on like the one that needs it: from its own last execution, when that was not achieved. */
async function resumeOf(id: string, { seed }: Resume): Promise<Resume | null> {
  const found = await (local[activityNames.findRun] as (id: string) => Promise<FoundRun>)(id);
  if (found.state === 'running' || found.state === 'achieved' || found.execution === undefined) return null;
  const details = found.state === 'failed' ? runFailureSchema.safeParse(found.details).data : undefined;
  return {
    from: found.execution,
    outcome: found.state === 'cancelled' ? 'cancelled' : 'failed',
    failure: details?.failure ?? null,
    seed,
    exclude: [],
    supply: [],
  };
}

/** There is a run, under way or achieved. Whether it is fresh is decided where every trigger's start is. */
async function startIfStale(goal: Goal, input: unknown, path: string): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const start = starting[activityNames.startRun] as (asked: AskedRun) => Promise<StartedRun>;
  try {
    await start({
      goal: goal.name,
      input,
      why: whyOf(workflowId),
      identity: `goal:${runId}:${path}`,
    });
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    const cause = error instanceof ActivityFailure ? error.cause : error;
    throw new StepFailed(
      engineFailure(path, goal.name, cause instanceof Error ? cause.message : String(cause)),
    );
  }
}

async function join(goal: Goal, id: string, path: string): Promise<unknown> {
  const find = local[activityNames.findRun] as (id: string) => Promise<FoundRun>;
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(SLOWEST_LOOK_MS, wait * 1.5)) {
    const found = await find(id);
    switch (found.state) {
      case 'running':
        await sleep(wait, { summary: ATTACH_TIMER });
        break;
      case 'achieved':
        return outputOf(goal, found.achievement, path);
      case 'failed':
        throw new StepFailed(dependencyFailure(goal, path, found.details, found.message));
      case 'cancelled':
        throw new StepFailed(cancelledFailure(goal, path));
      case 'gone':
        throw new StepFailed(engineFailure(path, goal.name, `the run ${id} is ${found.status}`));
    }
  }
}

function outputOf(goal: Goal, achieved: unknown, path: string): unknown {
  const output = goal.output.safeParse(achievementSchema.safeParse(achieved).data?.output);
  if (output.success) return output.data;
  throw new StepFailed(
    engineFailure(
      path,
      goal.name,
      `its recorded output no longer fits its schema: ${z.prettifyError(output.error)}`,
    ),
  );
}

function failureOfChild(goal: Goal, path: string, failure: ChildWorkflowFailure): Failure {
  const { cause } = failure;
  if (cause instanceof ApplicationFailure)
    return dependencyFailure(goal, path, cause.details?.[0], cause.message);
  if (isCancellation(cause)) return cancelledFailure(goal, path);
  return engineFailure(path, goal.name, cause?.message ?? failure.message);
}

/** A needed goal's failure is ours as `dependency`, with its own first cause, and the path to it through both runs. */
function dependencyFailure(goal: Goal, path: string, details: unknown, message: string): Failure {
  const inner = runFailureSchema.safeParse(details);
  if (!inner.success) return engineFailure(path, goal.name, message);
  const { failure } = inner.data;
  return {
    kind: 'dependency',
    code: failure.code,
    message: `needs ${goal.name}, which failed: ${failure.message}`,
    path: [path, ...failure.path],
    cause: failure.cause,
  };
}

function cancelledFailure(goal: Goal, path: string): Failure {
  const message = `needs ${goal.name}, which was cancelled`;
  const cause = causeWithoutAttempt(
    'dependency_cancelled',
    'DependencyCancelled',
    message,
    'transient',
    path,
  );
  return { kind: 'dependency', code: cause.code, message, path: [path], cause };
}
