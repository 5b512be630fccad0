// What a run writes into its memo of its trouble, so that a row of a list needs no history. A start writes an empty one, which
// a run without trouble leaves as it is. All of it is bounded, as each page of a list carries it.

import { z } from 'zod';
import { type Failure, failureKinds } from './failure.ts';
import { type Struggle, struggleSchema } from './run-view.ts';
import { boundedText } from './text/bounded-text.ts';

const MESSAGE_LIMIT = 400;
const NAME_LIMIT = 200;
const PATH_LIMIT = 8;

const rowFailureSchema = z.object({
  kind: z.enum(failureKinds),
  code: z.string(),
  /** The first true cause's message, where there is one. */
  message: z.string(),
  path: z.array(z.string()),
  /** Run and step in which the cause lies; null where there is none. */
  cause: z.object({ run: z.string(), step: z.string().nullable(), fingerprint: z.string() }).nullable(),
});
export type RowFailure = z.infer<typeof rowFailureSchema>;

export const rowMemoSchema = z.object({
  /** The step that came to struggle last, as it was then. */
  struggle: struggleSchema.nullable().optional(),
  /** Once it has closed: why it was not reached. */
  failure: rowFailureSchema.nullable().optional(),
  /** Once it has closed, having met an error: how many changed no outcome; null where the run cannot count them. */
  healed: z.int().nullable().optional(),
});
export type RowMemo = z.infer<typeof rowMemoSchema>;

/** A failure, cut to the bounds of a row. */
export const rowFailure = ({ kind, code, message, path, cause }: Failure): RowFailure => ({
  kind,
  code: boundedText(code, NAME_LIMIT),
  message: boundedText(cause?.message ?? message, MESSAGE_LIMIT),
  path: path.slice(0, PATH_LIMIT).map((step) => boundedText(step, NAME_LIMIT)),
  cause: cause && { run: cause.run, step: cause.step, fingerprint: cause.fingerprint },
});

/** A struggle, cut to the same. */
export const rowStruggle = (struggle: Struggle): Struggle => ({
  ...struggle,
  code: boundedText(struggle.code, NAME_LIMIT),
  message: boundedText(struggle.message, MESSAGE_LIMIT),
});

/** A failure as its search attribute has it. */
export const failureKeyword = ({ kind, code }: Pick<Failure, 'kind' | 'code'>): string =>
  `${kind}/${boundedText(code, NAME_LIMIT)}`;

/** The same of every kind that a failure of this code, or any of this kind, may have. */
export const failureKeywords = (code: string): string[] =>
  failureKinds.map((kind) => failureKeyword({ kind, code }));
