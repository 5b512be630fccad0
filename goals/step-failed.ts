import type { Failure } from './wire/failure.ts';

/**
 * The error that a step throws into `pursue` when it has failed for good. A goal that catches it goes on, and the step's errors
 * count as handled.
 *
 * @example
 * ```ts
 * import { StepFailed } from 'goalkeeper';
 *
 * export async function orNull<T>(step: Promise<T>): Promise<T | null> {
 *   try {
 *     return await step;
 *   } catch (error) {
 *     if (error instanceof StepFailed && error.code === 'not_found') return null;
 *     throw error;
 *   }
 * }
 * ```
 */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  /** Kind, code, path and first cause of the step's failure, as the run would report it. */
  readonly failure: Failure;
  /** The cause's stable code, to decide by. */
  readonly code: string;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
    this.code = failure.code;
  }
}

/**
 * The step's failure that an error is, carries as its `cause`, or gathers in an AggregateError; null when it is none.
 * So a failure stays the job's, however the author's code wrapped it. Of several the first in order.
 */
export function stepFailureOf(error: unknown): Failure | null {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [error];
  while (waiting.length > 0) {
    const at = waiting.shift();
    if (typeof at !== 'object' || at === null || seen.has(at)) continue;
    seen.add(at);
    if (at instanceof StepFailed) return at.failure;
    const { errors, cause } = at as { errors?: unknown; cause?: unknown };
    waiting.unshift(cause, ...(Array.isArray(errors) ? errors : []));
  }
  return null;
}
