import { grpcCode } from '../../process/grpc-codes.ts';

/** The code with which Temporal, or the way to it, refused a call; null for any other error. */
export const grpcCodeOf = (error: unknown): number | null =>
  grpcCode(error) ?? grpcCode((error as { cause?: unknown } | null)?.cause);
