// What a run shows beside its outcome: tables, texts, links and images from the attempts of its jobs, and from `pursue`.

import { z } from 'zod';

const cellSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Cell = z.infer<typeof cellSchema>;

const kindsWith = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('table'),
      ...shape,
      columns: z.array(z.string()),
      /** A list of cells each, in the order of the columns. */
      rows: z.array(z.array(cellSchema)),
      /** How many rows were left out after these. */
      more: z.int().optional(),
    }),
    z.object({ kind: z.literal('markdown'), ...shape, text: z.string() }),
    z.object({ kind: z.literal('link'), ...shape, address: z.string() }),
    /** The image itself as a `data:` address, or where it is. */
    z.object({ kind: z.literal('image'), ...shape, address: z.string() }),
  ]);

/** One table, text, link or image, by its name. */
export const artifactSchema = kindsWith({ name: z.string() });
export type Artifact = z.infer<typeof artifactSchema>;

const datedArtifactSchema = kindsWith({ name: z.string(), at: z.string() });
export type DatedArtifact = z.infer<typeof datedArtifactSchema>;

const runArtifactSchema = kindsWith({
  name: z.string(),
  at: z.string(),
  /** The path of the step that made it; null: `pursue` did. */
  step: z.string().nullable(),
  attempt: z.int().nullable(),
});
export type RunArtifact = z.infer<typeof runArtifactSchema>;

/** The artifacts of a run: those that are kept, and how many more there were at least. `hidden`: to whoever may not see values. */
export const runArtifactsSchema = z.object({
  items: z.array(runArtifactSchema),
  dropped: z.int(),
  hidden: z.literal(true).optional(),
});
export type RunArtifacts = z.infer<typeof runArtifactsSchema>;

/** With the signal `gk-artifacts`, and beside the answer of a call that ran inline: what an attempt made. */
export const sentArtifactsSchema = z.object({
  step: z.string(),
  attempt: z.int(),
  items: z.array(datedArtifactSchema),
  /** How many more whoever sends this has not sent of the run, up to now. */
  dropped: z.object({ by: z.string(), count: z.int() }).optional(),
});
export type SentArtifacts = z.infer<typeof sentArtifactsSchema>;

/** Of `pursue`, in a marker; `dropped` is how many more there were up to now. */
export const pursueArtifactsSchema = z.object({
  items: z.array(datedArtifactSchema),
  dropped: z.int().optional(),
});

/** An artifact as whoever makes one says it: a row of a table may be an object by the columns' names. */
export const saidArtifactSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('table'),
    name: z.string(),
    rows: z.array(z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())])),
    columns: z.array(z.string()).optional(),
    more: z.int().nonnegative().optional(),
  }),
  ...artifactSchema.options.slice(1),
] as const);
export type SaidArtifact =
  | {
      kind: 'table';
      name: string;
      rows: readonly (readonly unknown[] | Readonly<Record<string, unknown>>)[];
      columns?: readonly string[] | undefined;
      more?: number | undefined;
    }
  | Exclude<Artifact, { kind: 'table' }>;
