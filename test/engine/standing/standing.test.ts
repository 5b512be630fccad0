import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import { startWorker } from '../../../activities/worker.ts';
import type { Goal } from '../../../goals/index.ts';
import { memoNames, standingId } from '../../../goals/wire/names.ts';
import { type StandingMemo, standingMemoSchema } from '../../../goals/wire/standing.ts';
import { gatewayForTest, silent } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { Alerted, webhook } from '../alerts/alerted.ts';
import { Receiver } from '../alerts/receiver.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { current, held, renew } from './goals.ts';

const module = fileURLToPath(new URL('./goals.ts', import.meta.url));
/** Workflows of the system are any worker's: one that another test kills may have the next task of this, for ten seconds. */
const patient = { timeout: 150_000, interval: 200 };
vi.setConfig({ testTimeout: 240_000 });

let isBroken = false;
const jobs = [
  bind(renew, async () => {
    if (isBroken) throw Object.assign(new Error('the source is gone'), { code: 'source_gone' });
    return { renewed: true as const };
  }),
];

const watcherOf = async (bench: Workbench, { name }: Goal) => {
  const { memo, status, runId } = await bench.client.workflow.getHandle(standingId(name)).describe();
  const told: StandingMemo | null = standingMemoSchema.safeParse(memo?.[memoNames.standing]).data ?? null;
  return { status: status.name, execution: runId, told };
};

test('an outcome is pursued before it goes stale; if it does all the same, the owner is told once, and again when it holds', async () => {
  isBroken = false;
  const receiver = await Receiver.open();
  // On a busy machine it may have been stale before its first run: no cooldown keeps the later alert back.
  const alerted = await Alerted.open([webhook(receiver)], { cooldownMs: 0 }, { module, goals, jobs });
  const { bench } = alerted;
  const gateway = await gatewayForTest(temporalAddress, 'default', alerted.id);
  const standing = async () => (await gateway.get('/goals/standing-held')).body.standing;
  const stale = async () =>
    (await alerted.alerts()).filter(
      ({ kind, goals, trouble }) =>
        kind === 'stale' &&
        goals.some(({ goal }) => goal === 'standing-held') &&
        trouble.message.includes('the source is gone'),
    );
  const achieved = async () => (await watcherOf(bench, held)).told?.achievedAt ?? 0;

  const begun = Date.now();
  await expect.poll(achieved, patient).toBeGreaterThan(begun);
  const { run } = await bench.story({ workflowId: 'standing-held:eu' });
  expect(run.why).toMatchObject({ kind: 'standing', by: null, ref: 'gk-standing:standing-held' });
  // Nobody asks, and it is achieved again under the same key.
  const first = await achieved();
  await expect.poll(achieved, patient).toBeGreaterThan(first);

  isBroken = true;
  await expect.poll(async () => (await standing()).state, patient).toBe('stale');
  await expect.poll(async () => (await stale())[0]?.messages.length, patient).toBe(1);
  const [alert] = await stale();
  expect(alert?.trouble.message).toMatch(
    /stale: it shall be fresh for 10 s.*last achieved.*the source is gone/,
  );
  const { status, body } = await gateway.get('/goals');
  expect(status, JSON.stringify(body)).toBe(200);
  const inList = body.items.find(({ goal }: { goal: string }) => goal === 'standing-held');
  expect(inList?.standing).toMatchObject({ fresh: 10_000, state: 'stale', since: expect.any(String) });

  isBroken = false;
  await expect.poll(async () => (await standing()).state, patient).not.toBe('stale');
  await expect.poll(async () => (await stale())[0]?.state, patient).toBe('closed');
  const [told] = await stale();
  const ofHeld = told?.goals.find(({ goal }) => goal === 'standing-held');
  expect(ofHeld?.settled).toMatchObject({ how: 'reached', run: 'standing-held:eu' });
  expect(told?.messages.map(({ what }) => what)).toEqual(['opened', 'reached']);

  // One that is made of the time: each run was asked for by the key of its time.
  const { told: present } = await watcherOf(bench, current);
  const slot = Number(present?.run?.split(':')[1]);
  expect(Math.abs(slot * 4000 - (present?.achievedAt ?? 0))).toBeLessThan(30_000);
}, 240_000);

test('an outcome that is only watched is pursued by nobody; its owner is told that it went stale, and when somebody renewed it', async () => {
  isBroken = false;
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], {}, { module, goals, jobs });
  const gateway = await gatewayForTest(temporalAddress, 'default', alerted.id);
  const standing = async () => (await gateway.get('/goals/standing-watched')).body.standing;
  const stale = async () =>
    (await alerted.alerts()).find(
      ({ kind, goals }) => kind === 'stale' && goals.some(({ goal }) => goal === 'standing-watched'),
    );
  await expect.poll(async () => (await stale())?.messages.length, patient).toBe(1);
  expect((await stale())?.trouble.message).toContain('was never achieved');
  expect((await standing()).state).toBe('stale');
  const { body } = await gateway.get('/runs?goal=standing-watched');
  expect(body.items).toEqual([]);

  await gateway.post('/goals/standing-watched/runs', { input: { region: 'eu' } });
  await expect.poll(async () => (await standing()).state, patient).toBe('fresh');
  await expect.poll(async () => (await stale())?.state, patient).toBe('closed');
  expect((await stale())?.messages.map(({ what }) => what)).toEqual(['opened', 'reached']);
}, 240_000);

test('a goal that stands no more is watched no longer; an older deployment does not bring the watch back', async () => {
  isBroken = false;
  const bench = await Workbench.open();
  onTestFinished(() => bench.close());
  const name = fresh('standing');
  const standing = { ...held, name } as Goal;
  const deploy = async (goal: Goal, version: number, taskQueue = bench.taskQueue) => {
    const address = temporalAddress;
    const worker = await startWorker({
      ...{ goalsModule: module, goals: [goal], jobs, version, address, taskQueue, log: silent },
    });
    onTestFinished(() => worker.stop().catch(() => undefined));
  };
  const status = async () => (await watcherOf(bench, standing)).status;
  await deploy(standing, 2);
  expect(await status()).toBe('RUNNING');
  await deploy({ ...standing, standing: null } as Goal, 3);
  await expect.poll(status, patient).toBe('COMPLETED');
  await deploy(standing, 2);
  expect(await status()).toBe('COMPLETED');
  // Its queue may be another: the watcher moves there.
  await deploy(standing, 4);
  const { execution } = await watcherOf(bench, standing);
  await deploy(standing, 5, fresh('q'));
  await expect.poll(async () => (await watcherOf(bench, standing)).execution, patient).not.toBe(execution);
  expect(await status()).toBe('RUNNING');
  await bench.client.workflow.getHandle(standingId(name)).terminate();
}, 60_000);
