// Each run is simulated, with a clock that is virtual: no server, no network, and retries take no time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fake, simulate } from 'goalkeeper/testing';
import { countOrders, ordersCounted } from './goals.ts';
import { jobs } from './jobs.ts';

const input = { day: '2026-11-20' };

test('the orders of a day are counted by the job itself', async () => {
  const run = await simulate(ordersCounted, { input, jobs });
  assert.equal(run.outcome, 'achieved');
  assert.equal(run.output?.orders, 2);
});

test('a job that fails twice is retried, and the goal is achieved', async () => {
  const counting = fake(countOrders, async (_input, { attempt }) => {
    if (attempt < 3) throw new Error('503');
    return { orders: 12, revenue: 90 };
  });
  const run = await simulate(ordersCounted, { input, jobs: [counting] });
  assert.equal(run.outcome, 'achieved');
  assert.equal(run.errors.recovered, 2);
});

test('a day without orders fails, though every job succeeded', async () => {
  const run = await simulate(ordersCounted, { input, jobs: [fake(countOrders, { orders: 0, revenue: 0 })] });
  assert.equal(run.outcome, 'failed');
  assert.equal(run.failure?.kind, 'criteria');
});
