// Records histories of runs whose jobs are another worker's, as record.ts does of others, into a folder of the version
// that wrote them: `node --import tsx test/histories/record-foreign.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, activityInfo, Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import type { Goal } from '../../goals/index.ts';
import { attemptOf } from '../../goals/wire/attempt-id.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import { type RunStory, runView } from '../../views/run-view.ts';
import goals, { walked, walkedInTime } from './0.1.3-foreign/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.3-foreign');
if (existsSync(join(folder, 'achieved-clean.history.json'))) throw new Error(`${folder} is recorded already`);

const server = await startTemporalServer({
  binary: await findTemporal({ onProgress: console.log }),
  uiPort: false,
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const worker = await startWorker({
  goalsModule: join(folder, 'goals.ts'),
  goals,
  jobs: [],
  version: 1,
  address: server.address,
  log: pino({ level: 'silent' }),
});

/** An activity that knows nothing of goalkeeper, but where it tells an error by its envelope. */
async function act({ script }: { script: string[] }): Promise<{ attempt: number }> {
  const { n } = attemptOf(activityInfo().activityId);
  const [what = 'ok', detail = ''] = (script[n - 1] ?? 'ok').split(':');
  const beat = setInterval(() => Context.current().heartbeat(), 100);
  try {
    if (what === 'fail')
      throw ApplicationFailure.create({ message: `upstream said no (${n})`, type: detail || 'Error' });
    if (what === 'told')
      throw ApplicationFailure.create({
        message: 'no such row',
        type: 'NotFound',
        details: [
          {
            goalkeeper: 1,
            error: { code: detail, message: 'no such row', class: 'data', details: { row: 7 } },
          },
        ],
      });
    if (what === 'silent') clearInterval(beat);
    if (what === 'silent' || what === 'hang')
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 5000)), Context.current().cancelled]);
    return { attempt: n };
  } finally {
    clearInterval(beat);
  }
}
const native = await NativeConnection.connect({ address: server.address });
const other = await Worker.create({
  connection: native,
  taskQueue: 'test-recorded-elsewhere',
  activities: { act, 'act-rarely': act, 'act-steadily': act },
});
const otherRuns = other.run();

const story = async (id: string): Promise<RunStory> => {
  const { raw, runId } = await client.workflow.getHandle(id).describe();
  const { events } = await client.workflow.getHandle(id, runId).fetchHistory();
  const pendingActivities = raw.pendingActivities ?? [];
  return runView({ id, execution: runId, events: events ?? [], pendingActivities, now: 0 });
};

const step = (job: string, ...script: string[]) => ({ job, script });

async function record(
  name: string,
  steps: object[],
  { goal = walked, how, cancelWhen }: { goal?: Goal; how?: string; cancelWhen?: 'running' | 'waiting' } = {},
): Promise<void> {
  const input = { key: name, steps, ...(how === undefined ? {} : { how }) };
  const why = {
    kind: 'request',
    at: new Date().toISOString(),
    by: null,
    reason: 'recorded',
    ref: null,
  } as const;
  const handle = await client.workflow.start(goal.name, {
    ...runStart(goal, input, why),
    taskQueue: 'goalkeeper',
    args: [input],
  });
  while (cancelWhen !== undefined) {
    const { run } = await story(handle.workflowId);
    const [first] = run.steps;
    if (first?.state === cancelWhen && first.errors.pending > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (cancelWhen !== undefined) await handle.cancel();
  await handle.result().catch(() => undefined);
  const { run } = await writeRecorded(client, handle.workflowId, folder, name);
  console.log(`${name}: ${run.outcome} ${run.failure?.message ?? ''} ${JSON.stringify(run.errors)}`);
}

await record('achieved-clean', [step('act'), step('act')]);
await record('achieved-after-errors', [step('act', 'fail', 'fail:FeedDown'), step('act', 'hang', 'silent')]);
await record('achieved-handled', [step('act', 'told:not_found'), step('act')], { how: 'tolerant' });
await record('achieved-struggling', [step('act-steadily', 'fail', 'fail', 'fail'), step('act')]);
await record('failed-permanent', [step('act', 'fail', 'told:not_found')]);
await record('failed-permanent-by-type', [step('act', 'fail:Refused')]);
await record('failed-exhausted', [step('act', 'fail', 'fail', 'fail', 'fail')]);
await record(
  'failed-parallel',
  [step('act-rarely', 'fail'), step('act', 'fail', 'told:broken'), step('act')],
  {
    how: 'parallel',
  },
);
await record('failed-deadline', [step('act-steadily', 'fail', 'hang')], { goal: walkedInTime });
await record('failed-deadline-before-the-retry', [step('act-rarely', 'fail')], { goal: walkedInTime });
await record('cancelled-running', [step('act-steadily', 'fail', 'hang')], { cancelWhen: 'running' });
await record('cancelled-waiting', [step('act-rarely', 'fail')], { cancelWhen: 'waiting' });

other.shutdown();
await otherRuns;
await native.close();
await worker.stop();
await connection.close();
await server.stop();
