// One real Temporal server for the whole suite: TEMPORAL_ADDRESS if it is set, else our own, in memory.

import { Connection } from '@temporalio/client';
import type { TestProject } from 'vitest/node';
import { registerSearchAttributes } from '../activities/search-attributes.ts';
import { findTemporal } from '../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../deploy/local/temporal-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
  }
}

export default async function temporal(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEMPORAL_ADDRESS;
  if (given) {
    project.provide('temporalAddress', given);
    return async () => undefined;
  }
  const binary = await findTemporal({ onProgress: (line) => process.stdout.write(`${line}\n`) });
  const server = await startTemporalServer({ binary, uiPort: false });
  const connection = await Connection.connect({ address: server.address });
  await registerSearchAttributes(connection, 'default');
  await connection.close();
  project.provide('temporalAddress', server.address);
  return () => server.stop();
}
