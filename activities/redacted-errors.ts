import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { redact } from './redact.ts';

/** Whatever an activity throws is clean before it enters a history: our own activities' errors too. */
export const redactedErrors: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        clean(error);
        throw error;
      }
    },
  },
});

function clean(error: unknown, depth = 0): void {
  if (!(error instanceof Error) || depth > 10) return;
  try {
    const { message, stack, cause } = error;
    error.message = redact(message);
    if (stack !== undefined) error.stack = redact(stack);
    clean(cause, depth + 1);
  } catch {
    // One that cannot be written to is of a library's own making.
  }
}
