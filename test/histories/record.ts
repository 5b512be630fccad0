// Records histories of real runs, with the version of goalkeeper in the folder's name, and their views as of today:
// `npm run record-histories`. Run it for a new version, into a new folder; what is recorded is never recorded again.

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import type { Goal } from '../../goals/index.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import { elsewhere, jobs } from '../engine/jobs.ts';
import goals, {
  buggy,
  inParallel,
  inSequence,
  judged,
  needy,
  paced,
  withDeadline,
  withFallback,
} from './0.1.1-struggling/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.1-struggling');

interface Scenario {
  goal: Goal;
  input: object;
  cancelAfterErrors?: number;
  /** Pursued first, so that the goal finds it already achieved. */
  before?: Scenario;
}

const needed: Scenario = { goal: inSequence, input: { key: 'shared', steps: [{ script: ['ok'] }] } };
const scenarios: Record<string, Scenario> = {
  'achieved-clean': {
    goal: inSequence,
    input: { key: 'clean', steps: [{ script: ['ok'] }, { script: ['ok'] }, { script: ['ok'] }] },
  },
  'achieved-after-errors': {
    goal: inSequence,
    input: {
      key: 'errors',
      steps: [
        { script: ['fail:ECONNRESET', 'hang', 'ok'] },
        { label: 'slowly', script: ['fail', 'fail', 'ok'] },
      ],
    },
  },
  'failed-permanent': {
    goal: inSequence,
    input: {
      key: 'permanent',
      steps: [{ script: ['fail', 'ok'] }, { script: ['permanent:licence_expired'] }],
    },
  },
  'failed-exhausted': {
    goal: inSequence,
    input: { key: 'exhausted', steps: [{ script: ['fail', 'fail', 'fail', 'fail'] }] },
  },
  'failed-criteria': { goal: judged, input: { key: 'criteria', rows: 0, drift: 0.3 } },
  'failed-input': { goal: judged, input: { key: 'input', rows: 'five' } },
  'failed-code': { goal: buggy, input: { key: 'code', bug: 'throw' } },
  'failed-parallel': {
    goal: inParallel,
    input: {
      key: 'parallel',
      steps: [
        { label: 'rarely', script: ['fail:upstream_down'] },
        { script: ['fail', 'permanent:broken'] },
        { script: ['ok'] },
      ],
    },
  },
  'failed-deadline': {
    goal: withDeadline,
    input: { key: 'deadline', steps: [{ label: 'slowly', script: ['fail', 'hang'] }] },
  },
  'failed-deadline-asleep': {
    goal: withDeadline,
    input: { key: 'asleep', steps: [{ label: 'sleep', script: [] }] },
  },
  'failed-dependency': {
    goal: needy,
    input: { key: 'dependency', steps: [{ script: ['permanent:no_disk'] }] },
  },
  'achieved-joined': { goal: needy, input: { key: 'shared', steps: [{ script: ['ok'] }] }, before: needed },
  'achieved-handled': {
    goal: withFallback,
    input: { key: 'handled', first: { script: ['permanent:closed'] }, second: { script: ['ok'] } },
  },
  // The errors of both steps persist, for a while together; the run is late when they have healed.
  'achieved-late': {
    goal: paced,
    input: {
      key: 'late',
      steps: [
        { script: ['fail', 'fail', 'fail', 'ok'] },
        { script: ['fail:a', 'fail:b', 'fail:c', 'fail:d'] },
      ],
    },
  },
  'achieved-struggling': {
    goal: inSequence,
    input: {
      key: 'struggling',
      steps: [{ label: 'steadily', script: ['fail', 'fail', 'fail', 'fail', 'ok'] }, { script: ['ok'] }],
    },
  },
  'failed-struggling': {
    goal: inSequence,
    input: {
      key: 'failed-struggling',
      steps: [{ label: 'slowly', script: ['fail', 'fail', 'fail', 'permanent:licence_expired'] }],
    },
  },
  'cancelled-waiting': {
    goal: inParallel,
    input: { key: 'cancelled', steps: [{ label: 'rarely', script: ['fail:upstream_down'] }] },
    cancelAfterErrors: 1,
  },
};

const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [...jobs, ...elsewhere].map((binding) => ({ ...binding, job: sameNamed(binding.job.name) })),
  version: 1,
  address: server.address,
  log: pino({ level: 'silent' }),
});
await mkdir(folder, { recursive: true });
for (const [name, scenario] of Object.entries(scenarios)) await record(name, scenario);
await worker.stop();
await connection.close();
await server.stop();

function sameNamed(name: string) {
  const job = goals.flatMap((goal) => goal.jobs).find((candidate) => candidate.name === name);
  if (job === undefined) throw new Error(`no goal has a job '${name}'`);
  return job;
}

async function start({ goal, input }: Scenario) {
  const why = {
    kind: 'request' as const,
    at: new Date().toISOString(),
    by: null,
    reason: 'recorded',
    ref: null,
  };
  return client.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    taskQueue: 'goalkeeper',
    args: [input],
  });
}

async function record(name: string, scenario: Scenario): Promise<void> {
  if (scenario.before !== undefined) await (await start(scenario.before)).result();
  const handle = await start(scenario);
  while (scenario.cancelAfterErrors !== undefined) {
    const { raw } = await handle.describe();
    if (raw.pendingActivities?.some(({ lastFailure }) => lastFailure)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (scenario.cancelAfterErrors !== undefined) await handle.cancel();
  await handle.result().catch(() => undefined);
  const { run } = await writeRecorded(client, handle.workflowId, folder, name);
  console.log(`${name}: ${run.outcome} ${run.failure?.kind ?? ''} ${run.failure?.message ?? ''}`);
}
