// In which order waiting work is handed out: passed on to Temporal, which does the ordering.

import { z } from 'zod';
import { valueAt } from './run-id.ts';
import { canonicalJson } from './text/canonical-json.ts';
import { sha256 } from './text/sha256.ts';

/** The order of waiting work: 1 comes first, 5 last. Work without a priority counts as 3. */
export type Priority = 1 | 2 | 3 | 4 | 5;

export const prioritySchema = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]);

export const fairnessSchema = z.union([
  z.strictObject({ path: z.string() }),
  z.strictObject({ key: z.string() }),
]);

/** Where the fairness key comes from: a path into the input (`{ path: 'customer.id' }`), or one key for all runs of the goal (`{ key: 'shop' }`). */
export type Fairness = z.infer<typeof fairnessSchema>;

/** Temporal takes keys of at most 64 bytes. */
const KEY_BYTES = 64;

/** Temporal's own priority of a run; undefined leaves it to Temporal, which passes on that of a parent. */
export function temporalPriority(
  priority: Priority | null | undefined,
  fairness: Fairness | null | undefined,
  input: unknown,
): { priorityKey?: number; fairnessKey?: string } | undefined {
  const key = fairness == null ? undefined : fairnessKey(fairness, input);
  if (priority == null && key === undefined) return undefined;
  return {
    ...(priority == null ? {} : { priorityKey: priority }),
    ...(key === undefined ? {} : { fairnessKey: key }),
  };
}

function fairnessKey(fairness: Fairness, input: unknown): string | undefined {
  const value = 'key' in fairness ? fairness.key : valueAt(input, fairness.path);
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value : canonicalJson(value);
  // Not the bytes, which the sandbox has no encoder for: a character takes three of them at most.
  const isShort = /^[\x20-\x7e]*$/.test(text) ? text.length <= KEY_BYTES : text.length * 3 <= KEY_BYTES;
  return isShort ? text : sha256(text).slice(0, 32);
}
