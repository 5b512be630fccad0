// A trouble that stopped a run, over the gateway, where the run's key is achieved since as a light one.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Goal } from '../../../../goals/index.ts';
import { aboutGoal, parseLightExecution } from '../../../../goals/wire/light.ts';
import {
  LIGHT_HOST,
  lightHostId,
  RECOVERY,
  recordsKeeperId,
  recoveryId,
  SYSTEM_TASK_QUEUE,
} from '../../../../goals/wire/names.ts';
import type { RecoveryStart } from '../../../../goals/wire/recovery.ts';
import { sha256 } from '../../../../goals/wire/text/sha256.ts';
import { answered, gatewayAt } from '../../../gateway/workbench.ts';
import { temporalAddress } from '../../../temporal-address.ts';
import { ChildWorker } from '../../child-worker.ts';
import { fresh, Workbench } from '../../workbench.ts';
import { control, mail } from './goals.ts';

const WAIT = { timeout: 150_000, interval: 200 };
const TEAM = fileURLToPath(new URL('./', import.meta.url));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;
let worker: ChildWorker;
const sink = fresh('light-marks').toLowerCase();
const began = new Date().toISOString();

const start = () =>
  ChildWorker.start(TEAM, {
    ...{ GOALKEEPER_TASK_QUEUE: bench.taskQueue, GOALKEEPER_VERSION: '1', RETRACTED_FOLDER: folder },
    ...{ GOALKEEPER_RECORDS_DIR: join(folder, 'records'), GOALKEEPER_RECORDS_NAME: sink },
    ...{ GOALKEEPER_RECORDS_PERIOD: '500ms', GOALKEEPER_RECORDS_SINCE: began },
  });

/** With a host that waits longer than others until a run is an ordinary one: a machine may be busy. */
const beginHost = (goal: Goal) =>
  bench.client.workflow.start(LIGHT_HOST, {
    workflowId: lightHostId(goal.name, 0),
    taskQueue: bench.taskQueue,
    args: [
      {
        ...{ gk: 1, goal: goal.name, about: aboutGoal(goal), n: 0, hosts: 1 },
        ...{ earlier: null, plainMs: 20_000 },
      },
    ],
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  folder = await mkdtemp(join(tmpdir(), 'light-marks-'));
  for (const goal of [control, mail]) await beginHost(goal);
  worker = await start();
}, 240_000);
afterAll(async () => {
  await bench?.client.workflow
    .getHandle(recordsKeeperId('directory', sink))
    .terminate('the test is over')
    .catch(() => undefined);
  await worker?.end('SIGKILL');
  await gateway?.stop();
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string) => answered(() => gateway.get(path));
const post = (path: string, body: object) => answered(() => gateway.post(path, body));
const runOf = async (id: string) => (await get(`/runs/${id}`)).body;
const idOf = (goal: { name: string }, day: string): string => `${goal.name}:${day}`;
const reached = async (id: string) => {
  await expect.poll(() => runOf(id), WAIT).toMatchObject({ outcome: 'achieved' });
  return runOf(id);
};
const pursue = async (goal: { name: string }, day: string) => {
  const { status } = await post(`/goals/${goal.name}/runs`, { input: { day } });
  expect([200, 201, 202]).toContain(status);
  return reached(idOf(goal, day));
};
const isLight = ({ execution }: { execution: string }): boolean => parseLightExecution(execution) !== null;
const made = async (): Promise<string[]> => (await readFile(join(folder, 'made'), 'utf8')).trim().split('\n');

test('a failed run whose key was achieved since as a light one is not pursued once more', async () => {
  const down = '2026-12-01';
  const fail = join(folder, `fail control ${down}`);
  await writeFile(fail, '');
  // From before its goal was light.
  const { run } = await bench.pursue(control, { day: down });
  expect(run.outcome).toBe('failed');
  const asked = { team: 'light-marks', by: 'ada', trial: 0 };
  const trouble = `/errors/${run.failure?.cause?.fingerprint}/recoveries`;
  const planned = async () => (await post(trouble, { ...asked, dryRun: true })).body;
  await expect.poll(planned, WAIT).toMatchObject({ total: 1, achieved: { total: 0 } });
  await rm(fail);
  expect(isLight(await pursue(control, down))).toBe(true);
  await expect.poll(planned, WAIT).toMatchObject({ total: 0, achieved: { total: 1, runs: [run.id] } });

  // Nor by a recovery that was planned before.
  const { length } = await made();
  const begin: RecoveryStart = {
    terms: {
      of: { kind: 'trouble', fingerprint: run.failure?.cause?.fingerprint ?? '' },
      ...{ team: null, total: 1, atOnce: 1, trial: 0, by: 'ada', reason: null },
    },
    runs: [{ run: run.id, execution: run.execution, how: 'resume' }],
  };
  const handle = await bench.client.workflow.start(RECOVERY, {
    ...{ workflowId: recoveryId(sha256(fresh('light-marks')).slice(0, 24)), taskQueue: SYSTEM_TASK_QUEUE },
    args: [begin],
  });
  expect(await handle.result()).toMatchObject({
    ...{ achieved: 0, failed: 0, skipped: 1 },
    missed: [{ run: run.id, code: 'run_achieved' }],
  });
  expect(await made()).toHaveLength(length);
}, 400_000);
