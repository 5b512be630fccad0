// The codes of gRPC with which Temporal refuses a call: of gRPC itself nothing is imported.

import { isGrpcServiceError, NamespaceNotFoundError } from '@temporalio/client';

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

/** The code of an error that a call to Temporal threw; null for any other error. That the namespace is unknown is UNAVAILABLE. */
export const grpcCode = (error: unknown): number | null => {
  if (isNamespaceUnknown(error)) return grpcCodes.UNAVAILABLE;
  return isGrpcServiceError(error) ? Number(error.code) : null;
};

/**
 * Whether a server says that it does not have the namespace. It says so whenever it fails to read the namespace from its database
 * (`getNamespaceByNamePersistence`, nsregistry/registry.go of Temporal 1.29.1): nothing is gone because of it.
 */
export const isNamespaceUnknown = (error: unknown): boolean =>
  error instanceof NamespaceNotFoundError ||
  (isGrpcServiceError(error) &&
    Number(error.code) === grpcCodes.NOT_FOUND &&
    // The message of a gateway's connection begins with the code.
    /^(?:5 NOT_FOUND: )?Namespace \S+ is not found/.test(error.message));
