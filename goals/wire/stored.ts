// Payloads too large for a history lie in external storage, and the history has a reference.

import { z } from 'zod';
import { pursueArtifactsSchema } from './artifacts.ts';
import { producedSchema } from './datasets.ts';
import { criterionSchema } from './failure.ts';
import { ledgerSchema } from './ledger.ts';
import { mapNoteSchema } from './map.ts';
import { keptPageSchema } from './resume.ts';

/** Largest input or result of a job or goal that there is storage for, in bytes of JSON. */
export const LARGEST_BYTES = 50 * 1024 * 1024;

/** From here on the engine's SDK stores a payload outside of the history; its default. */
export const STORED_BYTES = 256 * 1024;

/** With what else its payload holds, a result of so many bytes may be stored outside. */
export const MAY_BE_STORED_BYTES = STORED_BYTES - 32 * 1024;

/** Metadata of a payload that is never stored outside of the history. */
export const INLINE_METADATA = 'gk-inline';

/** Metadata of a payload that is never sealed: whoever has no key must read it, and it holds no value of a run. */
export const READABLE_METADATA = 'gk-readable';

/** What a run writes into its history by itself, as it would else lie outside with a large result. */
export const notedSchema = z.object({
  /** Of a step, by its path: what its attempts ended with. */
  step: z.string().optional(),
  ledger: ledgerSchema.optional(),
  /** Of a run that was joined. */
  run: z.object({ id: z.string(), state: z.literal('achieved') }).optional(),
  /** A page of what it keeps of an earlier execution, without the results. */
  kept: keptPageSchema.optional(),
  /** Of the run. */
  criteria: z.array(criterionSchema).optional(),
  already: z.literal(true).optional(),
  /** Of a map that no activity tells of: how it begins; and of one that has lost items, how it ended. */
  map: mapNoteSchema.optional(),
  /** Of a run: a partition that it has produced, which counts once it is achieved. */
  produced: producedSchema.optional(),
  /** What `pursue` shows with the run. */
  artifacts: pursueArtifactsSchema.optional(),
});
export type Noted = z.infer<typeof notedSchema>;

/** Stands in a run view for a value that lies in external storage. */
export const storedSchema = z.object({
  $stored: z.object({
    /** Which storage, by the name that its driver has in histories. */
    driver: z.string(),
    /** Size of the payload; 0 where it is not known. */
    bytes: z.number(),
    /** Of the payload as it is stored; null where the driver does not tell. */
    sha256: z.string().nullable(),
    /** Where it is, as the driver tells it. */
    at: z.record(z.string(), z.string()),
  }),
});
export type Stored = z.infer<typeof storedSchema>;

/** Stands in a run view for a value that is sealed with a key which the gateway does not have: the ID of the key. */
export const unopenedSchema = z.object({ $encrypted: z.string() });
