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
  proxyLocalActivities,
  startChild,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { type ForeignGoal, type Goal, type NeededGoal, type Pursuit, StepFailed } from '../../goals/index.ts';
import type { FoundGoal } from '../../goals/wire/between-goals.ts';
import type { Code } from '../../goals/wire/codes.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { type Failure, runFailureSchema } from '../../goals/wire/failure.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { activityNames, LIGHT_BEFORE_GLOBAL, memoNames } from '../../goals/wire/names.ts';
import type { Resume } from '../../goals/wire/resume.ts';
import { runId, runKey } from '../../goals/wire/run-id.ts';
import { actorsMemo, runStart } from '../../goals/wire/run-start.ts';
import type { Why } from '../../goals/wire/run-view.ts';
import { MAY_BE_STORED_BYTES } from '../../goals/wire/stored.ts';
import { patched, patchedLight, patchedName, patches } from '../patches.ts';
import { refuseUncarried } from '../steps/carried.ts';
import {
  cancelledFailure,
  causeWithoutAttempt,
  dependencyFailure,
  engineFailure,
  inputFailure,
  neededOutput as outputOf,
} from '../steps/step-failure.ts';
import type { Steps } from '../steps/steps.ts';
import type { Turns } from '../steps/turns.ts';
import { writeMarker } from '../steps/write-marker.ts';
import { actorsOfRun } from './approvals.ts';
import { findExecution, findRun, Joins } from './joins.ts';

const local = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** Pursues a needed goal as the step of this path, and resolves with its output. */
export type Needing = (goal: NeededGoal, input: unknown, path: string) => Promise<unknown>;

export function needing(parent: Goal, steps: Steps, resume: Resume | null): Needing {
  const joins = new Joins((id, waitMs) => steps.turns.answer(findRun(id, waitMs)));
  return async (goal, input, path) => {
    const turns = new TurnsOfNeed(steps.turns);
    try {
      return await achieve({ parent, goal, input, path, resume, joins, turns });
    } finally {
      if (!turns.hasOne) await steps.turn();
    }
  };
}

/** Whether what a need has waited for last was a local activity, and so has had its turn. */
class TurnsOfNeed implements Pick<Turns, 'answer'> {
  hasOne = false;
  readonly #turns: Turns;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  answer<T>(called: Promise<T>): Promise<T> {
    this.hasOne = true;
    return this.#turns.answer(called);
  }
}

export const achieving =
  (steps: Steps, need: Needing): Pursuit<never, NeededGoal>['achieve'] =>
  (goal, input) =>
    steps.step(goal.name, null, (path) => need(goal, input, path)) as never;

interface Need {
  parent: Goal;
  goal: NeededGoal;
  input: unknown;
  path: string;
  resume: Resume | null;
  joins: Joins;
  turns: TurnsOfNeed;
}

async function achieve(need: Need): Promise<unknown> {
  const { parent, goal, input, path, resume, turns } = need;
  if (!parent.needs.includes(goal))
    throw new TypeError(
      `'${parent.name}' does not declare that it needs '${goal.name}'; add it to its \`needs\``,
    );
  const checked = goal.input.safeParse(input);
  if (!checked.success) throw new StepFailed(inputFailure(path, goal.name, z.prettifyError(checked.error)));
  refuseUncarried(path, goal.name, input);
  const found = goal.kind === 'goal' ? goal : await sought(goal, need);
  // Of a goal that had no other name nothing is awaited: what it needs is started in the very order of recorded histories.
  const name = goal.kind === 'goal' && goal.formerly.length > 0 ? await nameOf(goal, need) : goal.name;
  const start = runStart({ ...found, name }, input, whyOf(workflowInfo().workflowId));
  /** What was retracted is pursued again: by whoever needs it, where nobody has done so since. */
  const again: Again = async ({ execution }) => {
    const id = await startIfDue(need, execution);
    return id === undefined ? null : { ...start, workflowId: id };
  };
  const passedOn = resume === null ? null : await resumeOf(start.workflowId, resume, turns);
  // Its host is the only door of its key, but for an ordinary run of it that goes on.
  if (passedOn === null && patchedLight(name, found.light != null || wasLight(name))) {
    const achievement = await achieveLight(need);
    return achievement === null ? join(need, start, again) : outputOf(goal, achievement.achieved, path);
  }
  turns.hasOne = false;
  try {
    const child = await startChild(name, {
      ...start,
      ...('taskQueue' in found ? { taskQueue: found.taskQueue } : {}),
      memo: { ...start.memo, ...actorsMemo(actorsOfRun()), [memoNames.step]: path },
      args: passedOn === null ? [input] : [input, passedOn],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
    });
    return outputOf(goal, await child.result(), path);
  } catch (error) {
    if ((error as Error).name === 'WorkflowExecutionAlreadyStartedError') {
      const stale = found.freshMs != null && patched(patches.freshNeeds);
      const begun = stale ? await startIfDue(need) : undefined;
      // Of a goal that was renamed the next run has the new name.
      const joined = name === goal.name ? start : { ...start, workflowId: begun ?? start.workflowId };
      return join(need, joined, again);
    }
    // A child that was cancelled looks like a cancellation of this run's; only this run's is one.
    if (error instanceof ChildWorkflowFailure && !CancellationScope.current().consideredCancelled)
      throw new StepFailed(await failureOfChild(need, error));
    throw error;
  }
}

/**
 * The name under which the needed run is, or is to be. A run that began before its needed goal was renamed goes on with the name of then;
 * else a run of the same key counts that is open, or achieved, under a former name.
 */
async function nameOf(goal: Goal, { input, turns }: Need): Promise<string> {
  const { key, names } = { key: runKey(input, goal.key).id, names: [goal.name, ...goal.formerly] };
  const then = names.find((name) => name === names.at(-1) || patchedName(name)) as string;
  if (then !== goal.name) return then;
  const stateOf = async (name: string) => (await turns.answer(findRun(runId(name, key)))).state;
  const isThere = async (name: string) => ['running', 'achieved'].includes(await stateOf(name));
  if ((await stateOf(goal.name)) !== 'gone') return goal.name;
  for (const name of goal.formerly) if (await isThere(name)) return name;
  return goal.name;
}

/** As this worker knew when it started: its keys may be achieved by runs in hosts. */
const wasLight = (name: string): boolean =>
  ((Reflect.get(globalThis, LIGHT_BEFORE_GLOBAL) as readonly string[] | undefined) ?? []).includes(name);

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
  { parent: { team }, path, turns }: Need,
): Promise<Exclude<FoundGoal, { refused: unknown }> & { name: string }> {
  const found = await turns.answer(local[activityNames.findGoal]({ goal: goal.name, team }));
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
async function resumeOf(id: string, { seed }: Resume, turns: TurnsOfNeed): Promise<Resume | null> {
  const found = await turns.answer(findRun(id));
  if (found.state === 'running' || found.state === 'achieved' || found.state === 'retracted') return null;
  if (found.execution === undefined) return null;
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

const asking = proxyLocalActivities<EngineActivities>({
  // An answer comes when the run is achieved, or is an ordinary one: within a fraction of a second, where its host is not behind.
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** What a light run was achieved with; null where the run is an ordinary one. */
async function achieveLight({ goal, input, path, turns }: Need): Promise<{ achieved: unknown } | null> {
  const { workflowId, runId } = workflowInfo();
  const identity = `goal:${runId}:${path}`;
  const asked = {
    goal: goal.name,
    input,
    why: whyOf(workflowId),
    identity,
    actors: actorsOfRun(),
    need: path,
  };
  const begun = await turns.answer(asking[activityNames.startRun](asked)).catch((error: unknown) => {
    if (CancellationScope.current().consideredCancelled) throw error;
    const cause = error instanceof ActivityFailure ? error.cause : error;
    const message = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof ApplicationFailure && cause.type === 'input_differs')
      throw refused(goal, path, 'input_differs', message);
    throw new StepFailed(engineFailure(path, goal.name, message));
  });
  if (begun.need !== undefined && 'achievement' in begun.need) return { achieved: begun.need.achievement };
  if (parseLightExecution(begun.execution) === null) return null;
  // Another had it achieved.
  const found = await turns.answer(findExecution(begun.id, begun.execution));
  if (found.state !== 'achieved')
    throw new StepFailed(engineFailure(path, goal.name, `the run ${begun.id} is ${found.state}`));
  return { achieved: found.achievement };
}

/** There is a run, under way or achieved. Whether it still holds is decided where every trigger's start is. */
async function startIfDue(
  { goal, input, path, turns }: Need,
  retracted?: string,
): Promise<string | undefined> {
  const { workflowId, runId } = workflowInfo();
  try {
    const asked = {
      goal: goal.name,
      input,
      why: whyOf(workflowId),
      identity: `goal:${runId}:${path}${retracted === undefined ? '' : `:${retracted}`}`,
      actors: actorsOfRun(),
    };
    const { id } = await turns.answer(local[activityNames.startRun](asked));
    return id;
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    const cause = error instanceof ActivityFailure ? error.cause : error;
    // Then the run that is joined is told apart by its input.
    if (cause instanceof ApplicationFailure && cause.type === 'input_differs' && patched(patches.joinInput))
      return undefined;
    throw new StepFailed(
      engineFailure(path, goal.name, cause instanceof Error ? cause.message : String(cause)),
    );
  }
}

type RunStart = ReturnType<typeof runStart>;
type Again = (retracted: { execution: string }) => Promise<RunStart | null>;

async function join(need: Need, { workflowId: id, memo }: RunStart, again: Again): Promise<unknown> {
  const { goal, path, joins, turns } = need;
  // What ends its waiting is a look at the run.
  turns.hasOne = true;
  const found = await joins.closed(id, ({ input }) => {
    // Started on Temporal's own, it has none.
    if (input === undefined || input === memo[memoNames.input] || !patched(patches.joinInput)) return;
    const message = `the run ${id} has the same key (${memo[memoNames.key]}) and another input`;
    throw refused(goal, path, 'input_differs', message);
  });
  switch (found.state) {
    case 'achieved':
      if (jsonBytes(found.achievement) > MAY_BE_STORED_BYTES && patched(patches.stored))
        await writeMarker(turns, { run: { id, state: 'achieved' } });
      return outputOf(goal, found.achievement, path);
    case 'retracted': {
      const begun = await again(found);
      if (begun !== null) return join(need, begun, again);
      throw new StepFailed(engineFailure(path, goal.name, `the run ${id} was retracted`));
    }
    case 'failed':
      throw new StepFailed(dependencyFailure(goal, path, found.details, found.message));
    case 'cancelled':
      throw new StepFailed(cancelledFailure(goal, path));
    case 'gone':
      throw new StepFailed(engineFailure(path, goal.name, `the run ${id} is ${found.status}`));
  }
}

async function failureOfChild({ goal, path, turns }: Need, failure: ChildWorkflowFailure): Promise<Failure> {
  const { cause } = failure;
  const { workflowId, runId } = failure.execution;
  // It could not end itself: of how it was ended Temporal tells its parent nothing.
  const isEnded = cause instanceof TerminatedFailure || cause instanceof TimeoutFailure;
  if (isEnded && workflowId != null && runId != null && patched(patches.endedNeed)) {
    const found = await turns.answer(findExecution(workflowId, runId));
    if (found.state === 'failed') return dependencyFailure(goal, path, found.details, found.message);
    if (found.state === 'cancelled') return cancelledFailure(goal, path);
  }
  if (cause instanceof ApplicationFailure)
    return dependencyFailure(goal, path, cause.details?.[0], cause.message);
  if (isCancellation(cause)) return cancelledFailure(goal, path);
  return engineFailure(path, goal.name, cause?.message ?? failure.message);
}
