import { describe, expect, test } from 'vitest';
import { temporalPriority } from '../../../goals/wire/priority.ts';

describe("what Temporal is told of a run's priority", () => {
  test.each([
    [null, null, undefined],
    [1, null, { priorityKey: 1 }],
    [null, { key: 'reports' }, { fairnessKey: 'reports' }],
    [5, { path: 'customer.id' }, { priorityKey: 5, fairnessKey: '7' }],
    [null, { path: 'nothing.there' }, undefined],
  ] as const)('of %j and %j is %j', (priority, fairness, told) => {
    expect(temporalPriority(priority, fairness, { customer: { id: 7 } })).toEqual(told);
  });

  test('never has a fairness key over 64 bytes, and another for each value', () => {
    const keys = ['x'.repeat(64), 'x'.repeat(65), 'x'.repeat(66), '日'.repeat(21), '日'.repeat(22)].map(
      (path) => temporalPriority(null, { path: 'path' }, { path })?.fairnessKey ?? '',
    );
    for (const key of keys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(64);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
