// Records histories of runs that went on from a failure, as record.ts does of others, into a folder of the version
// that wrote them: `node --import tsx test/histories/record-resume.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { startGateway } from '../../gateway/server.ts';
import { temporalAt } from '../../gateway/temporal/temporal.ts';
import { jobs } from '../engine/resume/jobs.ts';
import goals from './0.1.2-resume/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.2-resume');
if (existsSync(join(folder, 'achieved-line.history.json'))) throw new Error(`${folder} is recorded already`);

const scratch = await mkdtemp(join(tmpdir(), 'gates-'));
process.env.ATTEMPTS_FILE = join(scratch, 'attempts');
const log = pino({ level: 'silent' });
const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const act = goals[0]?.jobs[0];
if (act === undefined) throw new Error('the goals have no job');
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: jobs.map((binding) => ({ ...binding, job: act })),
  version: 1,
  address: server.address,
  log,
});
const temporal = temporalAt(server.address, 'default');
const gateway = await startGateway({ host: '127.0.0.1', port: 0, temporal, log });

const ok = (label: string) => ({ label, script: 'ok' });
const gated = (label: string, gate: string) => ({ label, script: `gate:${join(scratch, gate)}` });
const shut = (gate: string) => writeFile(join(scratch, `${gate}.shut`), '');
const open = (gate: string) => writeFile(join(scratch, gate), '');

async function post(path: string, body: object): Promise<{ id: string; execution: string }> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { id: string; execution: string };
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

const closed = (id: string) =>
  client.workflow
    .getHandle(id)
    .result()
    .catch(() => undefined);

/** Pursues a goal to its failure and resumes it to its end, with each of the bodies in turn. */
async function resumed(
  goal: string,
  input: object,
  opened: string[],
  bodies: object[] = [{}],
): Promise<string> {
  let { id, execution } = await post(`/goals/${goal}/runs`, { input });
  await closed(id);
  for (const body of bodies) {
    const gate = opened.shift();
    if (gate !== undefined) await open(gate);
    ({ execution } = await post(`/runs/${id}/resume`, { execution, by: 'ada', reason: 'mended', ...body }));
    await closed(id);
  }
  return id;
}

async function record(name: string, id: string): Promise<void> {
  const { run } = await writeRecorded(client, id, folder, name);
  console.log(`${name}: ${run.outcome}, ${run.steps.filter(({ kept }) => kept).length} steps kept`);
}

const gates = ['line', 'fan', 'inner', 'scratch', 'supply', 'twice-1', 'twice-2', 'timed', 'paged', 'again'];
await Promise.all(gates.filter((gate) => gate !== 'timed').map(shut));
const lineOf = (key: string, gate: string) => ({
  key,
  acts: [ok('one'), ok('two'), gated('three', gate), ok('four')],
});
await record('achieved-line', await resumed('resume-line', lineOf('line', 'line'), ['line']));
await record(
  'achieved-fan',
  await resumed('resume-fan', { key: 'fan', acts: [ok('same'), gated('b', 'fan'), ok('same')] }, ['fan']),
);
await record(
  'achieved-needy',
  await resumed(
    'resume-needy',
    { key: 'needy', own: ok('own'), one: [ok('a'), ok('b')], other: [ok('c'), gated('d', 'inner')] },
    ['inner'],
  ),
);
await record('achieved-needed', 'resume-fan:needy-other');
await record(
  'achieved-from-scratch',
  await resumed('resume-line', lineOf('scratch', 'scratch'), ['scratch'], [{ fromScratch: true }]),
);
await record(
  'achieved-supplied',
  await resumed(
    'resume-line',
    lineOf('supplied', 'supply'),
    [],
    [{ exclude: ['act#1'], supply: [{ step: 'act#3', output: { label: 'by hand' } }] }],
  ),
);
const twice = {
  key: 'twice',
  acts: [ok('one'), gated('two', 'twice-1'), gated('three', 'twice-2'), ok('four')],
};
await record(
  'achieved-at-the-second-resume',
  await resumed('resume-line', twice, ['twice-1', 'twice-2'], [{}, {}]),
);
await record('failed-again', await resumed('resume-line', lineOf('again', 'again'), []));
await record(
  'achieved-after-deadline',
  await resumed('resume-timed', { key: 'timed', acts: [ok('one'), gated('two', 'timed')] }, ['timed']),
);
const big = Array.from({ length: 3 }, (_, i) => ({ label: `big-${i}`, script: 'big:300000' }));
await record(
  'achieved-paged',
  await resumed('resume-line', { key: 'paged', acts: [...big, gated('last', 'paged')] }, ['paged']),
);

await gateway.stop();
await temporal.close();
await worker.stop();
await connection.close();
await server.stop();
await rm(scratch, { recursive: true });
