// Records histories of runs that waited for events, into a folder of the version that wrote them:
// `node --import tsx test/histories/record-waits.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { startGateway } from '../../gateway/server.ts';
import { temporalAt } from '../../gateway/temporal/temporal.ts';
import { ALERTS_ID } from '../../goals/wire/names.ts';
import goals, { awaited } from './0.1.9-waits/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.9-waits');
if (existsSync(join(folder, 'achieved-early.history.json'))) throw new Error(`${folder} is recorded already`);

interface Scenario {
  input?: object;
  /** IDs of events before the run, and once it waits. */
  early?: string[];
  late?: string[];
  isCancelled?: boolean;
  isResumed?: boolean;
}

const scenarios: Record<string, Scenario> = {
  'achieved-early': { early: ['a', 'b'] },
  'achieved-late': { late: ['a', 'b'] },
  'achieved-without': { input: { goesOn: true, timeout: 300 }, early: ['a'] },
  'failed-timeout': { input: { timeout: 300 } },
  'cancelled-waiting': { isCancelled: true },
  'failed-resumed': { input: { waits: 1, fails: 'yes' }, early: ['a'], isResumed: true },
};

const log = pino({ level: 'silent' });
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const goalsModule = join(folder, 'goals.ts');
const worker = await startWorker({ goalsModule, goals, jobs: [], version: 1, address: server.address, log });
const temporal = temporalAt(server.address, 'default');
const gateway = await startGateway({ host: '127.0.0.1', port: 0, temporal, alertsId: ALERTS_ID, log });

async function post(path: string, body: object, type = 'application/json'): Promise<{ id: string }> {
  const headers = { 'content-type': type };
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as { id: string };
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

const send = (subject: string, id: string) =>
  post(
    '/events',
    { specversion: '1.0', source: '/test', type: 'history.settled', id: `${subject}-${id}`, subject },
    'application/cloudevents+json',
  );

async function until(id: string, isSo: (run: { state: string; steps: { state: string }[] }) => boolean) {
  for (;;) {
    const run = (await (await fetch(`${gateway.url}/runs/${id}`)).json()) as Parameters<typeof isSo>[0];
    if (isSo(run)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ended = (id: string) =>
  client.workflow
    .getHandle(id)
    .result()
    .catch(() => undefined);

for (const [name, { input, early = [], late = [], isCancelled, isResumed }] of Object.entries(scenarios)) {
  for (const id of early) await send(name, id);
  const { id } = await post(`/goals/${awaited.name}/runs`, {
    input: { key: name, waits: 2, timeout: 600_000, goesOn: false, fails: '', ...input },
  });
  for (const [i, one] of late.entries()) {
    await until(id, ({ steps }) => steps[i]?.state === 'waiting');
    await send(name, one);
  }
  if (isCancelled) {
    await until(id, ({ state }) => state === 'waiting');
    await client.workflow.getHandle(id).cancel();
  }
  await ended(id);
  if (isResumed) {
    await post(`/runs/${id}/resume`, { by: 'ada' });
    await ended(id);
  }
  const { run } = await writeRecorded(client, id, folder, name);
  console.log(
    `${name}: ${run.outcome} ${run.failure?.code ?? ''} ${JSON.stringify(run.steps.map(({ path, state, kept }) => [path, state, kept !== null]))}`,
  );
}
await gateway.stop();
await temporal.close();
await worker.stop();
await connection.close();
await server.stop();
