// Data that stays where it is: a job returns a reference to it, and a map goes over the reference.

import { z } from 'zod';

/**
 * The schema of a reference to data. A job returns one in place of the data; a map goes over its partitions, or over pieces as
 * large as the job's `scale` says.
 *
 * @example
 * ```ts
 * import { Dataset, job } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * export const exportOrders = job({ name: 'export-orders', input: z.object({ day: z.iso.date() }), output: Dataset });
 *
 * export const answer: Dataset = { uri: 's3://lake/orders/2026-11-20/', rows: 120_000, bytes: 9_000_000, partitions: ['eu', 'us'] };
 * ```
 */
export const Dataset = z.object({
  /** Where it is: `s3://bucket/orders/`, a table, a file. */
  uri: z.string(),
  /** How many rows it has, for a job that scales by `rows`. @default not known */
  rows: z.int().nonnegative().optional(),
  /** Its size, for a job that scales by `bytes`. @default not known */
  bytes: z.int().nonnegative().optional(),
  /** The names of its parts, by which jobs find them. @default none */
  partitions: z.array(z.string()).optional(),
});
/** A reference to data: `{ uri, rows?, bytes?, partitions? }`. */
export type Dataset = z.infer<typeof Dataset>;

/** The size of the pieces into which a map cuts a dataset: `{ by: 'rows', per: 10_000 }`. A map has up to 1,000,000 pieces. */
export interface Scale {
  /** The measure, which the dataset must give. */
  by: 'bytes' | 'rows';
  /** How many bytes or rows a piece has; the last may have fewer. */
  per: number;
}

/** The most pieces that a map makes of a dataset. */
export const MOST_PIECES = 1_000_000;

/** The input of a map's job for one piece of a dataset: a partition's name, or the rows or bytes from `from` to before `to`. */
export type Piece = { uri: string; partition: string } | { uri: string; from: number; to: number };

/**
 * The pieces of a dataset, in order.
 * @throws TypeError when neither its partitions nor the job's `scale` say how to cut it.
 */
export function piecesOf({ uri, partitions, ...size }: Dataset, job: string, scale: Scale | null): Piece[] {
  if (scale === null) {
    if (partitions !== undefined) return partitions.map((partition) => ({ uri, partition }));
    throw new TypeError(
      `cannot split ${uri}: give the dataset \`partitions\`, or the job '${job}' a \`scale\``,
    );
  }
  const total = size[scale.by];
  if (total === undefined)
    throw new TypeError(
      `the job '${job}' scales by ${scale.by}, which the dataset ${uri} does not give; return its \`${scale.by}\``,
    );
  const count = Math.ceil(total / scale.per);
  if (count > MOST_PIECES)
    throw new TypeError(
      `${uri} would fall into ${count} pieces of the job '${job}'; make its \`scale.per\` larger, ${MOST_PIECES} at most`,
    );
  return Array.from({ length: count }, (_, i) => ({
    uri,
    from: i * scale.per,
    to: Math.min(total, (i + 1) * scale.per),
  }));
}

/** Whether what a map is given is a dataset, and not a list of items. */
export const isDataset = (given: unknown): given is Dataset => !Array.isArray(given);
