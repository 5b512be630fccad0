import { goal, job } from 'goalkeeper';
import { fake, simulate } from 'goalkeeper/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

const Day = z.object({ day: z.iso.date() });
const loadOrders = job({ name: 'load-orders', input: Day, output: z.null() });
const loadFares = job({ name: 'load-fares', input: Day, output: z.null() });
const jobs = [fake(loadOrders, null), fake(loadFares, null)];
const input = { day: '2026-11-20' };

const dayLoaded = goal({
  ...{ name: 'day-loaded', outcome: 'The day is loaded', owner: 'ada', team: 'shop' },
  ...{ input: Day, output: z.null(), key: ['day'], jobs: [loadOrders, loadFares] },
  criteria: { 'it is loaded': () => true },
  async pursue(input, { run, patched }) {
    if (patched('fares-first')) {
      await run(loadFares, input);
      return run(loadOrders, input);
    }
    await run(loadOrders, input);
    return run(loadFares, input);
  },
});

test('a run that starts now loads the fares first', async () => {
  const { steps } = await simulate(dayLoaded, { input, jobs });
  expect(steps.map(({ path }) => path)).toEqual(['load-fares#1', 'load-orders#1']);
});

test('a run that was open before goes on by the old way', async () => {
  const { steps } = await simulate(dayLoaded, { input, jobs, unpatched: ['fares-first'] });
  expect(steps.map(({ path }) => path)).toEqual(['load-orders#1', 'load-fares#1']);
});

test('the old way of a patch that no run comes to is refused, by name', async () => {
  const missed = simulate(dayLoaded, { input, jobs, unpatched: ['fare-first'] });
  await expect(missed).rejects.toMatchObject({
    code: 'options_invalid',
    message:
      "unpatched has 'fare-first', and the run came to no patched('fare-first'); it came to 'fares-first'",
  });
});

test.each(['Fares First', '', 'gk-stored:x'])('%j is not the name of a patch', async (name) => {
  const declared = {
    ...{ name: 'named', outcome: 'It is named', owner: 'ada', team: 'shop', input: Day, output: z.null() },
    ...{ key: [], jobs: [], criteria: { 'it is named': () => true } },
  };
  const asking = [
    goal({ ...declared, pursue: async (_, { patched }) => (patched(name) ? null : null) }),
    goal({ ...declared, pursue: async (_, { deprecatePatch }) => deprecatePatch(name) ?? null }),
  ];
  for (const one of asking) {
    const { failure } = await simulate(one, { input });
    expect(failure).toMatchObject({ kind: 'code' });
    expect(failure?.message).toContain(`${JSON.stringify(name)} cannot be the name of a patch`);
  }
});
