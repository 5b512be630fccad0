// Real Temporal servers for the suite: TEMPORAL_ADDRESS for nearly all of it if it is set, else a new one of our own for each file, so
// that none meets what another has left open, kills or waits for. It takes a tenth of a second to start.

import { readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Connection } from '@temporalio/client';
import type { TestProject } from 'vitest/node';
import { registerSearchAttributes } from '../activities/search-attributes.ts';
import { findTemporal } from '../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../deploy/local/temporal-server.ts';
import { quickFiles } from './quick-files.ts';
import { isAbandoned } from './scratch.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of all files, if there is one; and whom to ask for the next, by a POST of the number of the process that runs the file. */
    temporal: { address?: string; servers: string };
  }
}

interface Server {
  address: string;
  end: () => Promise<void>;
}

async function start(binary: string, among: string): Promise<Server> {
  const folder = await mkdtemp(join(among, `gk-temporal-${process.pid}-`));
  const databaseFile = join(folder, 'temporal.sqlite');
  const server = await startTemporalServer({ binary, uiPort: false, databaseFile });
  const connection = await Connection.connect({ address: server.address });
  await registerSearchAttributes(connection, 'default');
  await connection.close();
  return {
    address: server.address,
    end: async () => {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export default async function temporal(project: TestProject): Promise<() => Promise<void>> {
  const address = process.env.TEMPORAL_ADDRESS || undefined;
  const onProgress = (line: string) => process.stdout.write(`${line}\n`);
  const among = quickFiles();
  for (const name of readdirSync(among))
    if (isAbandoned(name)) rmSync(join(among, name), { recursive: true, force: true });
  // Once for all who ask, and before the first test: on a new machine it is built, which takes all cores for minutes.
  let binary: Promise<string> | undefined;
  const find = (): Promise<string> => (binary ??= findTemporal({ onProgress }));
  // What is missing is told by the tests that need it.
  if (address === undefined) await find().catch(() => undefined);
  const started = (): Promise<Server> => {
    const server = find().then((found) => start(found, among));
    // Whoever is given it hears of it.
    server.catch(() => undefined);
    return server;
  };
  const used = new Map<string, Server>();
  // Its workflows of the system, such as schedules, begin some seconds after it: one is started ahead, unless few files ask for one.
  let ahead = address === undefined ? started() : undefined;
  const keeper = createServer(async (request, response) => {
    const worker = await text(request);
    try {
      await used.get(worker)?.end();
      const next = ahead ?? started();
      if (ahead !== undefined) ahead = started();
      const server = await next;
      used.set(worker, server);
      response.end(server.address);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve) => keeper.listen(0, '127.0.0.1', resolve));
  const servers = `http://127.0.0.1:${(keeper.address() as AddressInfo).port}`;
  project.provide('temporal', { servers, ...(address === undefined ? {} : { address }) });
  return async () => {
    keeper.close();
    await Promise.all([...used.values(), await ahead].map((server) => server?.end()));
  };
}
