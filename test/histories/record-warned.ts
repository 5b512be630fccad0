// Records a run that is achieved with a warning, and the alerts workflow that reports it:
// `node --import tsx test/histories/record-warned.ts`. What is recorded is never recorded again.

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
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../goals/wire/alerts.ts';
import { ALERTS_ID } from '../../goals/wire/names.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { counted } from './0.1.2-warned/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const root = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1);
const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.2-warned', 'system');
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
  jobs: [],
  version: 1,
  address: server.address,
  alerts: {
    ...DEFAULT_ALERT_OPTIONS,
    sinks: [{ name: 'chat', kind: 'slack', url }],
    settings: {
      ...DEFAULT_ALERT_SETTINGS,
      gatherMs: 200,
      cooldownMs: 500,
      sweepMs: 1_000,
      idleSweepMs: 1_000,
    },
  },
  log: pino({ level: 'silent' }),
});
for (const [i, rows] of [9, 10].entries()) {
  const before = delivered.length;
  const input = { key: String(i), rows };
  const why = { kind: 'request', at: new Date().toISOString(), by: null, reason: null, ref: null } as const;
  const handle = await client.workflow.start(counted.name, {
    ...runStart(counted, input, why),
    taskQueue: 'goalkeeper',
    args: [input],
  });
  await handle.result();
  // Of the second run, that the goal warns no more.
  while (delivered.length === before) await new Promise((resolve) => setTimeout(resolve, 100));
  if (i === 0) await writeRecorded(client, handle.workflowId, dirname(folder), 'achieved-with-a-warning');
}
const history = await client.workflow.getHandle(ALERTS_ID).fetchHistory();
await mkdir(folder, { recursive: true });
await writeFile(file, `${historyToJSON(history).replaceAll(root, '')}\n`);
console.log(`${file}: ${history.events?.length} events, ${delivered.length} messages`);

await worker.stop();
await connection.close();
await server.stop();
receiver.close();
