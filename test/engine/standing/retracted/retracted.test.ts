// A standing outcome that rests on what was retracted: it is pursued again at once, or, where it is in doubt, once somebody has approved
// that. Its owner hears of both.

import { fileURLToPath } from 'node:url';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { bind } from '../../../../activities/bind.ts';
import { aboutGoal, parseLightExecution } from '../../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId, memoNames, standingId } from '../../../../goals/wire/names.ts';
import { standingMemoSchema } from '../../../../goals/wire/standing.ts';
import { gatewayForTest } from '../../../gateway/workbench.ts';
import { temporalAddress } from '../../../temporal-address.ts';
import { Alerted, webhook } from '../../alerts/alerted.ts';
import { Receiver } from '../../alerts/receiver.ts';
import goals, { filled, light, lower, made, quick, renewed, source, upper } from './goals.ts';

const module = fileURLToPath(new URL('./goals.ts', import.meta.url));
const patient = { timeout: 150_000, interval: 200 };
vi.setConfig({ testTimeout: 400_000 });

const times = new Map<string, number>();
let held: string | null = null;
const jobs = [
  bind(quick, async ({ label }) => ({ value: label })),
  bind(made, async ({ label }) => {
    while (held === label) await new Promise((resolve) => setTimeout(resolve, 50));
    times.set(label, (times.get(label) ?? 0) + 1);
    return { value: label };
  }),
];

let gateway: Awaited<ReturnType<typeof gatewayForTest>>;
let alerted: Alerted;
let sinks: Parameters<Alerted['worker']>[0];

beforeEach(async () => {
  held = null;
  const receiver = await Receiver.open();
  sinks = [webhook(receiver)];
  alerted = await Alerted.open(sinks, {}, { module, goals, jobs });
  gateway = await gatewayForTest(temporalAddress, 'default', alerted.id);
});

const idOf = ({ name }: { name: string }): string => `${name}:eu`;
const runOf = async (goal: { name: string }) => (await gateway.get(`/runs/${idOf(goal)}`)).body;
const standing = async ({ name }: { name: string }) => (await gateway.get(`/goals/${name}`)).body.standing;
const watched = async ({ name }: { name: string }) => {
  const { memo } = await alerted.bench.client.workflow.getHandle(standingId(name)).describe();
  return standingMemoSchema.safeParse(memo?.[memoNames.standing]).data;
};
const stale = async ({ name }: { name: string }) =>
  (await alerted.alerts()).find(
    ({ kind, goals }) => kind === 'stale' && goals.some(({ goal }) => goal === name),
  );
const retract = async (goal: { name: string }) => {
  const { status, body } = await gateway.post(`/runs/${idOf(goal)}/retract`, {
    ...{ reason: 'it is of another year', by: 'ada' },
  });
  expect(status).toBe(202);
  return body.id as string;
};

/** By the watcher, which then has nothing to do for minutes. */
const holds = async (goal: { name: string }) => {
  await expect.poll(() => runOf(goal), patient).toMatchObject({ outcome: 'achieved' });
  const { execution } = await runOf(goal);
  await expect.poll(() => watched(goal), patient).toMatchObject({ execution });
  await expect.poll(() => standing(goal), patient).toMatchObject({ state: 'fresh' });
  return execution as string;
};

/** No watcher of another test has a say in what counts. */
const anew = async (goal: { name: string }) => {
  await alerted.bench.client.workflow.getHandle(standingId(goal.name)).describe();
  onTestFinished(async () => {
    await alerted.bench.client.workflow
      .getHandle(standingId(goal.name))
      .terminate()
      .catch(() => undefined);
  });
};

test('a standing outcome that was retracted is pursued again at once, and its owner is told that it went stale and holds again', async () => {
  await anew(lower);
  const wrong = await holds(lower);
  held = 'lower';
  await retract(lower);
  // A minute before, nothing was to be done for minutes.
  await expect.poll(() => runOf(lower), patient).toMatchObject({ outcome: null, why: { kind: 'standing' } });
  expect((await runOf(lower)).why.reason).toBe(`${idOf(lower)} was retracted`);
  await expect.poll(() => standing(lower), patient).toMatchObject({ state: 'stale' });
  await expect.poll(() => stale(lower), patient).toBeDefined();
  expect((await stale(lower))?.trouble.message).toContain(`${idOf(lower)} was retracted`);
  held = null;
  await expect.poll(() => runOf(lower), patient).toMatchObject({ outcome: 'achieved' });
  expect(await holds(lower)).not.toBe(wrong);
  await expect.poll(async () => (await stale(lower))?.state, patient).toBe('closed');
  expect((await stale(lower))?.messages.map(({ what }) => what)).toEqual(['opened', 'reached']);
  expect(times.get('lower')).toBe(2);
});

test('so is one whose runs are light', async () => {
  await anew(light);
  const { client, taskQueue } = alerted.bench;
  await expect.poll(() => runOf(light), patient).toMatchObject({ outcome: 'achieved' });
  // On a busy machine that one may be ordinary: this host waits longer until one is.
  const host = { gk: 1, goal: light.name, about: aboutGoal(light), n: 0, hosts: 1, earlier: null };
  await client.workflow.start(LIGHT_HOST, {
    ...{ workflowId: lightHostId(light.name, 0), taskQueue, args: [{ ...host, plainMs: 20_000 }] },
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
  const asked = { input: { region: 'eu' }, force: true };
  const { body: wrong } = await gateway.post(`/goals/${light.name}/runs`, asked);
  expect(parseLightExecution(wrong.execution)).not.toBeNull();
  // A deploy: the watcher looks once more.
  await alerted.worker(sinks);
  expect(await holds(light)).toBe(wrong.execution);
  await retract(light);
  await expect.poll(async () => (await runOf(light)).execution, patient).not.toBe(wrong.execution);
  expect(parseLightExecution(await holds(light))).not.toBeNull();
  expect((await runOf(light)).why).toMatchObject({
    ...{ kind: 'standing', reason: `${idOf(light)} was retracted` },
  });
  await expect.poll(async () => (await stale(light))?.state, patient).toBe('closed');
});

test('a standing outcome in doubt is stale, and pursued again by the recovery that somebody approves, not by its watcher', async () => {
  await anew(upper);
  await holds(upper);
  const retraction = await retract(source);
  await expect.poll(() => stale(upper), patient).toBeDefined();
  expect((await stale(upper))?.trouble.message).toContain(`${idOf(upper)} is in doubt`);
  await expect.poll(() => standing(upper), patient).toMatchObject({ state: 'stale' });
  expect(await runOf(upper)).toMatchObject({ outcome: 'achieved', inDoubt: [{ retraction }] });
  const settled = async (path: string) => (await gateway.get(path)).body.state;
  await expect.poll(() => settled(`/retractions/${retraction}`), patient).toBe('closed');
  // The watcher has looked several times since.
  expect([times.get('source'), times.get('upper')]).toEqual([1, 1]);
  const { body } = await gateway.post(`/retractions/${retraction}/recoveries`, { by: 'ada' });
  await expect.poll(() => settled(`/recoveries/${body.id}`), patient).toBe('closed');
  await expect.poll(() => standing(upper), patient).toMatchObject({ state: 'fresh' });
  await expect.poll(async () => (await stale(upper))?.state, patient).toBe('closed');
  expect((await stale(upper))?.messages.map(({ what }) => what)).toEqual(['opened', 'reached']);
  expect([times.get('source'), times.get('upper')]).toEqual([2, 2]);
});

test('a dataset whose last version was retracted is as fresh as the one before, and is produced again where there is none', async () => {
  await anew(renewed);
  const first = await holds(renewed);
  const before = times.get('rates') ?? 0;
  const { status } = await gateway.post(`/goals/${filled.name}/runs`, { input: { region: 'eu' } });
  expect(status).toBe(202);
  await expect.poll(() => runOf(filled), patient).toMatchObject({ outcome: 'achieved' });
  const { execution: later } = await runOf(filled);
  // A deploy: the watcher looks once more.
  await alerted.worker(sinks);
  await expect.poll(() => watched(renewed), patient).toMatchObject({ run: idOf(filled), execution: later });
  await retract(filled);
  await expect.poll(() => watched(renewed), patient).toMatchObject({ run: idOf(renewed), execution: first });
  expect(await standing(renewed)).toMatchObject({ state: 'fresh' });
  expect(times.get('rates')).toBe(before + 1);
  await retract(renewed);
  await expect.poll(async () => (await runOf(renewed)).execution, patient).not.toBe(first);
  expect((await runOf(renewed)).why).toMatchObject({
    kind: 'standing',
    reason: expect.stringMatching(/was retracted$/),
  });
  await holds(renewed);
  expect(times.get('rates')).toBe(before + 2);
});
