// The goal of docs/guide/waiting.md.

import { readFile } from 'node:fs/promises';
import { event, goal, job } from 'goalkeeper';
import { fake, simulate } from 'goalkeeper/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

const settled = event('payment.settled', {
  source: '/bank/*',
  where: { 'data.currency': 'EUR' },
  match: { 'data.order': 'order.id' },
  keep: { events: 20, for: '30d' },
});

const ship = job({
  name: 'ship',
  input: z.object({ order: z.string() }),
  output: z.object({ parcel: z.string() }),
});

const orderShipped = goal({
  name: 'order-shipped',
  outcome: 'The order is on its way, and was paid before',
  owner: 'ada',
  team: 'shop',
  input: z.object({ order: z.object({ id: z.string() }) }),
  output: ship.output,
  key: ['order.id'],
  deadline: '14d',
  jobs: [ship],
  waits: [settled],
  criteria: { 'it has a parcel': ({ parcel }) => parcel !== '' },
  async pursue({ order }, { waitFor, run }) {
    await waitFor(settled, { timeout: '7d', consequence: 'fail' });
    return run(ship, { order: order.id });
  },
});

test('the goal of the guide is pursued as the guide says', async () => {
  const run = await simulate(orderShipped, {
    input: { order: { id: '17' } },
    jobs: [fake(ship, { parcel: 'p-1' })],
    events: [
      { type: 'payment.settled', source: '/bank/1', data: { order: '17', currency: 'EUR' }, after: '2d' },
    ],
  });
  expect(run).toMatchObject({ outcome: 'achieved', output: { parcel: 'p-1' }, tookMs: 2 * 86_400_000 });
  expect(run.steps[0]).toMatchObject({
    path: 'payment.settled#1',
    awaits: { match: { 'data.order': '17' } },
  });
});

test('it is the one of the guide', async () => {
  const [page, own] = await Promise.all([
    readFile('docs/guide/waiting.md', 'utf8'),
    readFile('test/testing/waiting-guide.test.ts', 'utf8'),
  ]);
  const bare = (text: string): string => text.replace(/export |\s+|,(?=\s*[)}\]])/g, '');
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  for (const block of [blocks[0], blocks.at(-1)].map(String))
    expect(bare(own)).toContain(bare(block.replace(/^import .*\n/gm, '')));
});
