// `achieve` of a simulated run. What the test says of a needed goal becomes of it; of which it says nothing, that goal is pursued
// too, with the same fakes.

import { z } from 'zod';
import { requireMilliseconds } from '../goals/duration.ts';
import { type Goal, type NeededGoal, StepFailed } from '../goals/index.ts';
import { fingerprint } from '../goals/wire/fingerprint.ts';
import { inputDigest, runId, runKey } from '../goals/wire/run-id.ts';
import { close, newStep, type StepState } from '../views/step-state.ts';
import { asJson } from './as-json.ts';
import type { Needed, Needs } from './options.ts';
import type { PursuedRun, SimulatedEnd } from './pursued-run.ts';
import type { SimulatedSteps } from './steps.ts';

/** Pursues a goal for another; the run of that key, where there is one. */
type Pursue = (goal: Goal, input: unknown, needs: string) => PursuedRun;

export class NeededGoals {
  readonly #steps: SimulatedSteps;
  readonly #pursue: Pursue;

  constructor(steps: SimulatedSteps, pursue: Pursue) {
    this.#steps = steps;
    this.#pursue = pursue;
  }

  readonly achieve = (goal: NeededGoal, input: unknown): Promise<unknown> =>
    this.#steps.step(goal.name, null, input, (path) => this.need(goal, input, path));

  /** The needed goal as the step, or the item, of this path. */
  async need(goal: NeededGoal, input: unknown, path: string): Promise<unknown> {
    const { goal: parent, failures, walk, run } = this.#steps.of;
    if (!parent.needs.includes(goal))
      throw new TypeError(
        `'${parent.name}' does not declare that it needs '${goal.name}'; add it to its \`needs\``,
      );
    const checked = goal.input.safeParse(input);
    if (!checked.success)
      throw new StepFailed(failures.inputFailure(path, goal.name, z.prettifyError(checked.error)));
    this.#steps.refuseUncarried(path, goal.name, input);
    const key = goal.kind === 'goal' ? runKey(input, goal.key).id : inputDigest(input).slice(0, 12);
    const id = runId(goal.name, key);
    const known: StepState = newStep(path, 'goal', goal.name, walk.time.iso);
    known.step.run = id;
    this.#steps.book.set(path, known);
    const given = walk.options.goals?.[goal.name];
    // The run that needs it may be closed before: the other goes on.
    const ended = await this.#steps.scope.until(
      given === undefined
        ? this.#pursued(goal, input, path)
        : this.#given(given, goal, input, `${run} ${path}`),
    );
    const { time } = walk;
    if (ended.outcome === 'cancelled') {
      close(known, 'cancelled', time.iso);
      throw new StepFailed(failures.cancelledFailure(goal, path));
    }
    if (ended.failure !== null) {
      close(known, 'failed', time.iso);
      const { failure } = ended;
      if (ended.isRefused) throw new StepFailed(failure);
      throw new StepFailed(
        failures.dependencyFailure(goal, path, { failure, criteria: [] }, failure.message),
      );
    }
    close(known, 'succeeded', time.iso);
    return failures.neededOutput(goal, { output: asJson(ended.output), criteria: [] }, path);
  }

  async #pursued(goal: NeededGoal, input: unknown, path: string): Promise<SimulatedEnd> {
    const { walk, run, failures } = this.#steps.of;
    if (goal.kind !== 'goal')
      throw walk.failWith(
        'goal_unbound',
        `${path} of ${run} needs '${goal.name}', a goal of another module; say what becomes of it: goals: { '${goal.name}': { output: … } }`,
      );
    const needed = this.#pursue(goal, input, run);
    if (needed.inputDigest !== inputDigest(input)) {
      const message = `the run ${needed.id} has the same key (${needed.key}) and another input`;
      const cause = failures.causeWithoutAttempt('input_differs', 'DependencyRefused', message, 'data', path);
      return {
        ...{ outcome: 'failed', output: null, isRefused: true },
        failure: {
          ...{ kind: 'dependency', code: 'input_differs', path: [path], cause },
          message: `needs ${goal.name}, which it cannot have: ${message}`,
        },
      };
    }
    return needed.ended;
  }

  async #given(given: Needs, goal: NeededGoal, input: unknown, key: string): Promise<SimulatedEnd> {
    const { walk, failures } = this.#steps.of;
    const made = walk.outside(`${key} is given`, () =>
      typeof given === 'function' ? given(asJson(input)) : given,
    );
    const needed = (await made) as Needed;
    const ms = needed.after === undefined ? 0 : requireMilliseconds(needed.after);
    if (ms > 0) await new Promise<void>((resolve) => walk.time.in(ms, resolve));
    else await new Promise<void>((resolve) => walk.time.atEndOfMoment(resolve));
    if ('output' in needed) return { outcome: 'achieved', output: needed.output, failure: null };
    if ('cancelled' in needed) return { outcome: 'cancelled', output: null, failure: null };
    const { code, message = code, kind = 'job' } = needed.failed;
    const cause = {
      ...failures.causeWithoutAttempt('unclassified', 'Error', message, 'permanent'),
      ...{ run: goal.name, code, fingerprint: fingerprint('Error', message) },
    };
    return { outcome: 'failed', output: null, failure: { kind, code, message, path: [], cause } };
  }
}
