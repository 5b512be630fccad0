import { expect, test } from 'vitest';
import { emptyLedger, enter, type Ledger } from '../../../goals/wire/ledger.ts';
import { longestRetried } from '../../../workflows/run/outcome.ts';
import type { OpenStep } from '../../../workflows/steps/steps.ts';

function failedAt(at: string): Ledger {
  const error = {
    code: 'down',
    type: 'Error',
    message: 'down',
    fingerprint: 'f',
    class: 'transient',
  } as const;
  return enter(emptyLedger(), { ...error, at, ms: 1, server: 1, local: 1, worker: 'w' }, true);
}

const early: OpenStep = { path: 'early#1', job: 'early', since: 1 };
const late: OpenStep = { path: 'late#1', job: 'late', since: 0 };
const ledgers = {
  [early.path]: failedAt('2026-11-21T08:00:00.000Z'),
  [late.path]: failedAt('2026-11-21T08:00:01.000Z'),
};

test('of the steps that were being retried at the deadline, the one with the oldest trouble is to blame', () => {
  expect(longestRetried([late, early], ledgers)).toBe(early);
});

test('a step without errors is not to blame for a missed deadline', () => {
  expect(longestRetried([{ path: 'clean#1', job: 'clean', since: 0 }], ledgers)).toBeUndefined();
});

test('a step that succeeded while the run was being closed is not to blame: its errors were healed', () => {
  const healed: OpenStep = { ...early, hasSucceeded: true };
  expect(longestRetried([healed, late], ledgers)).toBe(late);
  expect(longestRetried([healed], ledgers)).toBeUndefined();
});
