// The installation's one-shot: the namespace with its retention, and the search attributes of runs. May run again at
// any time. TEMPORAL_… (process/temporal-settings.ts) and NAMESPACE_RETENTION say where and what.

import { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../activities/search-attributes.ts';
import { requireMilliseconds } from '../../goals/duration.ts';
import { grpcCode, grpcCodes } from '../../process/grpc-codes.ts';
import { protoTime } from '../../process/proto-time.ts';
import { temporalSettings } from '../../process/temporal-settings.ts';

const READY_MS = 60_000;
const POLL_MS = 200;

const { NAMESPACE_RETENTION: retention = '30d' } = process.env;
const { namespace, ...server } = temporalSettings(process.env);

const connection = await connected();
const period = protoTime(Math.round(requireMilliseconds(retention) / 1000) * 1000);
try {
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: period });
} catch (error) {
  if (grpcCode(error) !== grpcCodes.ALREADY_EXISTS) throw error;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: period },
  });
}
await eventually(() => connection.workflowService.describeNamespace({ namespace }));
// The frontend knows a new namespace a few seconds later than the database does.
await eventually(() => registerSearchAttributes(connection, namespace));
await connection.close();
console.log(
  `namespace ${namespace}: what has closed is kept for ${retention}; search attributes are in place`,
);

/** A server that has just begun to listen may refuse for some seconds. */
async function connected(): Promise<Connection> {
  return eventually(() => Connection.connect({ ...server, connectTimeout: '5s' }));
}

async function eventually<T>(make: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + READY_MS; ; ) {
    try {
      return await make();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
