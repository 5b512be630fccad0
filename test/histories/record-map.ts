// Records histories of runs that map, and of a shard, into a folder of the version that wrote them:
// `node --import tsx test/histories/record-map.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { type Goal, permanent } from '../../goals/index.ts';
import type { ShardTerms } from '../../goals/wire/map.ts';
import { MAP_SHARD } from '../../goals/wire/names.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { act, items, note, pieces, read } from './0.1.6-map/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.6-map');
if (existsSync(join(folder, 'achieved-map.history.json'))) throw new Error(`${folder} is recorded already`);

const many = (count: number, ...script: string[]): string[][] => Array.from({ length: count }, () => script);
const scenarios: Record<string, { goal?: Goal; input: object; isResumed?: boolean }> = {
  'achieved-map': { input: { items: many(300) } },
  'achieved-map-after-errors': {
    input: { items: [...many(40), ['fail', 'fail', 'ok'], ['wait:1300'], ...many(40)] },
  },
  'achieved-map-with-losses': {
    input: { items: [...many(30), ['permanent'], ['fail', 'permanent'], ...many(30)], cope: 2 },
  },
  'failed-map': { input: { items: [...many(30), ['permanent'], ...many(200)] } },
  'achieved-map-of-single-items': { input: { job: 'act', items: many(12, 'wait:700') } },
  'achieved-map-kept': {
    isResumed: true,
    input: { items: [...many(30), ['once'], ...many(30)], cope: 1, wholly: true },
  },
  'achieved-dataset': { goal: pieces, input: { dataset: { uri: 'file:orders', rows: 95 } } },
};

const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
let isOpen = false;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [
    ...[act, note].map((job) =>
      bind(job, async ({ script }, { attempt }) => {
        const [what = 'ok', detail = '0'] = (script[attempt - 1] ?? 'ok').split(':');
        await sleep(Number(detail));
        if (what === 'permanent') throw permanent('no retry will heal this', { code: 'gone' });
        if (what === 'fail') throw new Error(`upstream said no (${attempt})`);
        if (what === 'once' && !isOpen) throw permanent('the gate is shut', { code: 'gate_shut' });
        return { attempt };
      }),
    ),
    bind(read, async ({ uri, from }) => `${uri} from ${from}`),
  ],
  version: 1,
  address: server.address,
  log: pino({ level: 'silent' }),
});

async function start(
  goal: Goal,
  input: object,
  kind: 'request' | 'resume',
  resume: object[],
): Promise<WorkflowHandle> {
  const why = { kind, at: new Date().toISOString(), by: null, reason: 'recorded', ref: null };
  const handle = await client.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    taskQueue: 'goalkeeper',
    args: [input, ...resume],
  });
  await handle.result().catch(() => undefined);
  return handle;
}

for (const [name, { goal = items, input: given, isResumed }] of Object.entries(scenarios)) {
  const input = { key: name, ...given };
  let handle = await start(goal, input, 'request', []);
  if (isResumed) {
    isOpen = true;
    const { runId: from } = await handle.describe();
    const resume = { from, outcome: 'failed', failure: null, seed: true, exclude: [], supply: [] };
    handle = await start(goal, input, 'resume', [resume]);
  }
  const { run } = await writeRecorded(client, handle.workflowId, folder, name);
  console.log(`${name}: ${run.outcome} ${JSON.stringify(run.errors)} ${JSON.stringify(run.steps)}`);
}

const terms: ShardTerms = {
  ...{ run: 'items:of-a-shard', goal: items.name, job: note.name, step: 'map#1', total: 50_100 },
  items: [
    [1, 20],
    [50_001, 50_100],
  ],
  inputs: [...many(100), ['fail', 'fail', 'ok'], ['permanent'], ...many(18)].map((script) => ({ script })),
  ...{ atOnce: 50, deadline: null, tolerate: { count: 1 } },
};
const shard = await client.workflow.start(MAP_SHARD, {
  workflowId: 'gk-map:items:of-a-shard:1.0',
  taskQueue: 'goalkeeper',
  args: [terms],
});
const { end, missing } = (await shard.result()) as { end: string; missing: number[] };
console.log(`shard: ${end}, missing ${missing.join()}`);
await mkdir(join(folder, 'system'), { recursive: true });
await writeFile(join(folder, 'system', 'map-shard.json'), `${historyToJSON(await shard.fetchHistory())}\n`);
await worker.stop();
await connection.close();
await server.stop();
