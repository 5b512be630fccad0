// Records a retraction, the recovery from it, and the alerts workflow that reports it:
// `node --import tsx test/histories/record-retraction.ts`. What is recorded is never recorded again.

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
import {
  ALERTS_ID,
  memoNames,
  RECOVERY,
  RETRACTION,
  recoveryId,
  retractionId,
  SYSTEM_TASK_QUEUE,
} from '../../goals/wire/names.ts';
import type { ExecutionOfRun, RecoveryStart } from '../../goals/wire/recovery.ts';
import type { RetractionMemo, RetractionStart } from '../../goals/wire/retraction.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { control, read, sales } from './0.1.13-look-again/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const root = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1);
const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.13-look-again', 'system');
const file = join(folder, 'alerts.history.json');
if (existsSync(file)) throw new Error(`${file} is recorded already`);

/** A run that is open while the retraction looks, and asks for its control file only then. */
const HELD = '2-raw';
let isHeld = true;

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
    bind(read, async ({ key }) => {
      while (key === HELD && isHeld) await new Promise((resolve) => setTimeout(resolve, 50));
      return { key };
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
      sweepMs: 1_000,
      idleSweepMs: 1_000,
    },
  },
  log: pino({ level: 'silent' }),
});
const why = { kind: 'request', at: new Date().toISOString(), by: null, reason: null, ref: null } as const;
const begin = (goal: typeof control, key: string) => {
  const input = { key };
  return client.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    ...{ taskQueue: 'goalkeeper', args: [input] },
  });
};
const pursue = async (goal: typeof control): Promise<ExecutionOfRun> => {
  const handle = await begin(goal, '1');
  await handle.result();
  return { run: handle.workflowId, execution: handle.firstExecutionRunId };
};
const needed = await pursue(control);
const needing = await pursue(sales as unknown as typeof control);
const held = await begin(sales as unknown as typeof control, '2');
await writeRecorded(client, needing.run, dirname(folder), 'achieved-by-joining');
// Temporal's list lags.
for (;;) {
  const { count } = await client.workflow.count(`WorkflowType = '${sales.name}'`);
  if (count > 1) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}

const queue = { taskQueue: SYSTEM_TASK_QUEUE };
const who = { by: 'ada', reason: 'the wrong file' };
const terms = { ...needed, goal: control.name, team: control.team, owner: control.owner, ...who, at: why.at };
const retraction = retractionId('0'.repeat(24));
const retracting = await client.workflow.start(RETRACTION, {
  ...{ workflowId: retraction, ...queue, args: [{ terms, alerts: ALERTS_ID } satisfies RetractionStart] },
});
for (;;) {
  const { memo } = await retracting.describe();
  if (((memo?.[memoNames.retraction] ?? {}) as Partial<RetractionMemo>).watched === 1) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
isHeld = false;
await held.result();
await retracting.result();
while (delivered.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
const doubted = [needed];
const start: RecoveryStart = {
  terms: {
    of: { kind: 'retraction', retraction },
    team: control.team,
    total: 2,
    atOnce: 1,
    trial: 0,
    ...who,
  },
  runs: [
    { ...needed, how: 'scratch' },
    { ...needing, how: 'repeat', doubted, after: [0] },
  ],
};
const recovering = await client.workflow.start(RECOVERY, {
  ...{ workflowId: recoveryId('0'.repeat(24)), ...queue, args: [start] },
});
await recovering.result();
while (delivered.length === 1) await new Promise((resolve) => setTimeout(resolve, 100));

await mkdir(folder, { recursive: true });
for (const [name, id] of Object.entries({
  ...{ alerts: ALERTS_ID, retraction, recovery: recovering.workflowId },
})) {
  const history = await client.workflow.getHandle(id).fetchHistory();
  const path = join(folder, `${name}.history.json`);
  await writeFile(path, `${historyToJSON(history).replaceAll(root, '')}\n`);
  console.log(`${path}: ${history.events?.length} events`);
}

await worker.stop();
await connection.close();
await server.stop();
receiver.close();
