import type { z } from 'zod';
import type { Job } from './job.ts';

/** A result as its job's output. Where another language returns nothing, a null may be meant: Python's `None` is both. */
export function readOutput({ output }: Pick<Job, 'output'>, given: unknown): z.ZodSafeParseResult<unknown> {
  const read = output.safeParse(given);
  if (read.success || given !== undefined) return read;
  const asNull = output.safeParse(null);
  return asNull.success ? asNull : read;
}
