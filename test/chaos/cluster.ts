// The topology of a team: Temporal's server on PostgreSQL, as docker-compose.yml has them, and two workers and two gateways,
// each with a way of its own to Temporal.

import { startCluster } from '../../deploy/cluster/cluster.ts';
import { partOf, startClients } from './processes.ts';
import type { Part, PartKind, Topology, TopologyOptions } from './topology.ts';

export async function cluster(options: TopologyOptions): Promise<Topology> {
  const { onProgress } = options;
  // With all that they need.
  const running = await startCluster({ services: ['namespace'], onProgress });
  const server = (name: string, kind: PartKind): Part => {
    let isFirst = true;
    return partOf(name, kind, async () => {
      // It runs already.
      if (!isFirst) await running.restart(name);
      isFirst = false;
      const { process } = running.service(name);
      if (process === null) throw new Error(`${name} has ended by itself; its log is in ${running.home}`);
      return { pid: process.pid, kill: () => running.kill(name), stop: () => running.end(name) };
    });
  };
  const servers = [server('temporal', 'temporal'), server('postgresql', 'database')];
  try {
    for (const part of servers) await part.start();
    const clients = await startClients(running.address, 2, options);
    return {
      name: 'Temporal server on PostgreSQL',
      temporal: running.address,
      workers: clients.workers,
      gateways: clients.gateways,
      servers,
      async stop() {
        await clients.stop();
        await running.stop();
      },
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
