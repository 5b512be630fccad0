// What a map is called with, and how many lost items its goal copes with.

import { z } from 'zod';
import { Dataset, isDataset, piecesOf } from './dataset.ts';
import type { Goal, NeededGoal } from './goal.ts';
import type { Job } from './job.ts';
import type { AchieveEachOptions, MapOptions, Tolerance } from './pursuit.ts';
import { jsonBytes } from './wire/ledger.ts';
import { toleranceSchema } from './wire/map.ts';
import { inputDigest } from './wire/run-id.ts';

/** A lost item's input is told as it is up to so many bytes of JSON. */
const SHOWN_BYTES = 1000;

/** What the job is run for; a TypeError says what is wrong with the call. */
export function mapInputs(
  goal: Pick<Goal, 'name' | 'jobs'>,
  given: unknown,
  job: Job,
  { atOnce, tolerate }: MapOptions,
): readonly unknown[] {
  if (!goal.jobs.includes(job))
    throw new TypeError(`'${goal.name}' does not declare the job '${job?.name}'; add it to its \`jobs\``);
  checkOptions(atOnce, tolerate);
  if (!isDataset(given)) return given as unknown[];
  const dataset = Dataset.safeParse(given);
  if (dataset.success) return piecesOf(dataset.data, job.name, job.scale);
  throw new TypeError(`a map takes a list of items, or a dataset: ${z.prettifyError(dataset.error)}`);
}

/** Needed runs are children of one run, whose history holds some nine events of each. */
const NEEDED_ITEMS = 2_000;
/** Temporal holds up to 2,000 open children of a workflow. */
const NEEDED_AT_ONCE = 500;

/** What a goal is needed for; a TypeError says what is wrong with the call. */
export function neededInputs(
  goal: Pick<Goal, 'name' | 'needs'>,
  given: unknown,
  needed: NeededGoal,
  { atOnce, tolerate }: AchieveEachOptions,
): readonly unknown[] {
  if (!goal.needs.includes(needed))
    throw new TypeError(
      `'${goal.name}' does not declare that it needs '${needed.name}'; add it to its \`needs\``,
    );
  checkOptions(atOnce, tolerate);
  if ((atOnce ?? 0) > NEEDED_AT_ONCE)
    throw new TypeError(`atOnce of achieveEach is ${atOnce}; give up to ${NEEDED_AT_ONCE}`);
  if (!Array.isArray(given)) throw new TypeError('achieveEach takes a list of inputs');
  if (given.length > NEEDED_ITEMS)
    throw new TypeError(
      `achieveEach of '${needed.name}' takes up to ${NEEDED_ITEMS} inputs, not ${given.length}; need a goal that takes a part of them`,
    );
  return given;
}

function checkOptions(atOnce: number | undefined, tolerate: Tolerance | undefined): void {
  if (atOnce !== undefined && !(Number.isInteger(atOnce) && atOnce > 0))
    throw new TypeError(`atOnce is ${JSON.stringify(atOnce)}; give a whole number above zero`);
  if (tolerate !== undefined) checkTolerance(tolerate);
}

function checkTolerance(given: Tolerance): void {
  if (!toleranceSchema.safeParse(given).success)
    throw new TypeError(
      `tolerate is ${JSON.stringify(given)}; give { count: 10 }, { share: 0.01 } or { codes: ['ENOENT'] }`,
    );
}

/** Whether a goal goes on without these, by their codes, of so many. */
export function isTolerated(
  lost: readonly string[],
  total: number,
  tolerate: Tolerance | undefined,
): boolean {
  if (tolerate === undefined) return false;
  if ('count' in tolerate) return lost.length <= tolerate.count;
  if ('share' in tolerate) return lost.length <= total * tolerate.share;
  return tolerate.codes.includes(lost.at(-1) ?? '');
}

/** An item as a lost one is told. */
export const shownInput = (input: unknown): unknown =>
  jsonBytes(input) > SHOWN_BYTES ? inputDigest(input) : input;
