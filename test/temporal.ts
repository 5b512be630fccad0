// One real Temporal server for the whole suite: TEMPORAL_ADDRESS if it is set, else our own, in memory.

import type { TestProject } from 'vitest/node';
import { findTemporal } from '../local/temporal-binary.ts';
import { startTemporalServer } from '../local/temporal-server.ts';

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
  project.provide('temporalAddress', server.address);
  return () => server.stop();
}
