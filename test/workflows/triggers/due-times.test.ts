// Whether a trigger that begins late is for its own time only.

import { expect, test } from 'vitest';
import { dueAlone } from '../../../workflows/triggers/due-times.ts';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 10, 20);
const terms = { overlap: 'skip', catchUp: 'last', withinMs: 24 * HOUR } as const;
const late = (ms: number, waitedMs = 0) => ({ nominal: now - ms - waitedMs, startedAt: now - ms, now });

test.each([
  ['one that is on time is', terms, late(0), true],
  ['one that is late by little is', terms, late(5000), true],
  ['one that is late by more asks what came since', terms, late(5001), null],
  [
    'one that waited for its turn is',
    { ...terms, overlap: 'bufferAll', catchUp: 'all' },
    late(0, HOUR),
    true,
  ],
  // An outage of all workers: what came since has triggers of its own.
  [
    'one that has its turn after an outage is',
    { ...terms, overlap: 'bufferAll', catchUp: 'all' },
    late(HOUR),
    true,
  ],
  ['one without a catch-up is let pass after a minute', { ...terms, catchUp: 'none' }, late(60_001), false],
  ['one without a catch-up is, within a minute', { ...terms, catchUp: 'none' }, late(60_000), true],
  [
    'one that waited for its turn without a catch-up is',
    { ...terms, overlap: 'bufferAll', catchUp: 'none' },
    late(0, HOUR),
    true,
  ],
  ['one beside others is', { ...terms, overlap: 'allowAll', catchUp: 'all' }, late(24 * HOUR), true],
  [
    'one beside others is let pass later',
    { ...terms, overlap: 'allowAll', catchUp: 'all' },
    late(25 * HOUR),
    false,
  ],
] as const)('%s', (_, terms, times, expected) => {
  expect(dueAlone(terms, times)).toBe(expected);
});
