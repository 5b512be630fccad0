// Workers and gateways of a topology: each a process of its own, with its own way to Temporal.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../deploy/local/free-port.ts';
import { type OwnProcess, startOwnProcess } from '../../deploy/local/own-process.ts';
import { atOwnTemporal } from '../../deploy/local/own-temporal.ts';
import { TcpProxy } from './tcp-proxy.ts';
import type { Client, Gateway, Part, PartKind, TopologyOptions } from './topology.ts';

const WORKER = fileURLToPath(new URL('../../activities/main.ts', import.meta.url));
const GATEWAY = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));
const STOP_MS = 5_000;
const AGAIN_MS = 500;
const START_TRIES = 60;

/** A part whose process is started, killed and started again by the same means. */
export function partOf(
  name: string,
  kind: PartKind,
  launch: () => Promise<{ pid: number; kill(): Promise<void>; stop(): Promise<void> }>,
): Part & { stop(): Promise<void> } {
  let running: Awaited<ReturnType<typeof launch>> | null = null;
  return {
    name,
    kind,
    get pid() {
      return running?.pid ?? null;
    },
    async kill() {
      const killed = running;
      running = null;
      await killed?.kill();
    },
    async start() {
      running ??= await launch();
    },
    async stop() {
      const stopped = running;
      running = null;
      await stopped?.stop();
    },
  };
}

/** A process manager tries again when the process cannot start, as Temporal may be away. */
async function insistently(start: () => Promise<OwnProcess>, isEnding: () => boolean): Promise<OwnProcess> {
  for (let n = 1; ; n++)
    try {
      return await start();
    } catch (error) {
      if (n === START_TRIES || isEnding()) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
}

export interface Clients {
  workers: Client[];
  gateways: Gateway[];
  stop(): Promise<void>;
}

/** Workers and gateways, so many of each, started. */
export async function startClients(
  temporal: string,
  each: number,
  options: TopologyOptions,
): Promise<Clients> {
  const { folder, environment, team } = options;
  const parts: { stop(): Promise<void> }[] = [];
  const ways: TcpProxy[] = [];
  let isEnding = false;
  const client = async (
    name: string,
    kind: PartKind,
    file: string,
    args: string[],
    more: NodeJS.ProcessEnv,
  ): Promise<Client> => {
    const way = await TcpProxy.to(temporal);
    ways.push(way);
    const env = { ...atOwnTemporal(environment, way.address), ...more };
    const log = join(folder, `${name.replace(' ', '-')}.log`);
    const part = partOf(name, kind, async () => {
      const own = await insistently(
        () => startOwnProcess(name, file, args, { env, log }),
        () => isEnding,
      );
      return { pid: own.pid, kill: () => own.kill(), stop: () => own.stop(STOP_MS) };
    });
    parts.push(part);
    await part.start();
    return Object.assign(part, { way });
  };
  const stop = async (): Promise<void> => {
    isEnding = true;
    await Promise.all(parts.map((part) => part.stop()));
    await Promise.all(ways.map((way) => way.cut()));
  };
  const numbers = Array.from({ length: each }, (_, i) => i + 1);
  try {
    const workers: Client[] = [];
    // The first makes the bundle, which the others then find.
    for (const n of numbers) workers.push(await client(`worker ${n}`, 'worker', WORKER, [team], {}));
    const gateways = await Promise.all(
      numbers.map(async (n): Promise<Gateway> => {
        const port = await freePort();
        const gateway = await client(`gateway ${n}`, 'gateway', GATEWAY, [], { PORT: String(port) });
        return Object.assign(gateway, { url: `http://127.0.0.1:${port}` });
      }),
    );
    return { workers, gateways, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
