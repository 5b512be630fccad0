// Records a map whose items fail together: `node --import tsx test/histories/record-first-loss.ts`. What is recorded is
// never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { check, checked } from './0.1.2-first-loss/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.2-first-loss');
const name = 'failed-by-the-first-of-several';
if (existsSync(join(folder, `${name}.history.json`))) throw new Error(`${folder} is recorded already`);

const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [
    bind(check, async (item) => {
      if (item.code === 'fine') return item;
      throw Object.assign(new Error(`it is ${item.code}`), { code: item.code, stack: undefined });
    }),
  ],
  version: 1,
  address: server.address,
  log: pino({ level: 'silent' }),
});
const input = { key: 'together', codes: ['fine', 'tolerated', 'fine', 'one_too_many', 'beyond', 'fine'] };
const at = new Date().toISOString();
const why = { kind: 'request', at, by: null, reason: 'recorded', ref: null } as const;
const handle = await client.workflow.start(checked.name, {
  ...runStart(checked, input, why),
  taskQueue: 'goalkeeper',
  args: [input],
});
await handle.result().catch(() => undefined);
const { run } = await writeRecorded(client, handle.workflowId, folder, name);
console.log(`${name}: ${run.outcome} ${run.failure?.code}`);

await worker.stop();
await connection.close();
await server.stop();
