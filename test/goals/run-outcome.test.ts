import { describe, expect, test } from 'vitest';
import { longestRetried } from '../../goals/run-outcome.ts';
import { StepFailures } from '../../goals/step-failures.ts';
import { emptyLedger, enter, type Ledger } from '../../goals/wire/ledger.ts';
import type { OpenStep } from '../../workflows/steps/open-steps.ts';

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

describe('a step that the deadline left no time', () => {
  const failures = new StepFailures(() => 'load:k');
  const error = { class: 'transient', at: '2026-11-21T08:00:00.000Z', worker: 'w', local: 1 } as const;
  const down = { ...error, code: 'down', type: 'Error', message: 'upstream is down', fingerprint: 'd' };
  const late = {
    ...error,
    code: 'timeout',
    type: 'TimeoutError',
    message: 'no result after 4 ms',
    fingerprint: 't',
  };
  const failed = enter(emptyLedger(), { ...down, ms: 9, server: 1 }, false);
  const cutShort = { ...late, ms: 4, server: 2, cutShort: true } as const;
  const givenUp = (ledger: Ledger) => failures.givenUp('load#1', 'load', { reason: 'deadline', ledger });

  test('failed for the error before the attempt that was cut short', () => {
    const ledger = enter(failed, cutShort, false);
    for (const failure of [givenUp(ledger), failures.outOfTime('load#1', 'load', ledger)])
      expect(failure).toMatchObject({
        ...{ kind: 'deadline', code: 'deadline_passed', cause: { code: 'down', attempt: 1 } },
        message:
          'the deadline cut attempt 2 of load#1 short after 4 ms; attempt 1 had failed: upstream is down',
      });
  });

  test('failed for the time that it took where nothing failed before, or the job had all the time it is given', () => {
    expect(givenUp(enter(emptyLedger(), cutShort, false)).cause).toMatchObject({
      code: 'timeout',
      attempt: 1,
    });
    const { cutShort: _, ...whole } = cutShort;
    expect(givenUp(enter(failed, whole, false))).toMatchObject({
      cause: { code: 'timeout', attempt: 2 },
      message: 'the deadline left no time for another attempt of load#1: no result after 4 ms',
    });
  });
});
