// Temporal as the gateway uses it: no call without a deadline, no start that waits for a connection. A server that
// is down would otherwise take 19 seconds to say so, and a black hole never would.

import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type WorkflowService,
} from '@temporalio/client';
import { grpcCodes, isNamespaceUnknown } from '../../process/grpc-codes.ts';
import { sealedService } from '../../process/sealing/sealed-service.ts';
import { type Sealing, unsealed } from '../../process/sealing/sealing.ts';
import type { TemporalAccess } from '../../process/temporal-settings.ts';
import { Problem } from '../http/problems.ts';
import { grpcCodeOf } from './grpc-code.ts';
import { RenewedConnection } from './renewed-connection.ts';

/** With what the retries below may take on top, a caller hears within 3 seconds. */
const DEADLINE_MS = 2_500;

/** With the update that takes it a caller hears within a few seconds, and asks again. */
const WAIT_MS = 1_500;

export interface Temporal {
  readonly client: Client;
  readonly namespace: string;
  /** So long a light run may wait for its host to take it. */
  readonly waitMs?: number;
  /** How values are sealed on their way to Temporal, and opened. */
  readonly sealing: Sealing;
  /** Makes calls of the client, each of which must be answered within `ms`. */
  call<T>(make: (service: WorkflowService) => Promise<T>, ms?: number): Promise<T>;
  /** Does work that makes calls: together they must be answered within `ms`, but for those that say how long they take. */
  within<T>(ms: number, work: () => Promise<T>): Promise<T>;
  /** Waits for the calls that are under way; no other is made from now on. */
  close(): Promise<void>;
}

/** A client that connects when it is first used, and again whenever it has to. */
export function temporalAt(
  address: string,
  namespace: string,
  { tls, apiKey, metadata }: TemporalAccess = {},
  sealing: Sealing = unsealed(() => undefined),
): Temporal {
  const connection = new RenewedConnection(
    (service) => sealedService(service, sealing),
    () =>
      Connection.lazy({
        address,
        ...(tls === undefined ? {} : { tls }),
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(metadata === undefined ? {} : { metadata }),
        // A blip is bridged, or the limit of queries a second (2 seconds in all); the SDK's own ten retries would outlast the deadline.
        interceptors: [
          makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 6, initialIntervalMs: () => 60 })),
        ],
        channelArgs: {
          // The SDK means to set it, under a name that gRPC does not know; then a page of a history may be at most 4 MB.
          'grpc.max_receive_message_length': 128 * 1024 * 1024,
          // Else a server that was down for long is not tried again for up to two minutes.
          'grpc.initial_reconnect_backoff_ms': 100,
          'grpc.max_reconnect_backoff_ms': 1_000,
          // A connection that has gone dead is noticed. Temporal refuses pings more often than each 10 s.
          'grpc.keepalive_time_ms': 11_000,
          'grpc.keepalive_timeout_ms': 3_000,
          'grpc.keepalive_permit_without_calls': 1,
          // Else one made anew would go on with what the one before had.
          'grpc.use_local_subchannel_pool': 1,
        },
      }),
  );
  const client = new Client({
    connection,
    namespace,
    identity: `goalkeeper-gateway:${process.pid}@${hostname()}`,
  });
  const underWay = new Set<Promise<unknown>>();
  const ends = new AsyncLocalStorage<number>();
  let isClosing = false;
  return {
    client,
    namespace,
    waitMs: WAIT_MS,
    sealing,
    call(make, ms) {
      if (isClosing) return Promise.reject(new Problem('temporal_unavailable', 'This gateway stops.'));
      const now = Date.now();
      const end = ms === undefined ? Math.min(now + DEADLINE_MS, ends.getStore() ?? Infinity) : now + ms;
      const made = client.withDeadline(Math.max(now + 1, end), () => make(client.workflowService));
      const settled = made.catch(() => {}).finally(() => underWay.delete(settled));
      underWay.add(settled);
      return made;
    },
    within: (ms, work) => ends.run(Date.now() + ms, work),
    async close() {
      // A retry on a connection that was closed would throw where nobody can catch it.
      isClosing = true;
      await Promise.all(underWay);
      await connection.close();
    },
  };
}

export const isNotFound = (error: unknown): boolean => grpcCodeOf(error) === grpcCodes.NOT_FOUND;
export const isInvalidArgument = (error: unknown): boolean =>
  grpcCodeOf(error) === grpcCodes.INVALID_ARGUMENT;

export const isTooMany = (error: unknown): boolean => grpcCodeOf(error) === grpcCodes.RESOURCE_EXHAUSTED;

export const isDeadline = (error: unknown): boolean => grpcCodeOf(error) === grpcCodes.DEADLINE_EXCEEDED;

/** Whether a call ended because we had waited for long enough, or no longer wanted to. */
export const isOurEnd = (error: unknown): boolean =>
  [grpcCodes.CANCELLED, grpcCodes.DEADLINE_EXCEEDED].includes(grpcCodeOf(error) ?? 0);

/** The problem that an error of a call is for who asked; null when it is a bug of ours. */
export function problemOfTemporal(error: unknown): Problem | null {
  const unavailable = (detail: string): Problem =>
    new Problem('temporal_unavailable', detail, { headers: { 'retry-after': '2' } });
  const code = grpcCodeOf(error);
  if (isNamespaceUnknown(error))
    return unavailable("Temporal does not have the gateway's namespace; see TEMPORAL_NAMESPACE.");
  if (code === null || code === grpcCodes.INVALID_ARGUMENT || code === grpcCodes.NOT_FOUND) return null;
  if (code === grpcCodes.PERMISSION_DENIED || code === grpcCodes.UNAUTHENTICATED)
    return unavailable('Temporal does not let the gateway in.');
  return unavailable('Temporal did not answer in time. Nothing is lost; try again.');
}
