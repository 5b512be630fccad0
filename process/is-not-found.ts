import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';

// Of grpc.
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

/**
 * Whether an error says that Temporal has no such execution, or its history no longer. For a history a server on a database
 * says so by another code than the development server (service/frontend/errors.go, errHistoryNotFound).
 */
export function isGone(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  if (!isGrpcServiceError(error)) return false;
  const code = Number(error.code);
  // A worker's connection gives no details.
  return code === NOT_FOUND || (code === INVALID_ARGUMENT && /history not found/i.test(error.message));
}
