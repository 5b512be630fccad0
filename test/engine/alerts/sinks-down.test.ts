// Receivers that are down, slow, or gone, and a worker that dies: nothing is lost, and no goal waits for it.

import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ChildWorker } from '../child-worker.ts';
import { inParallel, inSequence } from '../goals.ts';
import { fresh } from '../workbench.ts';
import { Alerted, webhook } from './alerted.ts';
import { isSignatureRight, Receiver, SECRET } from './receiver.ts';

/** Workflows of the system are any worker's: one that another test kills may have the next task of this, for ten seconds. */
const WITHIN = { timeout: 90_000, interval: 20 };
vi.setConfig({ testTimeout: 240_000 });
const failing = () => ({ key: fresh('k'), steps: [{ script: ['permanent:licence_expired'] }] });

const deliveriesOf = async (alerted: Alerted, nth = 0) => {
  const alerts = await alerted.alerts();
  return alerts.at(-1 - nth)?.messages[0]?.deliveries ?? {};
};

test('a sink that is down, then broken, gets the message once it is well; neither goals nor other sinks wait', async () => {
  const down = await Receiver.open((_received, nth) => (nth <= 2 ? 500 : 204));
  const fine = await Receiver.open();
  await down.down();
  const alerted = await Alerted.open([webhook(down), webhook(fine, 'other')]);
  const { bench } = alerted;
  const { run } = await bench.pursue(inSequence, failing());
  expect(run.outcome).toBe('failed');
  await expect.poll(() => fine.received.length, WITHIN).toBe(1);
  const tries = async (): Promise<number> => {
    const { raw } = await bench.client.workflow.getHandle(alerted.id).describe();
    return raw.pendingActivities?.[0]?.attempt ?? 0;
  };
  await expect.poll(tries, WITHIN).toBeGreaterThan(1);
  // Refused, and so not marked; the other one is.
  await expect
    .poll(() => deliveriesOf(alerted), WITHIN)
    .toMatchObject({ webhook: { state: 'waiting', at: null }, other: { state: 'delivered' } });
  expect((await bench.pursue(inParallel, failing())).run.outcome).toBe('failed');
  await expect.poll(() => fine.received.length, WITHIN).toBe(2);
  expect(down.received).toEqual([]);

  await down.up();
  const accepted = () => down.received.slice(2).map(({ id }) => id);
  await expect.poll(() => new Set(accepted()).size, WITHIN).toBe(2);
  await expect.poll(() => deliveriesOf(alerted), WITHIN).toMatchObject({ webhook: { state: 'delivered' } });
  await expect
    .poll(() => deliveriesOf(alerted, 1), WITHIN)
    .toMatchObject({ webhook: { state: 'delivered' } });
  // Once each, under the ID that every sink and every try knows.
  expect(accepted().sort()).toEqual(fine.received.map(({ id }) => id).sort());
  expect(down.received.every((received) => isSignatureRight(received, SECRET))).toBe(true);
});

test('a sink that answers too late gets the same message again, under the same ID', async () => {
  const slow = await Receiver.open((_received, nth) => (nth === 1 ? null : 200));
  const alerted = await Alerted.open([webhook(slow)], { deliveryMs: 500 });
  await alerted.bench.pursue(inSequence, failing());
  await expect.poll(() => deliveriesOf(alerted), WITHIN).toMatchObject({ webhook: { state: 'delivered' } });
  const [first, second] = slow.received;
  expect(slow.received).toHaveLength(2);
  expect([second?.id, second?.raw]).toEqual([first?.id, first?.raw]);
});

test('a sink that is busy is asked again no earlier than it said', async () => {
  // Whole seconds, so it is four to five of them.
  const inSeconds = () => new Date(Date.now() + 5_000).toUTCString();
  const busy = await Receiver.open((_received, nth) =>
    nth === 1 ? [503, { 'retry-after': inSeconds() }] : 204,
  );
  const alerted = await Alerted.open([webhook(busy)]);
  await alerted.bench.pursue(inSequence, failing());
  await expect.poll(() => deliveriesOf(alerted), WITHIN).toMatchObject({ webhook: { state: 'delivered' } });
  const [first, second] = busy.received;
  // Its own policy would have tried again after one second.
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(3_900);
});

test('what healed while a sink refused it is sent no more, nor that it is reached again', async () => {
  const refusing = await Receiver.open(() => 503);
  const alerted = await Alerted.open([webhook(refusing)]);
  const input = failing();
  await alerted.bench.pursue(inSequence, input);
  await expect.poll(() => refusing.received.length, WITHIN).toBeGreaterThan(0);
  await alerted.bench.pursue(inSequence, { ...input, steps: [{ script: ['ok'] }] });
  const ends = async () =>
    (await alerted.alerts())[0]?.messages.map(({ what, deliveries: { webhook } }) => [what, webhook?.state]);
  await expect.poll(ends, WITHIN).toEqual([
    ['opened', 'healed'],
    ['reached', 'healed'],
  ]);
  expect(refusing.received.map(({ body }) => body.type)).not.toContain('goal.reached');
});

test('a sink that may have it, as it never answered, is told that it is reached again, and nothing after that', async () => {
  let isSilent = true;
  const silent = await Receiver.open(() => (isSilent ? null : 200));
  const alerted = await Alerted.open([webhook(silent)], { deliveryMs: 500 });
  const input = failing();
  await alerted.bench.pursue(inSequence, input);
  await expect.poll(() => silent.received.length, WITHIN).toBeGreaterThan(0);
  await alerted.bench.pursue(inSequence, { ...input, steps: [{ script: ['ok'] }] });
  isSilent = false;
  const states = async () =>
    (await alerted.alerts())[0]?.messages.map(({ deliveries: { webhook } }) => webhook?.state);
  await expect.poll(async () => (await states())?.[1], WITHIN).toBe('delivered');
  expect(silent.received.at(-1)?.body.type).toBe('goal.reached');
  expect(silent.received.filter(({ body }) => body.type === 'goal.reached')).toHaveLength(1);
});

test('a sink that is gone for good is given up, and one that sends us elsewhere is not followed', async () => {
  const elsewhere = await Receiver.open();
  const gone = await Receiver.open(() => 410);
  const moved = await Receiver.open((_received, nth) =>
    nth === 1 ? [307, { location: elsewhere.url }] : 200,
  );
  const alerted = await Alerted.open([webhook(gone), webhook(moved, 'moved')]);
  await alerted.bench.pursue(inSequence, failing());
  await expect
    .poll(() => deliveriesOf(alerted), WITHIN)
    .toMatchObject({ webhook: { state: 'given-up' }, moved: { state: 'delivered' } });
  expect([gone, moved, elsewhere].map(({ received }) => received.length)).toEqual([1, 2, 0]);
});

test('a worker that is killed in mid-delivery: another delivers, under the same ID', async () => {
  const receiver = await Receiver.open((_received, nth) => (nth === 1 ? null : 200));
  const alerted = await Alerted.open([]);
  const { bench } = alerted;
  const id = fresh('alerts');
  const environment = {
    GOALKEEPER_TASK_QUEUE: fresh('q'),
    GOALKEEPER_ALERTS_ID: id,
    GOALKEEPER_ALERT_WEBHOOK_URL: receiver.url,
    GOALKEEPER_ALERT_WEBHOOK_SECRET: SECRET,
    GOALKEEPER_ALERT_GATHER: '100ms',
    GOALKEEPER_ALERT_TIMEOUT: '3s',
  };
  const workers: ChildWorker[] = [];
  onTestFinished(async () => {
    await bench.client.workflow.getHandle(id).terminate();
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  });
  const folder = fileURLToPath(new URL('..', import.meta.url));
  workers.push(await ChildWorker.start(folder, environment));
  const handle = await bench.start(inSequence, failing(), environment.GOALKEEPER_TASK_QUEUE);
  await handle.result().catch(() => undefined);
  await expect.poll(() => receiver.received.length, WITHIN).toBe(1);
  await workers[0]?.end('SIGKILL');
  workers.push(await ChildWorker.start(folder, environment));
  await expect.poll(() => receiver.received.length, WITHIN).toBe(2);
  const [first, second] = receiver.received;
  expect([second?.id, second?.body.type]).toEqual([first?.id, 'goal.failed']);
  await expect
    .poll(() => alerted.alerts(id).then(([alert]) => alert?.messages[0]?.deliveries), WITHIN)
    .toMatchObject({ webhook: { state: 'delivered' } });
});
