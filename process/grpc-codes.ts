// The codes of gRPC with which Temporal refuses a call: of gRPC itself nothing is imported.

import { isGrpcServiceError } from '@temporalio/client';

export const grpcCodes = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

/** The code of an error that a call to Temporal threw; null for any other error. */
export const grpcCode = (error: unknown): number | null =>
  isGrpcServiceError(error) ? Number(error.code) : null;
