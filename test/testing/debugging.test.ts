import { permanent } from 'goalkeeper';
import { fake, simulate } from 'goalkeeper/testing';
import { expect, test } from 'vitest';
import { countOrders, ordersCounted } from '../../examples/first-goal/goals.ts';

// As `goalkeeper runs show --json` gave it.
const failed = {
  input: { day: '2026-11-22' },
  failure: { code: 'no_such_day', path: ['count-orders#1'] },
};

test('the run fails as it did, here, where a breakpoint holds', async () => {
  const counting = fake(countOrders, () => {
    throw permanent('the shop has no such day', { code: 'no_such_day' });
  });
  const run = await simulate(ordersCounted, { input: failed.input, jobs: [counting] });
  expect(run).toMatchObject({ outcome: 'failed', failure: failed.failure });
});
