// How a team declares a dataset: data with a name, which goals produce and use in partitions.

import type { z } from 'zod';
import type { UsableBy } from './wire/between-goals.ts';

/**
 * The declaration of a dataset: the argument of `dataset`.
 *
 * @example
 * ```ts
 * import { dataset } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * export const orders = dataset({
 *   name: 'orders',
 *   team: 'shop',
 *   description: "The day's orders of a shop, without the cancelled ones",
 *   partition: ['day', 'shop'],
 *   schema: z.object({ order: z.string(), cents: z.int() }),
 *   usableBy: ['finance'],
 * });
 * ```
 */
export interface DatasetDeclaration<Part extends string = string> {
  /** Kebab-case, at most 60 characters, unique in the Temporal namespace. */
  name: string;
  /** The team whose goals produce it. */
  team: string;
  /** The sentence that says which data it is. */
  description: string;
  /** The names of what tells its partitions apart, such as `'day'`. @default none: it is one partition */
  partition?: readonly Part[];
  /** The schema of one row, for people. @default not told */
  schema?: z.ZodType;
  /** Teams whose goals may use it, beside its own. @default none */
  usableBy?: UsableBy;
}

/** A declared dataset, as `dataset` returns it. */
export interface NamedDataset<Part extends string = string> {
  readonly kind: 'dataset';
  readonly name: string;
  readonly team: string;
  readonly description: string;
  readonly partition: readonly Part[];
  readonly schema: z.ZodType | null;
  readonly usableBy: UsableBy;
}

/** Which partition of a dataset: a value for each name of its `partition`. */
export type PartitionOf<Part extends string> = { readonly [part in Part]: string | number };

/**
 * Declares a dataset, which goals name in `produces` and `uses`. It never throws: the worker reports all mistakes when it starts.
 *
 * @example
 * ```ts
 * import { dataset } from 'goalkeeper';
 *
 * export const orders = dataset({
 *   name: 'orders',
 *   team: 'shop',
 *   description: "The day's orders",
 *   partition: ['day'],
 * });
 * ```
 */
export const dataset = <const Part extends string = never>(
  declared: DatasetDeclaration<Part>,
): NamedDataset<Part> => ({
  kind: 'dataset',
  name: declared.name,
  team: declared.team,
  description: declared.description,
  partition: declared.partition ?? [],
  schema: declared.schema ?? null,
  usableBy: declared.usableBy ?? [],
});
