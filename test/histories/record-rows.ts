// Records histories of runs that write what a list says of them: `node --import tsx test/histories/record-rows.ts`. What is
// recorded is never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { permanent } from '../../goals/index.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { act, hurried, listed, quick } from './0.1.2-rows/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.2-rows');
if (existsSync(join(folder, 'failed-after-errors.history.json')))
  throw new Error(`${folder} is recorded already`);

const fail = (times: number) => Array.from({ length: times }, () => 'fail');
const nothing = { steps: [], items: [], rows: 1 };
const scenarios = {
  'achieved-without-an-error': { ...nothing, steps: [{ script: ['ok'] }] },
  'achieved-after-errors': {
    ...nothing,
    steps: [{ script: [...fail(4), 'ok'] }, { script: ['tolerated', 'permanent'] }],
    items: [{ script: ['fail', 'ok'] }, { script: ['ok'] }, { script: ['permanent'] }],
  },
  'failed-after-errors': {
    ...nothing,
    steps: [{ script: ['fail', 'ok'] }, { script: [...fail(3), 'permanent'] }],
  },
  'failed-by-its-criteria': { ...nothing, steps: [{ script: ['fail', 'ok'] }], rows: 0 },
  'failed-by-an-item': {
    ...nothing,
    items: [{ script: ['permanent'] }, { script: ['fail', 'ok'] }, { script: ['permanent'] }],
  },
};

function play({ script }: { script: string[] }, { attempt }: { attempt: number }) {
  const said = script[attempt - 1];
  // Without a stack, which has paths of this machine.
  const bare = { stack: undefined };
  if (said === 'permanent' || said === 'tolerated')
    throw Object.assign(permanent('the licence has expired'), bare);
  if (said === 'fail') throw Object.assign(new Error(`upstream said no (${attempt})`), bare);
  return { attempt };
}

const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [bind(act, play), bind(quick, play)],
  version: 1,
  address: server.address,
  log: pino({ level: 'silent' }),
});

for (const [name, scenario] of Object.entries(scenarios)) {
  const goal = name === 'failed-after-errors' ? hurried : listed;
  const input = { key: name, ...scenario };
  const why = {
    kind: 'request' as const,
    at: new Date().toISOString(),
    by: null,
    reason: 'recorded',
    ref: null,
  };
  const handle = await client.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    taskQueue: 'goalkeeper',
    args: [input],
  });
  await handle.result().catch(() => undefined);
  const { run } = await writeRecorded(client, handle.workflowId, folder, name);
  console.log(`${name}: ${run.outcome}`);
}
await worker.stop();
await connection.close();
await server.stop();
