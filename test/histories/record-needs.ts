// Records histories of runs that join what others have begun, of the same input and of another: `node --import tsx
// test/histories/record-needs.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import type { Goal } from '../../goals/index.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { act, load, needy, needyOfFresh, refresh } from './0.1.8-needs/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.8-needs');
if (existsSync(join(folder, 'achieved-joined.history.json')))
  throw new Error(`${folder} is recorded already`);

const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [
    bind(act, async ({ script }, { attempt }) => {
      await sleep(Number((script[attempt - 1] ?? 'ok').split(':')[1] ?? '0'));
      return { attempt };
    }),
  ],
  version: 1,
  address: server.address,
  log: pino({ level: 'silent' }),
});

async function start(goal: Goal, input: object): Promise<WorkflowHandle> {
  const why = {
    ...{ kind: 'request' as const, at: new Date().toISOString() },
    ...{ by: null, reason: 'recorded', ref: null },
  };
  return client.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    taskQueue: 'goalkeeper',
    args: [input],
  });
}

async function record(name: string, goal: Goal, input: object): Promise<void> {
  const handle = await start(goal, input);
  await handle.result().catch(() => undefined);
  const { run } = await writeRecorded(client, handle.workflowId, folder, name);
  console.log(`${name}: ${run.outcome} ${run.failure?.code ?? ''}`);
}

const slow = (day: string) => ({ day, region: 'eu', script: ['ok:1500'] });
await start(load, slow('open'));
await record('failed-joined-open', needy, { ...slow('open'), region: 'us' });
await record('achieved-joined', needy, slow('open'));
await record('failed-joined-achieved', needy, { ...slow('open'), region: 'us2' });
await (await start(refresh, slow('fresh'))).result();
await record('achieved-joined-fresh', needyOfFresh, slow('fresh'));
await record('failed-joined-fresh', needyOfFresh, { ...slow('fresh'), region: 'us' });
await worker.stop();
await connection.close();
await server.stop();
