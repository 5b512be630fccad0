// An achieved light run that turns out to be wrong, over the gateway: marked beside its host, followed to what used it, light or not, and
// pursued once more, by workers that are killed.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Goal } from '../../../../goals/index.ts';
import { aboutGoal, parseLightExecution } from '../../../../goals/wire/light.ts';
import { type MarkRecord, markRecordSchema } from '../../../../goals/wire/mark-record.ts';
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
import { control, mail, report, sales } from './goals.ts';

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
const settled = async (path: string) => {
  await expect.poll(async () => (await get(path)).body, WAIT).toMatchObject({ state: 'closed' });
  return (await get(path)).body;
};
/** The marks of an execution, as the sink of records has them. */
const keptMarks = async ({
  id,
  execution,
}: {
  id: string;
  execution: string;
}): Promise<MarkRecord | null> => {
  const file = join(folder, 'records', id.split(':')[0] as string, 'marks', `${id}.${execution}.json`);
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : markRecordSchema.parse(JSON.parse(text));
};

interface Told {
  goal: string;
  settled: { how: string } | null;
}

const day = '2026-11-20';
const [controlId, salesId, mailId, reportId] = [control, sales, mail, report].map((goal) =>
  idOf(goal, day),
) as [string, string, string, string];
let wrong: { id: string; execution: string };

test('what used a retracted light outcome is in doubt, light or not, and is pursued once more in order', async () => {
  await writeFile(join(folder, 'control.value'), 'wrong');
  wrong = await pursue(control, day);
  expect((await pursue(sales, day)).output).toEqual({ value: 'wrong check' });
  const mailed = await reached(mailId);
  await pursue(report, day);
  await pursue(control, '2026-11-21');
  await pursue(sales, '2026-11-21');
  expect([wrong, mailed].map(isLight)).toEqual([true, true]);

  const asked = { reason: 'the light bank sent the wrong file', by: 'ada' };
  const plan = async () => (await post(`/runs/${controlId}/retract`, { ...asked, dryRun: true })).body;
  // Temporal's list lags.
  await expect.poll(plan, WAIT).toMatchObject({ total: 3, truncated: false, execution: wrong.execution });
  const { items } = await plan();
  expect(items.map((one: Record<string, string>) => [one.run, one.through])).toEqual([
    [salesId, 'achieve'],
    [mailId, 'outcome'],
    [reportId, 'achieve'],
  ]);
  expect(await runOf(controlId)).not.toHaveProperty('retracted');
  const edges = async () => {
    const { nodes, edges } = (await get(`/runs/${controlId}/lineage?direction=down`)).body;
    const name = (id: string) => nodes.find((node: { id: string }) => node.id === id).name;
    return edges.map(({ from, to, way }: Record<string, string>) => [
      name(from as string),
      way,
      name(to as string),
    ]);
  };
  await expect
    .poll(async () => (await edges()).sort(), WAIT)
    .toEqual(
      [
        [controlId, 'needs', salesId],
        [controlId, 'starts', mailId],
        [mailId, 'needs', reportId],
      ].sort(),
    );

  const begun = await post(`/runs/${controlId}/retract`, asked);
  expect(begun.status).toBe(202);
  await worker.end('SIGKILL');
  worker = await start();
  const path = `/retractions/${begun.body.id}`;
  const closed = await settled(path);
  expect(closed).toMatchObject({ outcome: 'achieved', marked: true, doubts: 3, open: 0, owners: 3 });
  expect(closed.items.at(-1)).toMatchObject({ path: [controlId, mailId, reportId] });

  // The run stays as it was, and says so itself.
  expect(await runOf(controlId)).toMatchObject({
    ...{ outcome: 'achieved', output: { value: 'wrong' }, execution: wrong.execution },
    retracted: { reason: 'the light bank sent the wrong file', retraction: begun.body.id },
  });
  expect(await runOf(mailId)).toMatchObject({ inDoubt: [{ run: controlId, path: [controlId, mailId] }] });
  for (const free of [idOf(control, '2026-11-21'), idOf(sales, '2026-11-21')]) {
    const run = await runOf(free);
    expect([run.retracted, run.inDoubt]).toEqual([undefined, undefined]);
  }
  const marked = async (mark: string, list = 'runs') =>
    (await get(`/${list}?team=light-marks&mark=${mark}`)).body.items
      .map(({ id }: { id: string }) => id)
      .sort();
  const inDoubt = [mailId, reportId, salesId].sort();
  for (const list of ['runs', 'runs/rows']) {
    await expect.poll(() => marked('in-doubt', list), WAIT).toEqual(inDoubt);
    await expect.poll(() => marked('retracted', list), WAIT).toEqual([controlId]);
  }
  await expect
    .poll(() => keptMarks(wrong), WAIT)
    .toMatchObject({ run: controlId, retracted: { reason: 'the light bank sent the wrong file' } });
  for (const id of inDoubt)
    await expect
      .poll(async () => keptMarks(await runOf(id)), WAIT)
      .toMatchObject({ run: id, inDoubt: [{ run: controlId, retraction: begun.body.id }] });
  const told = async () => {
    const alerts: { trouble: { message: string }; goals: Told[] }[] = (await get('/alerts')).body.items;
    const of = alerts.find(({ trouble }) => trouble.message.includes('the light bank sent the wrong file'));
    return of?.goals.map(({ goal, settled }) => [goal, settled?.how ?? null]).sort();
  };
  const each = (how: string | null) => [sales, mail, report].map(({ name }) => [name, how]).sort();
  await expect.poll(told, WAIT).toEqual(each(null));

  await writeFile(join(folder, 'control.value'), 'right');
  const before = (await made()).length;
  const planned = (await post(`${path}/recoveries`, { by: 'ada', dryRun: true })).body;
  expect(planned).toMatchObject({ total: 4, achieved: { total: 0 }, open: { total: 0 } });
  expect(planned.items.map(({ run, how }: Record<string, string>) => [run, how])).toEqual([
    [controlId, 'scratch'],
    [salesId, 'repeat'],
    [mailId, 'scratch'],
    [reportId, 'repeat'],
  ]);
  expect(planned.items.map(({ after }: { after: string[] }) => after)).toEqual([
    [],
    [controlId],
    [controlId],
    [mailId],
  ]);
  const hold = join(folder, `hold check ${day}`);
  await writeFile(hold, '');
  const recovering = await post(`${path}/recoveries`, { by: 'ada', reason: 'the right file is here' });
  expect(recovering.status).toBe(202);
  const again = async () => (await made()).slice(before);
  await expect.poll(again, WAIT).toContain(`check ${day}`);
  await expect.poll(async () => (await runOf(mailId)).execution, WAIT).not.toBe(mailed.execution);
  await reached(mailId);
  await worker.end('SIGKILL');
  await rm(hold);
  worker = await start();
  const recovered = await settled(`/recoveries/${recovering.body.id}`);
  expect(recovered).toMatchObject({ outcome: 'achieved', achieved: 4, failed: 0, skipped: 0 });
  expect(await runOf(salesId)).toMatchObject({ output: { value: 'right check' } });
  expect(await again()).not.toContain(`extract ${day}`);
  // A light one once, however often its host is asked.
  for (const label of ['control', 'mail'])
    expect((await again()).filter((one) => one === `${label} ${day}`)).toHaveLength(1);
  for (const id of [controlId, ...inDoubt]) {
    const run = await runOf(id);
    expect([run.retracted, run.inDoubt, run.why.kind]).toEqual([undefined, undefined, 'resume']);
  }
  expect((await Promise.all([controlId, mailId].map(runOf))).map(isLight)).toEqual([true, true]);
  for (const mark of ['retracted', 'in-doubt'])
    for (const list of ['runs', 'runs/rows']) await expect.poll(() => marked(mark, list), WAIT).toEqual([]);
  await expect.poll(told, WAIT).toEqual(each('reached'));
  // The old execution keeps its own.
  expect((await get(`/runs/${controlId}?execution=${wrong.execution}`)).body).toMatchObject({
    retracted: { retraction: begun.body.id },
  });
  const nothing = async () => {
    const { status, body } = await post(`${path}/recoveries`, { by: 'ada' });
    return [status, body.code];
  };
  await expect.poll(nothing, WAIT).toEqual([422, 'recovery_impossible']);
}, 900_000);

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

test('beyond retention only the sink has the marks of a light run', async () => {
  const { host = '' } = parseLightExecution(wrong.execution) ?? {};
  const { client } = bench;
  const workflowExecution = { workflowId: lightHostId(control.name, 0), runId: host };
  await client.workflowService.deleteWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution,
  });
  // One that has read nothing of it yet.
  const { post: ask, stop } = await gatewayAt(temporalAddress);
  onTestFinished(stop);
  const asked = { reason: 'wrong again', by: 'ada', execution: wrong.execution, dryRun: true };
  const gone = async () => {
    const { status, body } = await answered(() => ask(`/runs/${controlId}/retract`, asked));
    return [status, body.code, body.detail];
  };
  await expect
    .poll(gone, WAIT)
    .toEqual([404, 'run_unknown', expect.stringContaining(`kept by directory:${sink}`)]);
  expect(await keptMarks(wrong)).toMatchObject({
    retracted: { reason: 'the light bank sent the wrong file' },
  });
}, 400_000);
