// Records histories of runs that need a goal for each of many inputs: `node --import tsx test/histories/record-each.ts`. What is
// recorded is never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import type { Goal } from '../../goals/index.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { load, month } from './0.1.9-each/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.9-each');
if (existsSync(join(folder, 'achieved-each.history.json'))) throw new Error(`${folder} is recorded already`);

const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  ...{ goals, jobs: [], version: 1, address: server.address, log: pino({ level: 'silent' }) },
});

async function ended(goal: Goal, input: object): Promise<string> {
  const why = {
    ...{ kind: 'request' as const, at: new Date().toISOString() },
    ...{ by: null, reason: 'recorded', ref: null },
  };
  const handle = await client.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    taskQueue: 'goalkeeper',
    args: [input],
  });
  await handle.result().catch(() => undefined);
  return handle.workflowId;
}

async function record(name: string, input: object): Promise<void> {
  const { run } = await writeRecorded(client, await ended(month, input), folder, name);
  console.log(`${name}: ${run.outcome} ${run.failure?.code ?? ''}`);
}

await record('achieved-each', { month: 'may', rows: [1, 2, 3], most: null });
// This day is achieved before, and joined.
await ended(load, { day: 'june-2', rows: 2 });
await record('achieved-each-but-some', { month: 'june', rows: [1, 2, 0, 4, 0], most: 2 });
await record('failed-each', { month: 'july', rows: [1, 0, 3], most: null });
await worker.stop();
await connection.close();
await server.stop();
