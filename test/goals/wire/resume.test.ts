import { expect, test } from 'vitest';
import { keptPageSchema, withSupplied } from '../../../goals/wire/resume.ts';

const kept = (n: number) => ({ n, job: 'load', input: 'x', from: 'before', output: n });

test('a supplied result takes the place of the one that was there, and the others keep theirs', () => {
  const supply = [
    { n: 3, step: 'load#4', job: 'load', input: 'x', output: 'by hand' },
    { n: 1, step: 'load#2', job: 'load', input: 'x', output: 'too' },
  ];
  expect(withSupplied([kept(0), kept(1), kept(2), kept(4)], supply, 'now')).toEqual([
    kept(0),
    { n: 1, job: 'load', input: 'x', from: 'now', output: 'too' },
    kept(2),
    { n: 3, job: 'load', input: 'x', from: 'now', output: 'by hand' },
    kept(4),
  ]);
});

test('a job that returns nothing has a result all the same', () => {
  const page = { results: [{ n: 0, job: 'load', input: 'x', from: 'before' }], next: null };
  expect(keptPageSchema.parse(page)).toEqual(page);
});
