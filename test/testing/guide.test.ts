import { fake, simulate } from 'goalkeeper/testing';
import { expect, test } from 'vitest';
import { countOrders, ordersCounted } from '../../examples/first-goal/goals.ts';

const input = { day: '2026-11-20' };

test('the orders are counted, though the shop is away twice', async () => {
  const counting = fake(countOrders, async (_input, { attempt }) => {
    if (attempt < 3) throw new Error('503');
    return { orders: 12, revenue: 90 };
  });
  const run = await simulate(ordersCounted, { input, jobs: [counting] });
  expect(run).toMatchObject({ outcome: 'achieved', errors: { recovered: 2 } });
});

test('a day without orders is not a success', async () => {
  const run = await simulate(ordersCounted, {
    input,
    jobs: [fake(countOrders, { orders: 0, revenue: 0 })],
  });
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'criteria' } });
});

test('a shop that hangs misses the deadline of a minute, in no time', async () => {
  const hanging = fake(countOrders, () => new Promise(() => undefined));
  const run = await simulate(ordersCounted, { input, jobs: [hanging] });
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'deadline' } });
});
