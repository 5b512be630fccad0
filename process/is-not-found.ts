// Tells an execution that Temporal does not have from a call that failed.

import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { grpcCode, grpcCodes } from './grpc-codes.ts';

/**
 * Whether an error says that Temporal has no such execution, or its history no longer. For a history a server on a database
 * says so by another code than the development server (service/frontend/errors.go, errHistoryNotFound).
 */
export function isNotFound(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  if (!isGrpcServiceError(error)) return false;
  const code = grpcCode(error);
  // A worker's connection gives no details.
  return (
    code === grpcCodes.NOT_FOUND ||
    (code === grpcCodes.INVALID_ARGUMENT && /history not found/i.test(error.message))
  );
}
