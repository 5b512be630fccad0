// Records histories of runs whose calls travelled together or ran inline, into a folder of the version that wrote them:
// `node --import tsx test/histories/record-batches.ts`. What is recorded is never recorded again.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { pino } from 'pino';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { findTemporal } from '../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { permanent } from '../../goals/index.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import goals, { act, jot, mark, note, noteRarely, rows } from './0.1.5-batches/goals.ts';
import { writeRecorded } from './write-recorded.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '0.1.5-batches');
if (existsSync(join(folder, 'achieved-together.history.json')))
  throw new Error(`${folder} is recorded already`);

type Row = [string, ...string[]][];
const after: Row = [['note'], ['mark'], ['note']];
const scenarios: Record<string, { rows: Row[]; strict?: boolean; isResumed?: boolean }> = {
  'achieved-together': { rows: [...Array.from({ length: 30 }, (): Row => [['note']]), [['act'], ['act']]] },
  'achieved-handled': {
    rows: [
      [['note', 'fail', 'fail', 'ok']],
      [['note', 'permanent']],
      [['note', 'fail', 'fail', 'fail', 'fail', 'fail']],
      [['note', 'wait:1300']],
      [['note'], ['note']],
      [['note-rarely', 'fail', 'ok']],
      [['note-rarely', 'fail', 'fail', 'fail']],
    ],
  },
  'achieved-inline': {
    rows: [
      [['jot'], ['jot', 'fail', 'fail', 'ok'], ['jot', 'permanent'], ['jot']],
      [['mark', 'fail', 'fail', 'fail', 'ok']],
      [['mark', 'wait:1300']],
    ],
  },
  // A replay resolves local activities together that had been resolved one after the other.
  'achieved-at-different-times': {
    rows: [
      [['jot'], ...after],
      [['mark', 'wait:200'], ...after],
      [['jot'], ['jot', 'wait:100'], ...after],
    ],
  },
  'failed-together': {
    strict: true,
    rows: [
      [['note', 'fail', 'hang']],
      [['note']],
      [['note-rarely', 'fail', 'ok']],
      [['note-rarely']],
      [['jot'], ['act', 'permanent:300']],
    ],
  },
  'achieved-kept': {
    isResumed: true,
    strict: true,
    rows: [[['note']], [['note']], [['jot'], ['act', 'once'], ['note']], [['jot', 'ok']]],
  },
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
  jobs: [act, note, jot, mark, noteRarely].map((job) =>
    bind(job, async ({ script }, { attempt, signal }) => {
      const [what = 'ok', detail = '0'] = (script[attempt - 1] ?? 'ok').split(':');
      await sleep(Number(detail));
      if (what === 'permanent') throw permanent('no retry will heal this', { code: 'gone' });
      if (what === 'fail') throw new Error(`upstream said no (${attempt})`);
      if (what === 'once' && !isOpen) throw permanent('the gate is shut', { code: 'gate_shut' });
      if (what === 'hang')
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('told to stop')), { once: true });
        });
      return { attempt };
    }),
  ),
  version: 1,
  address: server.address,
  log: pino({ level: 'silent' }),
});

async function start(input: object, kind: 'request' | 'resume', resume: object[]): Promise<WorkflowHandle> {
  const why = { kind, at: new Date().toISOString(), by: null, reason: 'recorded', ref: null };
  const handle = await client.workflow.start(rows.name, {
    ...runStart(rows, input, why),
    taskQueue: 'goalkeeper',
    args: [input, ...resume],
  });
  await handle.result().catch(() => undefined);
  return handle;
}

for (const [name, { rows: given, strict = false, isResumed }] of Object.entries(scenarios)) {
  const input = {
    key: name,
    strict,
    rows: given,
  };
  let handle = await start(input, 'request', []);
  if (isResumed) {
    isOpen = true;
    const { runId: from } = await handle.describe();
    const resume = { from, outcome: 'failed', failure: null, seed: true, exclude: [], supply: [] };
    handle = await start(input, 'resume', [resume]);
  }
  const { run } = await writeRecorded(client, handle.workflowId, folder, name);
  console.log(
    `${name}: ${run.outcome} ${run.failure?.code ?? ''} ${JSON.stringify(run.errors)} ${JSON.stringify(run.steps.map(({ path, state, attempts, kept }) => [path, state, attempts, kept !== null]))}`,
  );
}
await worker.stop();
await connection.close();
await server.stop();
