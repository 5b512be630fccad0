import { isGrpcServiceError } from '@temporalio/client';

/** The code with which Temporal, or the way to it, refused a call; null for any other error. */
export function grpcCodeOf(error: unknown): number | null {
  if (isGrpcServiceError(error)) return Number(error.code);
  const cause = (error as { cause?: unknown } | null)?.cause;
  return isGrpcServiceError(cause) ? Number(cause.code) : null;
}
