// Data that stays where it is: what a job returns, and a map goes over, in its place.

import { z } from 'zod';

/** A reference to data. A map goes over its partitions, or over pieces of it as its job's `scale` says. */
export const Dataset = z.object({
  /** Where it is: `s3://bucket/orders/`, a table, a file. */
  uri: z.string(),
  rows: z.int().nonnegative().optional(),
  bytes: z.int().nonnegative().optional(),
  /** Names of its parts, by which its jobs find them. */
  partitions: z.array(z.string()).optional(),
});
export type Dataset = z.infer<typeof Dataset>;

/** How the size of a dataset decides into how many pieces a map cuts it. */
export interface Scale {
  by: 'bytes' | 'rows';
  /** So many of them in a piece; the last may have fewer. */
  per: number;
}

/** The most pieces that a map makes of a dataset. */
export const MOST_PIECES = 1_000_000;

/** What a job of a map is given of a dataset: one of its partitions, or the rows or bytes from `from` to before `to`. */
export type Piece = { uri: string; partition: string } | { uri: string; from: number; to: number };

/** The pieces of a dataset, in order; a TypeError when nothing tells them. */
export function piecesOf({ uri, partitions, ...size }: Dataset, job: string, scale: Scale | null): Piece[] {
  if (scale === null) {
    if (partitions !== undefined) return partitions.map((partition) => ({ uri, partition }));
    throw new TypeError(
      `nothing says into which pieces ${uri} falls: give the dataset \`partitions\`, or the job '${job}' a \`scale\``,
    );
  }
  const total = size[scale.by];
  if (total === undefined)
    throw new TypeError(
      `the job '${job}' scales by ${scale.by}, which the dataset ${uri} does not tell; return its \`${scale.by}\``,
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
