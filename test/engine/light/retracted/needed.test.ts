// Who asks for a light outcome after it was retracted, is in doubt, or lies in a host that Temporal keeps no longer: over the gateway, by
// `achieve`, and as a listener.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Goal } from '../../../../goals/index.ts';
import { aboutGoal, type LightHost, parseLightExecution } from '../../../../goals/wire/light.ts';
import {
  LIGHT_HOST,
  lightHostId,
  OUTCOME_LISTENER,
  SYSTEM_TASK_QUEUE,
} from '../../../../goals/wire/names.ts';
import type { ListeningPosition } from '../../../../goals/wire/outcomes.ts';
import { answered, gatewayAt } from '../../../gateway/workbench.ts';
import { temporalAddress } from '../../../temporal-address.ts';
import { ChildWorker } from '../../child-worker.ts';
import { Workbench } from '../../workbench.ts';
import { control, mail, report, sales } from './goals.ts';

const WAIT = { timeout: 120_000, interval: 200 };
const TEAM = fileURLToPath(new URL('./', import.meta.url));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;
let worker: ChildWorker;

/** With a host that waits longer than others until a run is an ordinary one: a machine may be busy. */
const beginHost = (goal: Goal, bounds: Partial<LightHost> = {}) =>
  bench.client.workflow.start(LIGHT_HOST, {
    workflowId: lightHostId(goal.name, 0),
    taskQueue: bench.taskQueue,
    args: [
      {
        ...{ gk: 1, goal: goal.name, about: aboutGoal(goal), n: 0, hosts: 1 },
        ...{ earlier: null, plainMs: 20_000, ...bounds },
      },
    ],
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });

const start = () =>
  ChildWorker.start(TEAM, {
    ...{ GOALKEEPER_TASK_QUEUE: bench.taskQueue, GOALKEEPER_VERSION: '1', RETRACTED_FOLDER: folder },
  });

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  folder = await mkdtemp(join(tmpdir(), 'light-needed-'));
  for (const goal of [control, mail]) await beginHost(goal);
  worker = await start();
}, 240_000);
afterAll(async () => {
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
const ask = (goal: { name: string }, day: string) => post(`/goals/${goal.name}/runs`, { input: { day } });
const pursue = async (goal: { name: string }, day: string) => {
  const { status } = await ask(goal, day);
  expect([200, 201, 202]).toContain(status);
  return reached(idOf(goal, day));
};
const isLight = ({ execution }: { execution: string }): boolean => parseLightExecution(execution) !== null;
const timesMade = async (label: string, day: string): Promise<number> =>
  (await readFile(join(folder, 'made'), 'utf8')).split('\n').filter((one) => one === `${label} ${day}`)
    .length;
const settled = async (retraction: string) => {
  const path = `/retractions/${retraction}`;
  await expect.poll(async () => (await get(path)).body, WAIT).toMatchObject({ state: 'closed' });
  return (await get(path)).body;
};
const retract = async (id: string): Promise<string> => {
  const { status, body } = await post(`/runs/${id}/retract`, { reason: 'the wrong file', by: 'ada' });
  expect(status).toBe(202);
  await settled(body.id);
  return body.id;
};
const marksOf = ({ retracted, inDoubt }: { retracted?: unknown; inDoubt?: unknown }) => [retracted, inDoubt];

// start-run.3
test('a light outcome that was retracted is pursued again, once, by whoever asks for it', async () => {
  const day = '2026-11-20';
  await writeFile(join(folder, 'control.value'), 'wrong');
  const wrong = await pursue(control, day);
  expect(isLight(wrong)).toBe(true);
  await reached(idOf(mail, day));
  await retract(wrong.id);
  await writeFile(join(folder, 'control.value'), 'right');
  // By runs that need it, and by requests, at once.
  const [needing] = await Promise.all([
    pursue(sales, day),
    ...Array.from({ length: 5 }, () => ask(control, day)),
  ]);
  expect(needing.output).toEqual({ value: 'right check' });
  expect(marksOf(needing)).toEqual([undefined, undefined]);
  await expect.poll(async () => (await runOf(wrong.id)).execution, WAIT).not.toBe(wrong.execution);
  const again = await reached(wrong.id);
  expect([again.execution === wrong.execution, isLight(again), again.output]).toEqual([
    false,
    true,
    { value: 'right' },
  ]);
  expect(marksOf(again)).toEqual([undefined, undefined]);
  expect(await timesMade('control', day)).toBe(2);
  // After that it is reached.
  expect(await ask(control, day)).toMatchObject({ status: 200, body: { execution: again.execution } });
  // The same outcome retracted once more: each time it is another.
  await retract(wrong.id);
  const third = await ask(control, day);
  expect([wrong.execution, again.execution]).not.toContain(third.body.execution);
  expect(await timesMade('control', day)).toBe(3);
}, 400_000);

test('a request that is sent again after what it got was retracted gets the run that was pursued since', async () => {
  const day = '2026-11-22';
  const first = await pursue(control, day);
  const send = async () => {
    const response = await fetch(`${gateway.url}/goals/${control.name}/runs`, {
      ...{ method: 'POST', body: JSON.stringify({ input: { day } }) },
      headers: { 'content-type': 'application/json', 'idempotency-key': 'light-again' },
    });
    return (await response.json()) as { execution: string };
  };
  expect((await send()).execution).toBe(first.execution);
  await retract(first.id);
  const again = await send();
  expect(again.execution).not.toBe(first.execution);
  expect((await send()).execution).toBe(again.execution);
  expect(await timesMade('control', day)).toBe(2);
}, 400_000);

test('whoever takes a light outcome that is in doubt is in doubt, however long ago the retraction looked', async () => {
  const day = '2026-11-23';
  const wrong = await pursue(control, day);
  const mailed = await reached(idOf(mail, day));
  expect(isLight(mailed)).toBe(true);
  const retraction = await retract(wrong.id);
  expect(await runOf(mailed.id)).toMatchObject({ inDoubt: [{ retraction }] });
  // A request is answered with it as it is, and says so.
  expect(await ask(mail, day)).toMatchObject({
    status: 200,
    body: { execution: mailed.execution, inDoubt: [{ retraction }] },
  });
  const path = [wrong.id, mailed.id, idOf(report, day)];
  expect(await pursue(report, day)).toMatchObject({ inDoubt: [{ retraction, path }] });
  expect(await timesMade('mail', day)).toBe(1);
  // The plan of a recovery has it.
  const plan = async () => {
    const { body } = await post(`/retractions/${retraction}/recoveries`, { by: 'ada', dryRun: true });
    return body.items?.map(({ run }: { run: string }) => run);
  };
  await expect.poll(plan, WAIT).toEqual(path);
}, 400_000);

test('a light run that an outcome starts after the retraction has looked is in doubt', async () => {
  const day = '2026-11-24';
  const since = Date.now();
  const position: ListeningPosition = { since, watermark: since, recent: [] };
  const listen = (taskQueue: string) =>
    bench.client.workflow.start(OUTCOME_LISTENER, {
      ...{ workflowId: OUTCOME_LISTENER, taskQueue, args: [position] },
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
  // Nobody hears of it for as long as the retraction looks.
  await worker.end('SIGKILL');
  await listen('served-by-nobody');
  worker = await start();
  const wrong = await pursue(control, day);
  const retraction = await retract(wrong.id);
  expect(await get(`/retractions/${retraction}`)).toMatchObject({ body: { doubts: 0 } });
  await listen(SYSTEM_TASK_QUEUE);
  const mailed = () => runOf(idOf(mail, day));
  const path = [wrong.id, idOf(mail, day)];
  await expect.poll(mailed, WAIT).toMatchObject({ outcome: 'achieved', inDoubt: [{ retraction, path }] });
  expect(isLight(await mailed())).toBe(true);
  const doubts = async () => (await get(`/retractions/${retraction}`)).body.doubts;
  await expect.poll(doubts, WAIT).toBe(1);
}, 400_000);

test('an outcome whose host Temporal keeps no longer is pursued again, as one of an ordinary run would be', async () => {
  // It goes on in another execution after each run, and remembers the keys of those before.
  await beginHost(control, { fullAfter: 1 });
  const [day, doubted] = ['2026-11-25', '2026-11-26'];
  const gone = await pursue(control, day);
  const kept = await pursue(control, doubted);
  const { host = '' } = parseLightExecution(gone.execution) ?? {};
  expect(parseLightExecution(kept.execution)?.host).not.toBe(host);
  expect(await ask(control, day)).toMatchObject({ status: 200, body: { execution: gone.execution } });
  await bench.client.workflowService.deleteWorkflowExecution({
    namespace: bench.client.options.namespace,
    workflowExecution: { workflowId: lightHostId(control.name, 0), runId: host },
  });
  const lookForHost = () => bench.client.workflow.getHandle(lightHostId(control.name, 0), host).describe();
  await expect
    .poll(() =>
      lookForHost().then(
        () => 'kept',
        () => 'gone',
      ),
    )
    .toBe('gone');
  expect((await pursue(sales, day)).output).toEqual({ value: 'right check' });
  expect(await timesMade('control', day)).toBe(2);
  await expect.poll(async () => (await runOf(gone.id)).execution, WAIT).not.toBe(gone.execution);
  const again = await reached(gone.id);
  expect([again.execution === gone.execution, isLight(again)]).toEqual([false, true]);
  expect(await timesMade('control', doubted)).toBe(1);
}, 400_000);
