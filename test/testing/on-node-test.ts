// Run by node:test in a process of its own (node-test.test.ts).
import { equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { countOrders, ordersCounted } from '../../examples/first-goal/goals.ts';
import { fake, simulate } from '../../testing/index.ts';

const input = { day: '2026-11-20' };

test('a goal is simulated', async () => {
  const run = await simulate(ordersCounted, { input, jobs: [fake(countOrders, { orders: 1, revenue: 2 })] });
  equal(run.outcome, 'achieved');
});

test('a job without a fake is named', async () => {
  await rejects(simulate(ordersCounted, { input }), { code: 'job_unbound' });
});

test('nothing of Temporal is loaded, nor a socket opened', () => {
  const open = process.getActiveResourcesInfo().filter((name) => /TCP|Server|GetAddr/.test(name));
  equal(open.length, 0);
});
