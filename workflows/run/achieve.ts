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
  startChild,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { type ForeignGoal, type Goal, type NeededGoal, type Pursuit, StepFailed } from '../../goals/index.ts';
import type { FoundGoal, SoughtGoal } from '../../goals/wire/between-goals.ts';
import type { Code } from '../../goals/wire/codes.ts';
import { achievementSchema, type Failure, runFailureSchema } from '../../goals/wire/failure.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { activityNames, memoNames } from '../../goals/wire/names.ts';
import type { Resume } from '../../goals/wire/resume.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import type { Why } from '../../goals/wire/run-view.ts';
import type { AskedRun, StartedRun } from '../../goals/wire/start.ts';
import { MAY_BE_STORED_BYTES, STORED_PATCH } from '../../goals/wire/stored.ts';
import { refuseUncarried } from '../steps/carried.ts';
import { causeWithoutAttempt, engineFailure, inputFailure } from '../steps/step-failure.ts';
import type { Steps } from '../steps/steps.ts';
import { note } from '../steps/write-marker.ts';
import { findExecution, findRun, Joins } from './joins.ts';

const local = proxyLocalActivities<Record<string, (sought: SoughtGoal) => Promise<FoundGoal>>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

const starting = proxyLocalActivities<Record<string, (asked: AskedRun) => Promise<StartedRun>>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** That what is needed may have gone stale came later than histories that joined it without a look. */
const FRESH_PATCH = 'gk-fresh-needs';

/** That a run of the same key may have another input came later than histories that joined it all the same. */
const INPUT_PATCH = 'gk-join-input';

/** Histories from before it took a run that was ended for it for one that was terminated. */
const ENDED_PATCH = 'gk-ended-need';

export function achieving(
  parent: Goal,
  steps: Steps,
  resume: Resume | null,
): Pursuit<never, NeededGoal>['achieve'] {
  const joins = new Joins();
  return (goal, input) =>
    steps.step(goal.name, null, async (path) => {
      try {
        return await achieve({ parent, goal, input, path, resume, joins });
      } finally {
        // It may have come to know by a local activity.
        await steps.turn();
      }
    }) as never;
}

interface Need {
  parent: Goal;
  goal: NeededGoal;
  input: unknown;
  path: string;
  resume: Resume | null;
  joins: Joins;
}

async function achieve({ parent, goal, input, path, resume, joins }: Need): Promise<unknown> {
  if (!parent.needs.includes(goal))
    throw new TypeError(
      `'${parent.name}' does not declare that it needs '${goal.name}'; add it to its \`needs\``,
    );
  const checked = goal.input.safeParse(input);
  if (!checked.success) throw new StepFailed(inputFailure(path, goal.name, z.prettifyError(checked.error)));
  refuseUncarried(path, goal.name, input);
  const found = goal.kind === 'goal' ? goal : await sought(goal, parent, path);
  const start = runStart(found, input, whyOf(workflowInfo().workflowId));
  const passedOn = resume === null ? null : await resumeOf(start.workflowId, resume);
  try {
    const child = await startChild(goal.name, {
      ...start,
      ...('taskQueue' in found ? { taskQueue: found.taskQueue } : {}),
      memo: { ...start.memo, [memoNames.step]: path },
      args: passedOn === null ? [input] : [input, passedOn],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
    });
    return outputOf(goal, await child.result(), path);
  } catch (error) {
    if ((error as Error).name === 'WorkflowExecutionAlreadyStartedError') {
      if (found.freshMs != null && patched(FRESH_PATCH)) await startIfStale(goal, input, path);
      return join(goal, start, path, joins);
    }
    // A child that was cancelled looks like a cancellation of this run's; only this run's is one.
    if (error instanceof ChildWorkflowFailure && !CancellationScope.current().consideredCancelled)
      throw new StepFailed(await failureOfChild(goal, path, error));
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

const REFUSED = {
  unknown: 'dependency_unknown',
  retired: 'dependency_retired',
  'not-open': 'dependency_not_open',
} as const;

/** Where the runs of a goal of another module are started, and as what; a `StepFailed` when they cannot be. */
async function sought(
  goal: ForeignGoal,
  { team }: Goal,
  path: string,
): Promise<Exclude<FoundGoal, { refused: unknown }> & { name: string }> {
  const find = local[activityNames.findGoal] as (sought: SoughtGoal) => Promise<FoundGoal>;
  const found = await find({ goal: goal.name, team });
  if (!('refused' in found)) return { ...found, name: goal.name };
  const { why, message } = found.refused;
  throw refused(goal, path, REFUSED[why], message);
}

function refused(goal: NeededGoal, path: string, code: Code, message: string): StepFailed {
  const cause = causeWithoutAttempt(code, 'DependencyRefused', message, 'data', path);
  return new StepFailed({
    kind: 'dependency',
    code,
    message: `needs ${goal.name}, which it cannot have: ${message}`,
    path: [path],
    cause,
  });
}

/** The run that is needed goes on like the one that needs it: from its own last execution, when that was not achieved. */
async function resumeOf(id: string, { seed }: Resume): Promise<Resume | null> {
  const found = await findRun(id);
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
async function startIfStale(goal: NeededGoal, input: unknown, path: string): Promise<void> {
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
    // Then the run that is joined is told apart by its input.
    if (cause instanceof ApplicationFailure && cause.type === 'input_differs' && patched(INPUT_PATCH)) return;
    throw new StepFailed(
      engineFailure(path, goal.name, cause instanceof Error ? cause.message : String(cause)),
    );
  }
}

async function join(
  goal: NeededGoal,
  { workflowId: id, memo }: ReturnType<typeof runStart>,
  path: string,
  joins: Joins,
): Promise<unknown> {
  const found = await joins.closed(id, ({ input }) => {
    // Started on Temporal's own, it has none.
    if (input === undefined || input === memo[memoNames.input] || !patched(INPUT_PATCH)) return;
    const message = `the run ${id} has the same key (${memo[memoNames.key]}) and another input`;
    throw refused(goal, path, 'input_differs', message);
  });
  switch (found.state) {
    case 'achieved':
      if (jsonBytes(found.achievement) > MAY_BE_STORED_BYTES && patched(STORED_PATCH))
        await note({ run: { id, state: 'achieved' } });
      return outputOf(goal, found.achievement, path);
    case 'failed':
      throw new StepFailed(dependencyFailure(goal, path, found.details, found.message));
    case 'cancelled':
      throw new StepFailed(cancelledFailure(goal, path));
    case 'gone':
      throw new StepFailed(engineFailure(path, goal.name, `the run ${id} is ${found.status}`));
  }
}

function outputOf(goal: NeededGoal, achieved: unknown, path: string): unknown {
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

async function failureOfChild(
  goal: NeededGoal,
  path: string,
  failure: ChildWorkflowFailure,
): Promise<Failure> {
  const { cause } = failure;
  const { workflowId, runId } = failure.execution;
  // It could not end itself: of how it was ended Temporal tells its parent nothing.
  const isEnded = cause instanceof TerminatedFailure || cause instanceof TimeoutFailure;
  if (isEnded && workflowId != null && runId != null && patched(ENDED_PATCH)) {
    const found = await findExecution(workflowId, runId);
    if (found.state === 'failed') return dependencyFailure(goal, path, found.details, found.message);
    if (found.state === 'cancelled') return cancelledFailure(goal, path);
  }
  if (cause instanceof ApplicationFailure)
    return dependencyFailure(goal, path, cause.details?.[0], cause.message);
  if (isCancellation(cause)) return cancelledFailure(goal, path);
  return engineFailure(path, goal.name, cause?.message ?? failure.message);
}

/** A needed goal's failure is ours as `dependency`, with its own first cause, and the path to it through both runs. */
function dependencyFailure(goal: NeededGoal, path: string, details: unknown, message: string): Failure {
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

function cancelledFailure(goal: NeededGoal, path: string): Failure {
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
