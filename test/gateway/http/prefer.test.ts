import { expect, test } from 'vitest';
import { preferredWait } from '../../../gateway/http/prefer.ts';

test.each([
  ['wait=10', 10],
  ['wait=0', 0],
  ['Wait = "7"', 7],
  ['respond-async, wait=5; x=y', 5],
  ['wait=61', 60],
  ['wait=999999999', 60],
  ['wait=1, wait=2', 1],
])('%s asks to wait %i seconds', (header, seconds) => {
  expect(preferredWait(header)).toBe(seconds);
});

test.each([
  undefined,
  '',
  'wait',
  'wait=',
  'wait=-1',
  'wait=1.5',
  'wait=1e3',
  'await=3',
  `${' '.repeat(10_000)}wait=3`,
])('%j asks for no wait', (header) => {
  expect(preferredWait(header)).toBeNull();
});
