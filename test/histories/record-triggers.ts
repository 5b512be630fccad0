// Records histories of the workflows that start runs (schedules, backfills, events, outcomes, standing outcomes), that
// keep their records, and of runs that met with one of these: `node --import tsx test/histories/record-triggers.ts`. What
// is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { directorySink } from '../../activities/records/record-sink/directory.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { startGateway } from '../../gateway/server.ts';
import { temporalAt } from '../../gateway/temporal/temporal.ts';
import { permanent } from '../../goals/index.ts';
import {
  BACKFILL,
  catalogueEntryId,
  EVENT_BATCH,
  KEEP_RECORDS,
  KEEP_STANDING,
  OUTCOME_LISTENER,
  SCHEDULED,
} from '../../goals/wire/names.ts';
import goals, { act, load, look } from './0.1.7-triggers/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.7-triggers');
if (existsSync(join(folder, 'system'))) throw new Error(`${folder} is recorded already`);

const log = pino({ level: 'silent' });
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const temporal = temporalAt(server.address, 'default');
const gateway = await startGateway({ host: '127.0.0.1', port: 0, temporal, log });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
let isThere = false;
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [
    bind(act, async ({ script }, { attempt }) => {
      const [what = 'ok', ms = '0'] = (script[attempt - 1] ?? 'ok').split(':');
      await sleep(Number(ms));
      // Without a stack, which has paths of this machine.
      if (what === 'fail')
        throw Object.assign(new Error(`upstream said no (${attempt})`), { stack: undefined });
      if (what === 'permanent') throw permanent('no retry will heal this', { code: 'gone' });
      return { attempt };
    }),
    bind(look, () => (isThere ? { attempt: 1 } : null)),
  ],
  version: 1,
  address: server.address,
  records: {
    sinks: [directorySink(await mkdtemp(join(tmpdir(), 'gk-records-')))],
    name: 'recorded',
    periodMs: 500,
  },
  log,
});

async function post(
  path: string,
  body: object,
  headers: Record<string, string> = {},
  // biome-ignore lint/suspicious/noExplicitAny: whatever the gateway answers
): Promise<any> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
const start = (goal: string, input: object): Promise<{ id: string }> =>
  post(`/goals/${goal}/runs`, { input, by: 'ada', reason: 'recorded' });
async function pursued(name: string, id: string): Promise<void> {
  await client.workflow
    .getHandle(id)
    .result()
    .catch(() => undefined);
  const { run } = await writeRecorded(client, id, folder, name);
  console.log(`${name}: ${run.outcome} ${JSON.stringify(run.errors)}`);
}

await mkdir(join(folder, 'system'), { recursive: true });
async function system(name: string, id: string, execution?: string): Promise<void> {
  const history = await client.workflow.getHandle(id, execution).fetchHistory();
  await writeFile(join(folder, 'system', `${name}.history.json`), `${historyToJSON(history)}\n`);
  console.log(`${name}: ${history.events?.length} events`);
}

await pursued('achieved-not-yet-there', (await start('looked', { day: 'absent' })).id);
isThere = true;
await pursued('achieved-already', (await start('looked', { day: 'present' })).id);

const slow = { day: 'shared', script: ['fail', 'ok:1500'] };
const shared = await start('load', slow);
const both = [slow, { day: 'own', script: ['ok'] }];
const needy = await start('needy', { day: 'both', days: both });
await pursued('achieved-needing', needy.id);
await pursued('achieved-needed', shared.id);
const gone = await start('needy', { day: 'gone', days: [{ day: 'gone', script: ['permanent'] }] });
await pursued('failed-needing', gone.id);

const held = await start('stepwise', { day: 'held', script: ['ok:1500'] });
await sleep(500);
await post('/goals/stepwise/pause', { hold: true, by: 'ada', reason: 'the move' });
await sleep(2500);
await post('/goals/stepwise/unpause', { by: 'ada' });
await pursued('achieved-held', held.id);
await system('standing-goal-paused', catalogueEntryId('stepwise'));

const listed = await (await fetch(`${gateway.url}/schedules?goal=load`)).json();
const { id: schedule } = (listed as { items: [{ id: string }] }).items[0];
await post(`/schedules/${schedule}/trigger`, { by: 'ada', reason: 'recorded' });

const events = ['a', 'b', 'a', 'c', 'd'].map((file) => ({
  ...{ specversion: '1.0', source: '/recorded', type: 'recorded.landed', id: file },
  data: { file: `${file}.csv` },
}));
await post('/events', events, { 'content-type': 'application/cloudevents-batch+json' });

const range = { goal: 'load', from: '2025-11-01T00:00:00Z', to: '2025-11-08T00:00:00Z', by: 'ada' };
const backfill = await post('/backfills', { ...range, atOnce: 2, reason: 'recorded' });
await post(`/backfills/${backfill.id}/pause`, { by: 'ada', reason: 'a look first' });
await sleep(1000);
await post(`/backfills/${backfill.id}/unpause`, { by: 'ada' });
await client.workflow.getHandle(backfill.id).result();
await post('/backfills', { ...range, dryRun: true });

// What listens, keeps and watches has something to do meanwhile.
await sleep(10_000);
const found = new Map<string, number>();
const types = [BACKFILL, EVENT_BATCH, OUTCOME_LISTENER, KEEP_RECORDS, KEEP_STANDING, SCHEDULED];
const query = types.map((type) => `WorkflowType = '${type}'`).join(' OR ');
for await (const { type, workflowId, runId } of client.workflow.list({ query })) {
  const isAsked = workflowId.includes(`:${load.name}:`);
  const name = type === SCHEDULED && isAsked ? `${type}-asked` : type;
  const n = (found.get(name) ?? 0) + 1;
  found.set(name, n);
  if (n <= 2) await system(`${name.replace('gk-', '')}-${n}`, workflowId, runId);
}
const missing = [...types, `${SCHEDULED}-asked`].filter((name) => !found.has(name));
if (missing.length > 0) throw new Error(`not recorded: ${missing.join(', ')}`);
await worker.stop();
await gateway.stop();
await temporal.close();
await connection.close();
await server.stop();
