import type { JobError } from '../goals/index.ts';
import { ERROR_CODE, type ReportedError } from '../goals/wire/error-envelope.ts';

/** What was thrown, as the contract tells it. A code of the error's own is kept; without advice it is tried again. */
export function reportedErrorOf(thrown: unknown): ReportedError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code, goalkeeper: advice } = error as Partial<JobError>;
  if (advice === undefined) process.stderr.write(`${error.stack ?? error.message}\n`);
  return {
    code: ERROR_CODE.test(String(code ?? '')) ? String(code) : 'unclassified',
    message: error.message || error.name,
    class: advice?.class ?? (advice?.permanent ? 'permanent' : 'transient'),
    type: error.name || 'Error',
    ...(advice?.retryAfterMs == null ? {} : { retryAfter: advice.retryAfterMs / 1000 }),
    ...(advice?.details === undefined ? {} : { details: advice.details }),
  };
}
