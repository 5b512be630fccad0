// What `map` of a pursuit does: one step of the run, whatever number of items it has.

import { z } from 'zod';
import { Dataset, isDataset, piecesOf } from '../goals/dataset.ts';
import {
  type Goal,
  type Job,
  type LostItem,
  type MapOptions,
  type Pursuit,
  StepFailed,
  type Tolerance,
} from '../goals/index.ts';
import type { Failure } from '../goals/wire/failure.ts';
import { jsonBytes } from '../goals/wire/ledger.ts';
import { itemsPrefix, LOST_ITEMS_SHOWN } from '../goals/wire/map.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import { itemsAtOnce, MapItems } from './map-items.ts';
import { note } from './note.ts';
import type { Steps } from './steps.ts';

/** A lost item's input is told as it is up to so many bytes of JSON. */
const SHOWN_BYTES = 1000;

interface Lost extends LostItem {
  failure: Failure;
}

export const mapping = (goal: Goal, steps: Steps): Pursuit['map'] =>
  ((given: unknown, job: Job, options: MapOptions = {}) => mapped(goal, steps, given, job, options)) as never;

async function mapped(
  goal: Goal,
  steps: Steps,
  given: unknown,
  job: Job,
  options: MapOptions,
): Promise<unknown> {
  const inputs = inputsOf(goal, given, job, options);
  if (steps.isDecided) return new Promise(() => undefined);
  const step = steps.begin('map', job.name);
  const order = steps.nextOrder();
  const prefix = itemsPrefix(step.path, job.name);
  const lost: Lost[] = [];
  const items = new MapItems(
    steps,
    {
      ...{ job, prefix, inputs },
      total: inputs.length,
      atOnce: itemsAtOnce(job, options.atOnce),
      numberOf: (i) => i + 1,
      fullAt: Number.POSITIVE_INFINITY,
      lost: (index, failure) => {
        const { code, message } = failure;
        lost.push({ index, input: shownInput(inputs[index]), code, message, failure });
        return isTolerated(lost, inputs.length, options.tolerate);
      },
      // What is under way after a failure is the run's to end, as that of other steps is.
      drained: () => steps.end(step),
    },
    order,
  );
  const end = await items.run();
  if (lost.length > 0 || !items.hasBegun) {
    lost.sort((a, b) => a.index - b.index);
    await note({
      map: { step: step.path, job: job.name, total: inputs.length, ...endOf(lost, prefix, end === 'all') },
    });
    await steps.turn();
  }
  if (end === 'stopped') throw new StepFailed((lost.at(-1) as Lost).failure);
  const results = Array.from(inputs, (_, i) => items.outputs[i]);
  if (options.tolerate === undefined) return results;
  return { results, lost: lost.map(({ failure: _, ...rest }) => rest) };
}

/** What the job is run for; a TypeError says what is wrong with the call. */
function inputsOf(
  goal: Goal,
  given: unknown,
  job: Job,
  { atOnce, tolerate }: MapOptions,
): readonly unknown[] {
  if (!goal.jobs.includes(job))
    throw new TypeError(`'${goal.name}' does not declare the job '${job?.name}'; add it to its \`jobs\``);
  if (atOnce !== undefined && !(Number.isInteger(atOnce) && atOnce > 0))
    throw new TypeError(`atOnce of a map is ${JSON.stringify(atOnce)}; give a whole number above zero`);
  if (tolerate !== undefined) checkTolerance(tolerate);
  if (!isDataset(given)) return given as unknown[];
  const dataset = Dataset.safeParse(given);
  if (dataset.success) return piecesOf(dataset.data, job.name, job.scale);
  throw new TypeError(`a map takes a list of items, or a dataset: ${z.prettifyError(dataset.error)}`);
}

const toleranceSchema = z.union([
  z.strictObject({ count: z.int().nonnegative() }),
  z.strictObject({ share: z.number().min(0).max(1) }),
  z.strictObject({ codes: z.array(z.string()) }),
]);

function checkTolerance(given: Tolerance): void {
  if (!toleranceSchema.safeParse(given).success)
    throw new TypeError(
      `tolerate of a map is ${JSON.stringify(given)}; give { count: 10 }, { share: 0.01 } or { codes: ['not_found'] }`,
    );
}

function isTolerated(lost: readonly Lost[], total: number, tolerate: Tolerance | undefined): boolean {
  if (tolerate === undefined) return false;
  if ('count' in tolerate) return lost.length <= tolerate.count;
  if ('share' in tolerate) return lost.length <= total * tolerate.share;
  return tolerate.codes.includes((lost.at(-1) as Lost).code);
}

const shownInput = (input: unknown): unknown => (jsonBytes(input) > SHOWN_BYTES ? inputDigest(input) : input);

const endOf = (lost: readonly Lost[], prefix: string, tolerated: boolean) =>
  lost.length === 0
    ? {}
    : {
        end: {
          lost: lost.length,
          tolerated,
          items: lost
            .slice(0, LOST_ITEMS_SHOWN)
            .map(({ index, code, message }) => ({ path: `${prefix}#${index + 1}`, code, message })),
        },
      };
