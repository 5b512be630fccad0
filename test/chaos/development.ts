// The topology of one machine: Temporal's development server on a file, two workers, two gateways.

import { join } from 'node:path';
import { freePort } from '../../deploy/local/free-port.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { partOf, startClients } from './processes.ts';
import type { Topology, TopologyOptions } from './topology.ts';

export async function development(options: TopologyOptions): Promise<Topology> {
  const { folder, onProgress } = options;
  const binary = await findTemporal({ onProgress });
  const port = await freePort();
  const temporal = partOf('Temporal', 'temporal', () =>
    startTemporalServer({
      binary,
      port,
      databaseFile: join(folder, 'temporal.db'),
      uiPort: false,
      log: join(folder, 'temporal.log'),
    }),
  );
  await temporal.start();
  const address = `127.0.0.1:${port}`;
  try {
    const clients = await startClients(address, 2, options);
    return {
      name: 'development server on SQLite',
      temporal: address,
      workers: clients.workers,
      gateways: clients.gateways,
      servers: [temporal],
      async stop() {
        await clients.stop();
        await temporal.stop();
      },
    };
  } catch (error) {
    await temporal.stop();
    throw error;
  }
}
