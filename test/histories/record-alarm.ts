// Records histories of runs whose owner was told of them before they were over, and of the alerts workflow that heard of
// it: `node --import tsx test/histories/record-alarm.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { permanent } from '../../goals/index.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../goals/wire/alerts.ts';
import { ALERTS_ID, catalogueEntryId } from '../../goals/wire/names.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { act, awaited, cut } from './0.1.3-alarm/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.3-alarm');
if (existsSync(join(folder, 'system'))) throw new Error(`${folder} is recorded already`);

const fail = (times: number) => Array.from({ length: times }, () => 'fail');
const scenarios = {
  'achieved-in-time': { goal: awaited, steps: [{ script: ['ok'] }, { script: ['ok'] }] },
  // It struggles, and is late; then it is reached, and that is told, too.
  'achieved-late': { goal: awaited, steps: [{ script: [...fail(4), 'ok'] }, { script: ['ok'] }] },
  'achieved-at-risk': { goal: cut, steps: [{ script: [...fail(4), 'ok'] }, { script: ['ok'] }] },
  'failed-at-risk': {
    goal: cut,
    steps: [{ script: ['ok'] }, { script: ['ok'] }, { script: [...fail(4), 'permanent'] }],
  },
};

const receiver = createServer((request, response) => request.resume().on('end', () => response.end()));
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [
    bind(act, ({ script }, { attempt }) => {
      if (script[attempt - 1] === 'permanent') throw permanent('the licence has expired');
      if (script[attempt - 1] === 'fail') throw new Error(`upstream said no (${attempt})`);
      return { attempt };
    }),
  ],
  version: 1,
  address: server.address,
  alerts: {
    sinks: [{ name: 'chat', kind: 'slack', url }],
    settings: { ...DEFAULT_ALERT_SETTINGS, gatherMs: 200, cooldownMs: 1_000, sweepMs: 500, idleSweepMs: 500 },
  },
  log: pino({ level: 'silent' }),
});

await mkdir(join(folder, 'system'), { recursive: true });
for (const [name, { goal, steps }] of Object.entries(scenarios)) {
  const input = { key: name, steps };
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
// The sweep that finds the goal reached again, and the message that follows.
await new Promise((resolve) => setTimeout(resolve, 15_000));
for (const [name, id] of [
  ['alerts', ALERTS_ID],
  ['standing-goal', catalogueEntryId(cut.name)],
] as const) {
  const history = await client.workflow.getHandle(id).fetchHistory();
  await writeFile(join(folder, 'system', `${name}.history.json`), `${historyToJSON(history)}\n`);
}
await worker.stop();
await connection.close();
await server.stop();
receiver.close();
