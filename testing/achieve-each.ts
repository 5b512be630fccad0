// `achieveEach` of a simulated run: a map, whose items are needed goals.

import { eachResult, lossesOf, pursueEach } from '../goals/achieve-each.ts';
import type { AchieveEachOptions, NeededGoal } from '../goals/index.ts';
import { neededInputs } from '../goals/map-call.ts';
import { itemsPrefix } from '../goals/wire/map.ts';
import type { SimulatedSteps } from './steps.ts';

type Need = (goal: NeededGoal, input: unknown, path: string) => Promise<unknown>;

export const achievingEach =
  (steps: SimulatedSteps, need: Need) =>
  (needed: NeededGoal, given: unknown, options: AchieveEachOptions = {}): Promise<unknown> => {
    const begin = async (): Promise<unknown> => {
      const inputs = neededInputs(steps.of.goal, given, needed, options);
      if (steps.isDecided) return new Promise(() => undefined);
      return achieveEach(steps, needed, inputs, options, need);
    };
    return steps.awaited.watchedToEnd(begin(), `achieveEach of ${needed?.name}`);
  };

async function achieveEach(
  steps: SimulatedSteps,
  needed: NeededGoal,
  inputs: readonly unknown[],
  options: AchieveEachOptions,
  need: Need,
): Promise<unknown> {
  const { walk, run } = steps.of;
  const step = steps.begin('map', needed.name);
  walk.begins(run, step.path, inputs);
  const prefix = itemsPrefix(step.path, needed.name);
  const map = { step: step.path, job: needed.name, total: inputs.length };
  steps.maps.noted(map, walk.time.iso);
  const ended = await pursueEach(inputs, options, async (i) => {
    if (steps.isDecided) return new Promise(() => undefined);
    const item = steps.beginAt(`${prefix}#${i + 1}`, null);
    try {
      const output = await need(needed, inputs[i], item.path);
      steps.end(item, true);
      return output;
    } catch (error) {
      steps.end(item);
      throw error;
    }
  }).finally(() => steps.end(step));
  const end = lossesOf(ended, prefix);
  if (end !== undefined) steps.maps.noted({ ...map, end }, walk.time.iso);
  return eachResult(ended, options);
}
