// What is measured on: one Temporal server whose database is a file in memory, a worker of bare Temporal, one of goalkeeper and a gateway, each a
// process of its own. The server times retries as one does by default, if nothing else is said.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { startOwnProcess } from '../../deploy/local/own-process.ts';
import { atOwnTemporal } from '../../deploy/local/own-temporal.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { quickFiles } from '../quick-files.ts';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Stage {
  client: Client;
  /** Of Temporal. */
  address: string;
  gateway: string;
  /** The variables of the worker. */
  env: NodeJS.ProcessEnv;
  /** Resident memory of a process, in bytes. */
  memory(of: 'worker' | 'gateway'): Promise<number>;
  end(): Promise<void>;
}

/** `more`: variables of its processes. `shift`: how late the server's timers may be. */
export async function openStage(more: NodeJS.ProcessEnv = {}, shift = '1s'): Promise<Stage> {
  const folder = await mkdtemp(join(quickFiles(), `gk-temporal-${process.pid}-bench-`));
  const binary = await findTemporal({ onProgress: (line) => process.stderr.write(`${line}\n`) });
  const server = await startTemporalServer({
    binary,
    uiPort: false,
    databaseFile: join(folder, 'temporal.sqlite'),
    dynamicConfig: { 'history.timerProcessorMaxTimeShift': shift },
  });
  const env = {
    ...atOwnTemporal(process.env, server.address),
    GOALKEEPER_TASK_QUEUE: 'goals',
    GOALKEEPER_STORAGE: join(folder, 'payloads'),
    GOALKEEPER_SLOTS_LEAST: '100',
    LOG_LEVEL: 'error',
    PORT: '0',
    ...more,
  };
  const start = (name: string, path: string, args: string[]) =>
    startOwnProcess(name, file(path), args, { env, log: join(folder, `${name}.log`) });
  const bare = await start('bare worker', 'bare/worker.ts', []);
  const worker = await start('worker', '../../activities/main.ts', [file('team')]);
  const gateway = await start('gateway', '../../gateway/main.ts', []);
  const connection = await Connection.connect({ address: server.address });
  return {
    client: new Client({ connection }),
    address: server.address,
    gateway: gateway.url as string,
    env,
    memory: (of) => residentBytes((of === 'worker' ? worker : gateway).pid),
    async end() {
      await connection.close();
      for (const part of [gateway, worker, bare]) await part.stop(5_000);
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}
