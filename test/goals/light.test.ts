import { expect, test } from 'vitest';
import {
  type EndedAsk,
  identityDigest,
  indexedUpdate,
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

test('light.2: an index has all keys of its updates, and what each request got', () => {
  const execution = 'other.1.abcdef012345.4';
  const ask = (key: string, identity?: string) => ({ key, input: { key }, ...(identity && { identity }) });
  const ended: EndedAsk[] = [
    { ask: ask('a', 'its'), end: 'a', answer: undefined },
    { ask: ask('b'), end: 'o', answer: undefined },
    { ask: ask('c', 'again'), end: '-', answer: { end: 'same', how: 'joined', execution } },
    { ask: ask('d', 'no'), end: '-', answer: { end: 'refused', code: 'goal_paused', message: '' } },
    { ask: ask('e', 'lost'), end: '-', answer: undefined },
  ];
  const at = 1700000000000;
  const known = new Map(keysIn({ n: 1, host: 'host' }, [indexedUpdate('abcdef012345', at, ended)]));
  const first = {
    end: 'a',
    input: inputDigest({ key: 'a' }).slice(0, 8),
    execution: 'host.1.abcdef012345.0',
    at,
  };
  expect(Object.fromEntries(known)).toEqual({
    [lightDigest('a')]: first,
    [identityDigest('its')]: first,
    [lightDigest('b')]: {
      ...{ end: 'o', input: inputDigest({ key: 'b' }).slice(0, 8), execution: 'host.1.abcdef012345.1', at },
    },
    [identityDigest('again')]: { end: 'a', input: '', execution, how: 'joined', at },
  });
});
