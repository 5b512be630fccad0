// Records histories of a host that goes on in another execution at its events, as where runs come one by one:
// `node --import tsx test/histories/record-host-events.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { bind } from 'goalkeeper/worker';
import { pino } from 'pino';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { publish } from '../../goals/publish.ts';
import { aboutGoal } from '../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../goals/wire/names.ts';
import { startRun } from '../../process/start-run.ts';
import { LightUpdates } from '../../views/light-updates.ts';
import goals, { jot, note, recorded } from './0.1.14-host-events/goals.ts';
import { historyText } from './write-recorded.ts';

const EVENTS = 40;
const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.14-host-events');
const system = join(folder, 'system');
if (existsSync(system)) throw new Error(`${folder} is recorded already`);
await mkdir(system);

const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const act = async (_: unknown, { attempt }: { attempt: number }) => ({ attempt });
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
const about = { gk: 1, goal: recorded.name, about: aboutGoal(recorded), n: 0, hosts: 1 };
await client.workflow.start(LIGHT_HOST, {
  workflowId: host,
  taskQueue: 'goalkeeper',
  args: [{ ...about, fullAtEvents: EVENTS, plainMs: 1_000, earlier: null }],
});
const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
const ask = (key: string, jobs: string[]) =>
  startRun(
    { client, call: (make) => make(client.workflowService) },
    { publication, why, input: { key, steps: jobs.map((job) => ({ job: `recorded-${job}`, script: [] })) } },
  );
for (let n = 0; n < 6; n++) await ask(`alone-${n}`, ['note', 'jot']);
await Promise.all(['a', 'b', 'c'].map((key) => ask(`together-${key}`, ['note', 'note'])));
for (let n = 0; n < 6; n++) await ask(`after-${n}`, ['jot']);

const { runId } = await client.workflow.getHandle(host).describe();
for (let at: string | null = runId, n = 0; at !== null; n++) {
  const history: temporal.api.history.v1.IHistory = await client.workflow.getHandle(host, at).fetchHistory();
  const { events }: typeof history = history;
  const runs = new LightUpdates().add([...(events ?? [])].reverse());
  console.log(`host-${n}: ${events?.length} events, ${runs.length} achieved`);
  await writeFile(join(system, `host-${n}.history.json`), `${historyText(history)}\n`);
  await writeFile(join(folder, `host-${n}.light.json`), `${JSON.stringify(runs, null, 2)}\n`);
  at = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || null;
}
await worker.stop();
await connection.close();
await server.stop();
