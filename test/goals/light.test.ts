import { expect, test } from 'vitest';
import {
  indexedRuns,
  keysIn,
  lightDigest,
  lightExecution,
  lightHostOf,
  parseLightExecution,
} from '../../goals/wire/light.ts';
import { inputDigest } from '../../goals/wire/run-id.ts';

test('light.1: the host of a key is always the same, and keys are spread', () => {
  // What is written here stands in Temporal: another number would be another host, and a second run of a key.
  expect(['a', 'b', '2026-11-20', 'order~7'].map((key) => lightHostOf(key, 4))).toEqual([0, 1, 0, 0]);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++)
    counts[lightHostOf(`key-${i}`, 4)] = (counts[lightHostOf(`key-${i}`, 4)] ?? 0) + 1;
  for (const count of counts) expect(count).toBeGreaterThan(900);
});

test('a light execution is read back, and no execution of Temporal is taken for one', () => {
  const address = { n: 3, host: '019b0c2e-5d5e-7a31-9c7c-0a4c9d3f1e55', update: 'abcdef012345', place: 63 };
  expect(parseLightExecution(lightExecution(address))).toEqual(address);
  expect(parseLightExecution(address.host)).toBeNull();
  expect(parseLightExecution(`${address.host}.3.abcdef012345.`)).toBeNull();
});

test('an index has all keys of its updates, and the identities of their requests', () => {
  const runs = [
    { key: 'a', input: inputDigest({ key: 'a' }), end: 'a' as const },
    { key: 'b', input: inputDigest({ key: 'b' }), end: 'o' as const },
    { key: 'c', input: inputDigest({ key: 'c' }), end: '-' as const },
  ];
  const update = {
    update: 'abcdef012345',
    at: 1700000000,
    runs: indexedRuns(runs),
    requests: { 2: 'd'.repeat(32) },
  };
  const known = new Map(keysIn({ n: 1, host: 'host' }, [update]));
  expect(known.get(lightDigest('a'))).toEqual({
    end: 'a',
    input: inputDigest({ key: 'a' }).slice(0, 8),
    execution: 'host.1.abcdef012345.0',
    at: 1700000000000,
  });
  expect(known.get(lightDigest('b'))?.end).toBe('o');
  expect(known.has(lightDigest('c'))).toBe(false);
  expect(known.get('d'.repeat(32))?.execution).toBe('host.1.abcdef012345.2');
});
