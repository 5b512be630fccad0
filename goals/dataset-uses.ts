// What `produce` and `use` are given, checked and made data: the same in a run and in a simulation.

import { z } from 'zod';
import type { Goal } from './goal.ts';
import type { NamedDataset } from './named-dataset.ts';
import type { UsedPartition } from './pursuit.ts';
import { type PartitionValues, PRODUCED_LIMIT, type Produced, type Used } from './wire/datasets.ts';
import { runKey } from './wire/run-id.ts';

const VALUE_LIMIT = 200;
const TEXT_LIMIT = 1_000;

const text = z.string().min(1).max(TEXT_LIMIT);
const count = z.number().int().nonnegative();
const describedSchema = z.strictObject({
  rows: count.optional(),
  bytes: count.optional(),
  digest: text.optional(),
  version: text.optional(),
  where: text.optional(),
});

/** The partition that a goal says it has produced. @throws TypeError when it may not, or says it wrongly. */
export function producedOf(goal: Goal, dataset: NamedDataset, given: unknown): Produced {
  refuseUnlisted(goal, 'produces', dataset);
  const { partition, ...described } = (given ?? {}) as { partition?: unknown };
  const read = describedSchema.safeParse(described);
  if (!read.success)
    throw new TypeError(`produce of '${dataset.name}' is told wrongly: ${z.prettifyError(read.error)}`);
  const { name, team } = dataset;
  return { dataset: name, team, ...partitionOf(dataset, partition), ...(read.data as object) };
}

/** The partition that a goal wants to use. @throws TypeError when it may not, or names none. */
export function soughtOf(
  goal: Goal,
  dataset: NamedDataset,
  partition: unknown,
): { dataset: string; team: string; partition: PartitionValues; key: string } {
  refuseUnlisted(goal, 'uses', dataset);
  return { dataset: dataset.name, team: dataset.team, ...partitionOf(dataset, partition) };
}

function refuseUnlisted(goal: Goal, field: 'produces' | 'uses', dataset: NamedDataset): void {
  if (goal[field].some(({ name, team }) => name === dataset?.name && team === dataset.team)) return;
  throw new TypeError(
    `'${goal.name}' does not declare that it ${field} the dataset '${dataset?.name}'; add it to its \`${field}\``,
  );
}

function partitionOf(
  { name, partition: parts }: NamedDataset,
  given: unknown,
): { partition: PartitionValues; key: string } {
  const values = (given ?? {}) as Record<string, unknown>;
  const isRight =
    typeof values === 'object' &&
    Object.keys(values).length === parts.length &&
    parts.every((part) => isValue(Object.hasOwn(values, part) ? values[part] : undefined));
  if (!isRight)
    throw new TypeError(
      `${JSON.stringify(given)} is no partition of '${name}'; give ${parts.length === 0 ? 'none, as it has none' : `a text or a number for each of ${parts.join(', ')}`}`,
    );
  const partition = Object.fromEntries(parts.map((part) => [part, values[part] as string | number]));
  return { partition, key: runKey(partition, parts).id };
}

const isValue = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value)
    : typeof value === 'string' && value !== '' && value.length <= VALUE_LIMIT;

/** What `use` gives to `pursue`. */
export function usedPartition({ rows, bytes, digest, version, where, at, by }: Used): UsedPartition {
  return {
    ...(rows === undefined ? {} : { rows }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(digest === undefined ? {} : { digest }),
    ...(version === undefined ? {} : { version }),
    ...(where === undefined ? {} : { where }),
    ...{ at, by },
  };
}

/** What a run has produced so far: of a partition that it names twice, the last word. */
export class ProducedPartitions {
  readonly #produced = new Map<string, Produced>();

  /** @throws RangeError when there are too many. */
  add(produced: Produced): void {
    this.#produced.set(`${produced.dataset} ${produced.key}`, produced);
    if (this.#produced.size > PRODUCED_LIMIT)
      throw new RangeError(
        `a run produces up to ${PRODUCED_LIMIT} partitions; let each have a run of its own`,
      );
  }

  get all(): Produced[] {
    return [...this.#produced.values()];
  }
}
