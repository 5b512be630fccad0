// Records histories of hosts of light runs, what is told of those runs, and the ordinary runs that some of them became:
// `node --import tsx test/histories/record-light.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { pino } from 'pino';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { publish } from '../../goals/publish.ts';
import { aboutGoal, parseLightExecution } from '../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../goals/wire/names.ts';
import { type StartRequest, startRun } from '../../process/start-run.ts';
import { LightUpdates } from '../../views/light-updates.ts';
import goals, { jot, note, recorded } from './0.1.12-light/goals.ts';
import { historyText, writeRecorded } from './write-recorded.ts';

const root = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1);
const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.12-light');
const system = join(folder, 'system');
if (existsSync(system)) throw new Error(`${folder} is recorded already`);
await mkdir(system);

async function act({ script }: { script: string[] }, { attempt }: JobContext): Promise<{ attempt: number }> {
  const [what, detail] = (script[attempt - 1] ?? 'ok').split(':');
  if (what === 'fail') throw Object.assign(new Error(`upstream said no (${attempt})`), { code: 'said_no' });
  if (what === 'permanent') throw permanent('no retry will heal this', { code: 'gone' });
  if (what === 'wait') await new Promise((resolve) => setTimeout(resolve, Number(detail)));
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
  jobs: [bind(note, act), bind(jot, act)],
  version: 1,
  address: server.address,
  log: pino({ level: 'silent' }),
});
const publication = publish(recorded, { taskQueue: 'goalkeeper', deployment: 'goalkeeper', version: 1 });
const host = lightHostId(recorded.name, 0);

async function ask(key: string, scripts: string[][], more: Partial<StartRequest> & { input?: object } = {}) {
  const steps = scripts.map(([job, ...script]) => ({ job: `recorded-${job}`, script }));
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const found = await startRun(
    { client, call: (make) => make(client.workflowService) },
    { publication, why, ...more, input: { key, steps, ...more.input } },
  ).catch((error: Error & { code?: string }) => ({
    id: key,
    execution: '',
    how: error.code ?? error.message,
  }));
  const isOrdinary = found.execution !== '' && parseLightExecution(found.execution) === null;
  if (isOrdinary)
    await client.workflow
      .getHandle(found.id)
      .result()
      .catch(() => undefined);
  console.log(`${key}: ${found.how}${isOrdinary ? ', ordinary' : ''}`);
  return found;
}

// A host that goes on after a few, and is asked for what the ones before it knew.
await client.workflow.start(LIGHT_HOST, {
  workflowId: host,
  taskQueue: 'goalkeeper',
  args: [
    {
      ...{ gk: 1, goal: recorded.name, about: aboutGoal(recorded), n: 0, hosts: 1 },
      ...{ fullAfter: 10, plainMs: 1_000, earlier: null },
    },
  ],
});
await ask('plain', [['note'], ['jot'], ['note']]);
await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => ask(`together-${key}`, [['note'], ['jot']])));
await Promise.all([ask('healed', [['note', 'fail', 'fail']]), ask('healed-inline', [['jot', 'fail']])]);
await Promise.all([ask('joined', [['note', 'wait:100']]), ask('joined', [['note', 'wait:100']])]);
await ask('known', [['note']], { identity: 'one' });
await ask('known', [['note']], { identity: 'one' });
await ask('known', [['note']], { force: true });
await ask('known', [['jot']]);
await ask('paused', [['note']], {
  publication: { ...publication, paused: { at: '', by: null, reason: null } },
} as never);
const left = {
  'achieved-slow': await ask('slow', [['note'], ['note', 'wait:1500'], ['jot']]),
  'failed-gone': await ask('gone', [['note'], ['note', 'fail', 'permanent']]),
  'failed-inline-gone': await ask('inline-gone', [['jot', 'permanent']]),
  'failed-unmet': await ask('unmet', [['note']], { input: { isWell: false } }),
};
await ask('plain', [['note'], ['jot'], ['note']]);
await ask('slow', [['note'], ['note', 'wait:1500'], ['jot']]);
await ask('last', [['note', 'fail'], ['jot']]);

for (const [name, { id }] of Object.entries(left)) {
  const { run } = await writeRecorded(client, id, folder, name);
  console.log(`${name}: ${run.outcome} ${run.failure?.code ?? ''}`);
}
const described = await client.workflow.getHandle(host).describe();
for (let at: string | null = described.runId, n = 0; at !== null; n++) {
  const history: temporal.api.history.v1.IHistory = await client.workflow.getHandle(host, at).fetchHistory();
  const { events }: typeof history = history;
  const runs = new LightUpdates().add([...(events ?? [])].reverse());
  const name = `host-${n}`;
  console.log(`${name}: ${events?.length} events, ${runs.length} achieved`);
  await writeFile(join(system, `${name}.history.json`), `${historyText(history)}\n`);
  await writeFile(
    join(folder, `${name}.light.json`),
    `${JSON.stringify(runs, null, 2).replaceAll(root, '')}\n`,
  );
  at = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || null;
}
await worker.stop();
await connection.close();
await server.stop();
