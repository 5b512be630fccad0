// Records the alerts workflow that reports a key which fails again: `node --import tsx test/histories/record-untold.ts`. What is
// recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { DEFAULT_ALERT_OPTIONS } from '../../activities/alerts/sinks.ts';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../goals/wire/alerts.ts';
import { ALERTS_ID } from '../../goals/wire/names.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { check, checked } from './0.1.2-first-loss/goals.ts';

const root = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1);
const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.2-first-loss', 'system');
const file = join(folder, 'alerts.history.json');
if (existsSync(file)) throw new Error(`${file} is recorded already`);

const delivered: string[] = [];
const receiver = createServer((request, response) => {
  delivered.push(request.url ?? '');
  request.resume();
  response.writeHead(200).end();
});
await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const worker = await startWorker({
  goalsModule: join(dirname(folder), 'goals.ts'),
  goals,
  jobs: [
    bind(check, async ({ code }) => {
      throw Object.assign(new Error(`it is ${code}`), { code, stack: undefined });
    }),
  ],
  version: 1,
  address: server.address,
  alerts: {
    ...DEFAULT_ALERT_OPTIONS,
    sinks: [{ name: 'chat', kind: 'slack', url }],
    settings: {
      ...DEFAULT_ALERT_SETTINGS,
      gatherMs: 200,
      cooldownMs: 500,
      sweepMs: 60_000,
      idleSweepMs: 60_000,
    },
  },
  log: pino({ level: 'silent' }),
});
for (const key of ['one', 'other']) {
  const before = delivered.length;
  const input = { key, codes: ['beyond', 'one_too_many', 'beyond'] };
  const why = { kind: 'request', at: new Date().toISOString(), by: null, reason: null, ref: null } as const;
  const handle = await client.workflow.start(checked.name, {
    ...runStart(checked, input, why),
    taskQueue: 'goalkeeper',
    args: [input],
  });
  await handle.result().catch(() => undefined);
  while (delivered.length === before) await new Promise((resolve) => setTimeout(resolve, 100));
}
const history = await client.workflow.getHandle(ALERTS_ID).fetchHistory();
await mkdir(folder, { recursive: true });
await writeFile(file, `${historyToJSON(history).replaceAll(root, '')}\n`);
console.log(`${file}: ${history.events?.length} events, ${delivered.length} messages`);

await worker.stop();
await connection.close();
await server.stop();
receiver.close();
