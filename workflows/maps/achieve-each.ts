// What `achieveEach` of a pursuit does: a map, whose items are runs of a needed goal. Each is started, joined or found achieved as
// `achieve` does it.

import { eachResult, lossesOf, pursueEach } from '../../goals/achieve-each.ts';
import type { AchieveEachOptions, Goal, NeededGoal, Pursuit } from '../../goals/index.ts';
import { neededInputs } from '../../goals/map-call.ts';
import { itemsPrefix, type MapNote } from '../../goals/wire/map.ts';
import type { Steps } from '../steps/steps.ts';
import { writeMarker } from '../steps/write-marker.ts';

/** Pursues a needed goal as the item of this path. */
export type NeededItem = (goal: NeededGoal, input: unknown, path: string) => Promise<unknown>;

export const achievingEach = (goal: Goal, steps: Steps, need: NeededItem): Pursuit['achieveEach'] =>
  ((needed: NeededGoal, given: unknown, options: AchieveEachOptions = {}) => {
    const begin = async (): Promise<unknown> => {
      const inputs = neededInputs(goal, given, needed, options);
      if (steps.open.isDecided) return new Promise(() => undefined);
      return achieveEach(steps, needed, inputs, options, need);
    };
    return steps.awaited.watchedToEnd(begin(), `achieveEach of ${needed?.name}`);
  }) as never;

async function achieveEach(
  steps: Steps,
  needed: NeededGoal,
  inputs: readonly unknown[],
  options: AchieveEachOptions,
  need: NeededItem,
): Promise<unknown> {
  const { open, hold } = steps;
  const step = open.begin('map', needed.name);
  const prefix = itemsPrefix(step.path, needed.name);
  const note = (what: Partial<MapNote>): Promise<void> =>
    writeMarker(steps.turns, { map: { step: step.path, job: needed.name, total: inputs.length, ...what } });
  await note({});
  const ended = await pursueEach(inputs, options, async (i) => {
    while (hold.isHeld) await hold.released();
    if (open.isDecided) return new Promise(() => undefined);
    const item = open.beginItem(`${prefix}#${i + 1}`, null);
    try {
      const output = await need(needed, inputs[i], item.path);
      open.end(item, true);
      return output;
    } catch (error) {
      open.end(item);
      throw error;
    }
  }).finally(() => open.end(step));
  const end = lossesOf(ended, prefix);
  if (end !== undefined) await note({ end });
  return eachResult(ended, options);
}
