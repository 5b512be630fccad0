import { expect, test } from 'vitest';
import { z } from 'zod';
import { goal } from '../../../goals/index.ts';
import { standingInput } from '../../../workflows/triggers/standing-input.ts';

const now = Date.parse('2026-11-20T05:00:00Z');

function lookedFor(give: (at: Date) => unknown, asked: string | null = null) {
  const held = goal({
    ...{ name: 'held', outcome: 'It is', owner: 'us', team: 'us', key: ['day'] },
    input: z.object({ day: z.any() }),
    output: z.any(),
    criteria: { held: () => true },
    standing: { fresh: '1d', input: give as () => { day: string } },
    pursue: async () => 1,
  });
  return standingInput(held, { now, freshMs: 86_400_000, asked });
}

test('a standing outcome is looked for by the keys of the time that it holds, and that of the last run', () => {
  const dayOf = (at: Date) => ({ day: at.toISOString().slice(0, 10) });
  expect(lookedFor(dayOf, 'held:2026-01-01')).toEqual({
    ids: ['held:2026-11-20', 'held:2026-11-19', 'held:2026-01-01'],
    made: { input: { day: '2026-11-20' } },
  });
});

test.each<[give: () => unknown, said: string]>([
  [() => ({ day: Number.NaN }), 'day is NaN, which JSON cannot carry'],
  [() => ({ day: 'x', more: [1n] }), 'more[0] is a bigint'],
  [() => ({ day: 'x', more: new Map() }), 'more is a Map'],
  [() => JSON.parse('{'), 'JSON'],
  [
    () => {
      throw new Error('no such day');
    },
    'no such day',
  ],
  [
    () => {
      throw undefined;
    },
    'undefined',
  ],
])('where its function gives what JSON cannot carry, or throws, nothing is pursued with it', (give, said) => {
  expect(lookedFor(give).made).toEqual({ problem: expect.stringContaining(said) });
});

test('a worker that does not know the goal says so', () => {
  const { made } = standingInput(undefined, { now, freshMs: 1000, asked: null });
  expect(made).toEqual({ problem: 'this worker knows no goal of that name with a standing outcome' });
});
