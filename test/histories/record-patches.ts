// Records, as small as it can be, a history for each patch that no other folder has one for:
// `node --import tsx test/histories/record-patches.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { startGateway } from '../../gateway/server.ts';
import { temporalAt } from '../../gateway/temporal/temporal.ts';
import type { Goal } from '../../goals/index.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../goals/wire/alerts.ts';
import { attemptOf } from '../../goals/wire/attempt-id.ts';
import type { ShardTerms } from '../../goals/wire/map.ts';
import { ALERTS_ID, MAP_SHARD, SCHEDULED } from '../../goals/wire/names.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { act, bent, mark, note, quick, shifted } from './0.1.2-patches/goals.ts';
import { patchesIn } from './patches-in.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.2-patches');
const root = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1);
if (existsSync(join(folder, 'system'))) throw new Error(`${folder} is recorded already`);

/** Writes `"exactly 123"` as the number 123, which JavaScript cannot write when it would round it. */
const exact: PayloadCodec = {
  encode: async (payloads) =>
    payloads.map((payload) => {
      const text = Buffer.from(payload.data ?? []).toString();
      return /"exactly \d+"/.test(text)
        ? { ...payload, data: new Uint8Array(Buffer.from(text.replace(/"exactly (\d+)"/, '$1'))) }
        : payload;
    }),
  decode: async (payloads) => payloads,
};
const TOO_LARGE = 'exactly 9223372036854775807';

const receiver = createServer((request, response) => request.resume().on('end', () => response.end()));
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const exactly = new Client({ connection, dataConverter: { payloadCodecs: [exact] } });
const log = pino({ level: 'silent' });
const temporal = temporalAt(server.address, 'default');
const gateway = await startGateway({ host: '127.0.0.1', port: 0, temporal, log });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [
    ...[act, note].map((job) =>
      bind(job, async ({ script }, { attempt }) => {
        const [what = 'ok', detail = '0'] = (script[attempt - 1] ?? 'ok').split(':');
        await sleep(Number(detail));
        if (what === 'fail')
          throw Object.assign(new Error(`upstream said no (${attempt})`), { stack: undefined });
        return { attempt };
      }),
    ),
    bind(mark, async (item) => item),
  ],
  version: 1,
  address: server.address,
  alerts: {
    sinks: [{ name: 'chat', kind: 'slack', url }],
    settings: {
      ...DEFAULT_ALERT_SETTINGS,
      gatherMs: 200,
      cooldownMs: 1_000,
      sweepMs: 60_000,
      idleSweepMs: 60_000,
    },
  },
  log,
});
const native = await NativeConnection.connect({ address: server.address });
const other = await Worker.create({
  connection: native,
  taskQueue: 'test-recorded-elsewhere',
  dataConverter: { payloadCodecs: [exact] },
  activities: {
    'act-elsewhere': async ({ script }: { script: string[] }): Promise<object> => {
      const { n } = attemptOf(activityInfo().activityId);
      const what = script[n - 1] ?? 'ok';
      const failure = (type: string, message: string, more = {}): ApplicationFailure => {
        const created = ApplicationFailure.create({ message, type, ...more });
        // It has paths of this machine.
        created.stack = '';
        return created;
      };
      if (what === 'fail') throw failure('Error', 'upstream said no');
      if (what === 'rests') throw failure('Busy', 'come back later', { nextRetryDelay: '400 days' });
      if (what === 'kept-back')
        throw failure(
          'PayloadsTooLarge',
          '[TMPRL1103] Attempted to upload payloads with size that exceeded the limit',
        );
      return { attempt: n, ...(what === 'exact' ? { rows: TOO_LARGE } : {}) };
    },
  },
});
const otherRuns = other.run();

await mkdir(join(folder, 'system'), { recursive: true });
async function system(name: string, id: string, execution?: string): Promise<void> {
  const history = await client.workflow.getHandle(id, execution).fetchHistory();
  // With no path of this machine.
  const text = historyToJSON(history).replaceAll(root, '');
  await writeFile(join(folder, 'system', `${name}.history.json`), `${text}\n`);
  console.log(`${name}: ${history.events?.length} events, ${patchesIn(JSON.parse(text)).join(' ')}`);
}

async function start(goal: Goal, input: object, by: Client = client): Promise<WorkflowHandle> {
  const at = new Date().toISOString();
  const why = { kind: 'request', at, by: null, reason: 'recorded', ref: null } as const;
  return by.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    taskQueue: 'goalkeeper',
    args: [input],
  });
}
async function ended(handle: WorkflowHandle): Promise<WorkflowHandle> {
  await handle.result().catch(() => undefined);
  return handle;
}
async function recorded(name: string, { workflowId: id }: WorkflowHandle): Promise<void> {
  const { run } = await writeRecorded(client, id, folder, name);
  const history = historyToJSON(await client.workflow.getHandle(id).fetchHistory());
  console.log(
    `${name}: ${run.outcome} ${run.failure?.code ?? ''}; ${patchesIn(JSON.parse(history)).join(' ')}`,
  );
}
const record = async (name: string, input: object, by?: Client): Promise<void> =>
  recorded(name, await ended(await start(bent, input, by)));

await record('achieved-plain', { key: 'plain' });
await record('failed-uncarried', { key: 'uncarried' });
await record('failed-unawaited', { key: 'unawaited' });
await record('failed-unanswerable', { key: 'unanswerable' });
await record('failed-inexact', { key: 'exact', script: ['exact'] });
await record('failed-inexact-input', { key: 'exact-input', id: TOO_LARGE }, exactly);
await record('failed-asked-to-wait-a-year', { key: 'rests', script: ['rests'] });
await record('failed-kept-back', { key: 'kept-back', script: ['kept-back'] });
await record('achieved-elsewhere-after-errors', { key: 'fails', script: ['fail', 'fail', 'fail', 'ok'] });
await record('achieved-map-after-slow-items', { key: 'recovers' });

const needy = await start(bent, { key: 'needs' });
const needed = runStart(
  goals[2] as Goal,
  { key: 'needed' },
  {
    ...{ kind: 'request', at: '', by: null, reason: null, ref: null },
  },
).workflowId;
const untilThere = async (): Promise<void> => {
  for (;;)
    try {
      await client.workflow.getHandle(needed).terminate('the move');
      return;
    } catch {
      await sleep(100);
    }
};
await untilThere();
await recorded('failed-needed-ended', await ended(needy));

const large = await ended(await start(bent, { key: 'large' }));
await system('run-with-a-large-output', large.workflowId);
const many = await ended(await start(bent, { key: 'many' }));
await system('run-of-many-items', many.workflowId);

const terms: ShardTerms = {
  ...{ run: 'bent:of-a-shard', goal: bent.name, job: note.name, step: 'map#1', total: 50_040 },
  items: [[1, 40]],
  inputs: Array.from({ length: 40 }, (_, i) => ({ script: i === 5 ? ['fail', 'fail', 'fail', 'ok'] : [] })),
  ...{ atOnce: 50, deadline: null, tolerate: { count: 1 } },
  since: Date.now(),
};
const shard = await client.workflow.start(MAP_SHARD, {
  workflowId: 'gk-map:bent:of-a-shard:1.0',
  taskQueue: 'goalkeeper',
  args: [terms],
});
await shard.result();
await system('map-shard', shard.workflowId);

const listed = await (await fetch(`${gateway.url}/schedules?goal=${shifted.name}`)).json();
const { id: schedule } = (listed as { items: [{ id: string }] }).items[0];
const { action } = await client.schedule.getHandle(schedule).describe();
const trigger = await client.workflow.start(SCHEDULED, {
  workflowId: `gk-scheduled:${shifted.name}-left-over`,
  taskQueue: 'goalkeeper',
  args: [(action.args as unknown[])[0]],
  // As Temporal starts it, at the second of two times that are half past two.
  searchAttributes: { TemporalScheduledStartTime: [new Date('2026-10-25T01:30:00Z')] },
});
await trigger.result();
await system('scheduled-left-over', trigger.workflowId);

async function post(path: string, body: object): Promise<{ id: string }> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { id: string };
}
await post(`/goals/${shifted.name}/pause`, { by: 'ada', reason: 'the move' });
const backfill = await post('/backfills', {
  ...{ goal: shifted.name, from: '2025-11-01T00:00:00Z', to: '2025-11-03T00:00:00Z' },
  ...{ by: 'ada', reason: 'recorded' },
});
await sleep(2_000);
await post(`/goals/${shifted.name}/unpause`, { by: 'ada' });
await client.workflow.getHandle(backfill.id).result();
await system('backfill-held', backfill.id);

// What failed is reached again, and the message that says so is sent.
await ended(await start(quick, { key: 'last' }));
await sleep(4_000);
await system('alerts', ALERTS_ID);

other.shutdown();
await otherRuns;
await native.close();
await worker.stop();
await gateway.stop();
await temporal.close();
await connection.close();
await server.stop();
receiver.close();
