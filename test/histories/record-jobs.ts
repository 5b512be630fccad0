// Records histories of runs with leases, pools and callbacks, and of the workflows beside them: `node --import tsx
// test/histories/record-jobs.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { CompletesLater, promiseCallback } from '../../activities/attempts/completes-later.ts';
import { bind, type JobContext } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { startGateway } from '../../gateway/server.ts';
import { temporalAt } from '../../gateway/temporal/temporal.ts';
import { permanent } from '../../goals/index.ts';
import { LEASE, poolId } from '../../goals/wire/names.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { act, actInTurn, actLater, inTurn, leased, tearDown, toldLater } from './0.1.4-jobs/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.4-jobs');
if (existsSync(join(folder, 'system'))) throw new Error(`${folder} is recorded already`);
const SECRET = 'a secret of more than thirty-two characters';

const scenarios = {
  'achieved-leased': { goal: leased, steps: [{ script: ['fail', 'ok'] }, { script: ['ok'] }] },
  'failed-leased': { goal: leased, steps: [{ script: ['ok'] }, { script: ['permanent'] }] },
  'achieved-in-turn': {
    goal: inTurn,
    steps: [{ script: ['fail', 'ok'] }, { script: ['ok'] }, { script: ['ok'] }],
  },
  'failed-in-turn': { goal: inTurn, steps: [{ script: ['permanent'] }, { script: ['ok'] }] },
  'achieved-told-later': { goal: toldLater, steps: [{ script: ['told:paper_jam', 'told'] }] },
  'failed-told-later': {
    goal: toldLater,
    steps: [{ script: ['ok'] }, { script: ['told:a', 'told:b', 'told:c'] }],
  },
};

const log = pino({ level: 'silent' });
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const temporal = temporalAt(server.address, 'default');
const gateway = await startGateway({ host: '127.0.0.1', port: 0, temporal, callbackSecret: SECRET, log });
process.env.GOALKEEPER_CALLBACK_SECRET = SECRET;
process.env.GOALKEEPER_CALLBACK_URL = gateway.url;

function acted({ script }: { script: string[] }, { attempt }: JobContext): { attempt: number } {
  const [what = 'ok', code] = (script[attempt - 1] ?? 'ok').split(':');
  if (what === 'fail') throw new Error(`upstream said no (${attempt})`);
  if (what === 'permanent') throw permanent('no retry will heal this', { code: 'gone' });
  if (what === 'ok') return { attempt };
  const { url, later } = promiseCallback(60_000);
  const body =
    code === undefined ? { output: { attempt } } : { goalkeeper: 1, error: { code, message: 'told so' } };
  setTimeout(() => void tell(url, body), 500);
  throw new CompletesLater(later);
}

async function tell(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status === 503) setTimeout(() => void tell(url, body), 500);
  else if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [...[act, actInTurn, actLater].map((job) => bind(job, acted)), bind(tearDown, () => ({}))],
  version: 1,
  address: server.address,
  log,
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
  console.log(`${name}: ${run.outcome} ${run.failure?.code ?? ''}`);
}
const system = new Map([['pool', poolId('recorded')]]);
for await (const { type, workflowId } of client.workflow.list({ query: `WorkflowType = '${LEASE}'` }))
  if (type === LEASE) system.set(`lease-${system.size}`, workflowId);
for (const [name, id] of system) {
  const handle = client.workflow.getHandle(id);
  if (id !== poolId('recorded')) await handle.result();
  await writeFile(
    join(folder, 'system', `${name}.history.json`),
    `${historyToJSON(await handle.fetchHistory())}\n`,
  );
}
await worker.stop();
await gateway.stop();
await temporal.close();
await connection.close();
await server.stop();
