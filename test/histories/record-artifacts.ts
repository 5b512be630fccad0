// Records histories of runs that showed artifacts, into a folder of the version that wrote them:
// `node --import tsx test/histories/record-artifacts.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { showing, showingInline, shown } from './0.1.10-artifacts/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.10-artifacts');
if (existsSync(join(folder, 'achieved-shown.history.json'))) throw new Error(`${folder} is recorded already`);

const scenarios = {
  'achieved-shown': { fails: 1, many: 0 },
  'achieved-too-many': { fails: 0, many: 120 },
  'failed-shown': { fails: 2, many: 0 },
};

const jobs = [showing, showingInline].map((job) =>
  bind(job, ({ fails }, { attempt, artifact }) => {
    artifact.table('counts', [{ attempt, fails }]);
    // Its stack would have paths of this machine.
    if (attempt <= fails) throw Object.assign(new Error('not yet'), { stack: '' });
    return { attempt };
  }),
);

const log = pino({ level: 'silent' });
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const goalsModule = join(folder, 'goals.ts');
const worker = await startWorker({ goalsModule, goals, jobs, version: 1, address: server.address, log });
const why = {
  kind: 'request' as const,
  at: new Date().toISOString(),
  by: null,
  reason: 'recorded',
  ref: null,
};

for (const [name, given] of Object.entries(scenarios)) {
  const input = { key: name, ...given };
  const start = runStart(shown, input, why);
  const handle = await client.workflow.start(shown.name, {
    ...start,
    taskQueue: 'goalkeeper',
    args: [input],
  });
  await handle.result().catch(() => undefined);
  const { run } = await writeRecorded(client, handle.workflowId, folder, name);
  console.log(`${name}: ${run.outcome} ${JSON.stringify(run.artifacts)}`);
}
await worker.stop();
await connection.close();
await server.stop();
