// `waitFor` in a simulation.

import { event, goal } from 'goalkeeper';
import { type SimulatedEvent, simulate } from 'goalkeeper/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

const settled = event('payment.settled', {
  where: { 'data.currency': 'EUR' },
  match: { 'data.order': 'order' },
  keep: { for: '1h' },
});

const paid = goal({
  name: 'order-paid',
  outcome: 'The order is paid',
  owner: 'ada',
  team: 'shop',
  input: z.object({ order: z.string(), after: z.string().optional() }),
  output: z.object({ ids: z.array(z.string()) }),
  key: ['order'],
  waits: [settled],
  criteria: { ended: () => true },
  async pursue({ after }, { waitFor, sleep }) {
    if (after !== undefined) await sleep(after as '1h');
    const first = await waitFor(settled, { timeout: '2h' });
    const second = await waitFor(settled, { timeout: '2h', consequence: 'continue' });
    return { ids: [first.id, ...(second === null ? [] : [second.id])] };
  },
});

const payment = (id: string, more: Partial<SimulatedEvent> & { order?: string; currency?: string } = {}) => {
  const { order = '17', currency = 'EUR', ...rest } = more;
  return { type: 'payment.settled', id, data: { order, currency }, ...rest };
};

test('takes the events that match, each once, early or late', async () => {
  const events = [
    payment('other', { order: '18' }),
    payment('pounds', { currency: 'GBP' }),
    payment('a', { after: '1m' }),
    payment('a', { after: '2m' }),
    payment('b', { after: '90m' }),
  ];
  const run = await simulate(paid, { input: { order: '17' }, events });
  expect(run).toMatchObject({
    outcome: 'achieved',
    output: { ids: ['a', 'b'] },
    tookMs: 90 * 60_000,
    steps: [
      { path: 'payment.settled#1', kind: 'event', state: 'succeeded', awaits: { event: { id: 'a' } } },
      {
        path: 'payment.settled#2',
        kind: 'event',
        state: 'succeeded',
        awaits: { match: { 'data.order': '17' } },
      },
    ],
  });
});

test('fails with `event_timeout`, or goes on, when none comes in time', async () => {
  const none = await simulate(paid, { input: { order: '17' }, events: [payment('late', { after: '3h' })] });
  expect(none).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'dependency', code: 'event_timeout', path: ['payment.settled#1'] },
    steps: [{ state: 'failed', awaits: { event: null } }],
  });
  const one = await simulate(paid, { input: { order: '17' }, events: [payment('a')] });
  expect(one).toMatchObject({ outcome: 'achieved', output: { ids: ['a'] }, tookMs: 2 * 3_600_000 });
});

test('an early event counts as long as it is kept', async () => {
  const input = { order: '17', after: '50m' };
  const kept = await simulate(paid, { input, events: [payment('a')] });
  expect(kept.output).toEqual({ ids: ['a'] });
  const old = await simulate(paid, { input: { ...input, after: '61m' }, events: [payment('a')] });
  expect(old.failure?.code).toBe('event_timeout');
});

test('an event that `waits` does not list is a fault of the code, said with what to do', async () => {
  const wrong = goal({
    ...{ name: 'wrong', outcome: 'x', owner: 'ada', team: 'shop' },
    ...{ input: z.object({}), output: z.null(), key: [] },
    criteria: { ended: () => true },
    async pursue(_, { waitFor }) {
      await waitFor(event('unlisted'));
      return null;
    },
  });
  const run = await simulate(wrong, { input: {} });
  expect(run.failure).toMatchObject({ kind: 'code', code: 'pursue_threw' });
  expect(run.failure?.message).toContain('`waits` of the goal does not list this event');
});

test('a run for which no event comes is stuck, and the problem says which', async () => {
  const forever = goal({
    ...{ name: 'forever', outcome: 'x', owner: 'ada', team: 'shop' },
    ...{ input: z.object({}), output: z.null(), key: [], waits: [event('never')] },
    criteria: { ended: () => true },
    async pursue(_, { waitFor }) {
      await waitFor(event('never'));
      return null;
    },
  });
  await expect(simulate(forever, { input: {} })).rejects.toThrow(
    "never#1, for which no event comes (events: [{ type: 'never'",
  );
});
