// One real Temporal server for the whole suite: TEMPORAL_ADDRESS if it is set, else our own.

import { existsSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { TestProject } from 'vitest/node';
import { registerSearchAttributes } from '../activities/search-attributes.ts';
import { findTemporal } from '../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../deploy/local/temporal-server.ts';
import { isAbandoned } from './scratch.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
  }
}

/**
 * Linux' files in memory. A database that is in the server's own memory is lost with one call that is cut off at the wrong
 * moment (SQLite's `interrupted`); a file is not, and here it is as quick.
 */
const MEMORY = '/dev/shm';
/** Containers may have 64 MB there. */
const ROOM_BYTES = 4 * 1024 ** 3;

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= ROOM_BYTES;
}

export default async function temporal(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEMPORAL_ADDRESS;
  if (given) {
    project.provide('temporalAddress', given);
    return async () => undefined;
  }
  const binary = await findTemporal({ onProgress: (line) => process.stdout.write(`${line}\n`) });
  const among = hasRoom(MEMORY) ? MEMORY : tmpdir();
  for (const name of readdirSync(among))
    if (isAbandoned(name)) rmSync(join(among, name), { recursive: true, force: true });
  const folder = await mkdtemp(join(among, `gk-temporal-${process.pid}-`));
  const server = await startTemporalServer({
    ...{ binary, uiPort: false, databaseFile: join(folder, 'temporal.sqlite') },
  });
  const connection = await Connection.connect({ address: server.address });
  await registerSearchAttributes(connection, 'default');
  await connection.close();
  project.provide('temporalAddress', server.address);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
