// Which outcomes a run used, and what it keeps when those are in doubt: told by a recorded history of a run that joined an achieved one.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, test } from 'vitest';
import { inOrder } from '../../gateway/recoveries/retracted-runs.ts';
import { firstUse } from '../../views/doubts.ts';
import { knownSteps } from '../../views/known-steps.ts';
import { redoneFrom } from '../../views/redone.ts';
import { usesIn } from '../../views/used-outcomes.ts';

const folder = new URL('../histories/0.1.11-retraction/', import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(fileURLToPath(new URL(name, folder)), 'utf8'));
const events = historyFromJSON(read('achieved-by-joining.history.json')).events ?? [];
const { run } = read('achieved-by-joining.view.json');
const [use] = usesIn(events);
const used = { run: 'control-read:1', execution: use?.execution ?? '' };

test('a run that joined an achieved one used that very execution', () => {
  expect(usesIn(events)).toMatchObject([{ run: 'control-read:1', through: 'achieve' }]);
  expect(use?.execution).toMatch(/^[0-9a-f-]{36}$/);
});

test('where a history does not name the execution, the time decides', () => {
  const older = [{ run: 'a:1', execution: null, through: 'achieve' as const, at: 100_000, event: 7 }];
  const span = { run: 'a:1', execution: 'e', path: [] };
  expect(firstUse(older, [{ ...span, from: 50_000, until: null }])).not.toBeNull();
  expect(firstUse(older, [{ ...span, from: 50_000, until: 95_000 }])).not.toBeNull();
  expect(firstUse(older, [{ ...span, from: 50_000, until: 80_000 }])).toBeNull();
  expect(firstUse(older, [{ ...span, from: 120_000, until: null }])).toBeNull();
  expect(firstUse(older, [{ ...span, run: 'a:2', from: 0, until: null }])).toBeNull();
});

test('what began before the outcome in doubt was there is kept, and the rest runs again', async () => {
  const known = await knownSteps(run.execution, async () => events);
  const kept = (how: 'resume' | 'repeat' | 'scratch', doubted = [used]) =>
    redoneFrom({ how, doubted }, events, known);
  expect(kept('repeat')).toEqual({ seed: true, exclude: ['read-control#2'] });
  expect(kept('resume')).toEqual({ seed: true, exclude: [] });
  expect(kept('scratch')).toEqual({ seed: false, exclude: [] });
  // Nothing tells from where on.
  expect(kept('repeat', [{ ...used, execution: 'another' }])).toEqual({ seed: false, exclude: [] });
});

test('each run comes after all that it used, whatever the order in which they were found', () => {
  const of = (n: number, ...doubted: number[]) => ({
    ...{ run: `g:${n}`, execution: `e${n}`, how: 'repeat' as const },
    doubted: doubted.map((one) => ({ run: `g:${one}`, execution: `e${one}` })),
  });
  const ordered = inOrder([of(3, 1, 2), of(2, 1), of(1, 0), of(4, 3)]);
  expect(ordered.map(({ run: id, after }) => [id, after])).toEqual([
    ['g:1', undefined],
    ['g:2', [0]],
    ['g:3', [0, 1]],
    ['g:4', [2]],
  ]);
});
