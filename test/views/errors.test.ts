import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../goals/wire/failure.ts';
import { fingerprint } from '../../goals/wire/fingerprint.ts';
import { type AttemptError, emptyLedger, enter, type Ledger } from '../../goals/wire/ledger.ts';
import { dispositions, type Step } from '../../goals/wire/run-view.ts';
import { countErrors, countsByStep, errorsOf } from '../../views/errors.ts';
import { newStep, type StepState } from '../../views/step-state.ts';

const OPEN = { closed: false, failure: null };
const ACHIEVED = { closed: true, failure: null };
const failedAt = (...path: string[]) => {
  const failure: Failure = { kind: 'job', code: 'x', message: 'x', path, cause: null };
  return { closed: true, failure };
};

const entry = (n: number, changes: Partial<AttemptError> = {}): AttemptError => ({
  n,
  server: n,
  local: 1,
  at: new Date(Date.UTC(2026, 10, 20) + n * 1000).toISOString(),
  ms: 12,
  type: 'Error',
  code: 'ECONNRESET',
  message: `no ${n}`,
  fingerprint: fingerprint('Error', 'no'),
  class: 'transient',
  worker: '1@host',
  ...changes,
});

const ledgerOf = (entries: readonly AttemptError[]): Ledger =>
  entries.reduce((ledger, { n: _, ...next }) => enter(ledger, next, false), emptyLedger());

/** A step of a job with so many errors. */
const step = (
  path: string,
  state: Step['state'],
  count: number,
  changes: Partial<Omit<StepState, 'step'>> = {},
): StepState => {
  const begun = newStep(path, 'job', path.replace(/#.*/, ''), '2026-11-20T00:00:00.000Z');
  return {
    ...begun,
    step: { ...begun.step, state },
    ledger: ledgerOf(Array.from({ length: count }, (_, i) => entry(i + 1))),
    ...changes,
  };
};

const everywhere = (): boolean => true;
const none = { pending: 0, recovered: 0, handled: 0, fatal: 0 };

describe('the disposition of errors', () => {
  const dispositionsOf = (...[steps, end]: Parameters<typeof errorsOf>) => [
    ...new Set(errorsOf(steps, end).errors.map(({ disposition }) => disposition)),
  ];

  test.each([OPEN, ACHIEVED, failedAt('other#1'), failedAt()])(
    'is recovered where the step succeeded, however the run stands: %j',
    (end) => {
      expect(dispositionsOf([step('load#1', 'succeeded', 2)], end)).toEqual(['recovered']);
    },
  );

  test.each(['waiting', 'running'] as const)('is pending while the step is %s', (state) => {
    expect(dispositionsOf([step('load#1', state, 2)], OPEN)).toEqual(['pending']);
  });

  test.each(['failed', 'cancelled'] as const)(
    'is handled where the step %s, and the run went on or was achieved',
    (state) => {
      expect(dispositionsOf([step('load#1', state, 2)], OPEN)).toEqual(['handled']);
      expect(dispositionsOf([step('load#1', state, 2)], ACHIEVED)).toEqual(['handled']);
    },
  );

  test('says of a cancelled run what the cancellation cut off, and not what the goal had coped with before', () => {
    const steps = [
      step('load#1', 'cancelled', 20),
      step('load#2', 'failed', 1),
      step('load#3', 'succeeded', 1),
    ];
    const told = errorsOf(steps, { closed: true, cancelled: true, failure: null });
    const cut = told.errors.filter(({ cutOff }) => cutOff).map(({ step: path }) => path);
    expect(new Set(cut)).toEqual(new Set(['load#1']));
    expect(told.omitted).toMatchObject([{ step: 'load#1', cutOff: true }]);
    expect(countErrors(told, everywhere)).toEqual({
      pending: 0,
      recovered: 1,
      handled: 21,
      fatal: 0,
      cutOff: 20,
    });
    expect(countsByStep(told).get('load#2')).toEqual({ ...none, handled: 1 });
    expect(errorsOf(steps, ACHIEVED).errors.some(({ cutOff }) => cutOff)).toBe(false);
  });

  test('is fatal where the failure of the run lies in that step, and handled in the others that failed', () => {
    const steps = [
      step('load#1', 'failed', 1),
      step('load#2', 'failed', 1),
      step('load#3', 'abandoned', 1),
      step('load#4', 'cancelled', 1),
    ];
    const { errors } = errorsOf(steps, failedAt('load#2'));
    expect(Object.fromEntries(errors.map(({ step, disposition }) => [step, disposition]))).toEqual({
      'load#1': 'handled',
      'load#2': 'fatal',
      'load#3': 'handled',
      'load#4': 'handled',
    });
  });

  test('is fatal in the step that a deadline cut off, also when it was torn down', () => {
    expect(dispositionsOf([step('load#1', 'abandoned', 3)], failedAt('load#1'))).toEqual(['fatal']);
    expect(dispositionsOf([step('load#1', 'cancelled', 3)], failedAt('load#1'))).toEqual(['fatal']);
  });

  test('is never pending in a run that is closed', () => {
    for (const state of ['waiting', 'running', 'abandoned'] as const)
      expect(dispositionsOf([step('load#1', state, 1)], ACHIEVED)).toEqual(['handled']);
  });

  test('is judged by the first step of the failure, not by where it lies in a run below', () => {
    const steps = [step('needed#1', 'failed', 1), step('load#3', 'failed', 1)];
    const { errors } = errorsOf(steps, failedAt('needed#1', 'load#3'));
    expect(errors.map(({ step, disposition }) => [step, disposition]).sort()).toEqual([
      ['load#3', 'handled'],
      ['needed#1', 'fatal'],
    ]);
  });
});

describe('the errors of a run', () => {
  test('are told raw, each with its step, job and attempt', () => {
    const ledger = ledgerOf([entry(1), entry(2, { stack: 'at there' })]);
    const told = errorsOf([step('load-day#3', 'succeeded', 0, { ledger })], OPEN);
    expect(told.omitted).toEqual([]);
    expect(told.errors).toEqual([
      expect.objectContaining({ id: 'load-day#3@1', attempt: 1, stack: null }),
      {
        id: 'load-day#3@2',
        step: 'load-day#3',
        job: 'load-day',
        attempt: 2,
        at: entry(2).at,
        ms: 12,
        type: 'Error',
        code: 'ECONNRESET',
        message: 'no 2',
        fingerprint: entry(2).fingerprint,
        disposition: 'recovered',
        class: 'transient',
        worker: '1@host',
        stack: 'at there',
      },
    ]);
  });

  test('are none where nothing failed', () => {
    expect(errorsOf([], OPEN)).toEqual({ errors: [], omitted: [], hourly: [] });
    expect(errorsOf([step('load#1', 'running', 0)], OPEN)).toEqual({ errors: [], omitted: [], hourly: [] });
  });

  test('come in the order of time, over all steps', () => {
    const at = (n: number): Partial<AttemptError> => ({ at: entry(n).at });
    const one = step('b#1', 'running', 0, { ledger: ledgerOf([entry(1, at(1)), entry(2, at(4))]) });
    const two = step('a#1', 'running', 0, { ledger: ledgerOf([entry(1, at(2)), entry(2, at(3))]) });
    expect(errorsOf([one, two], OPEN).errors.map(({ id }) => id)).toEqual([
      'b#1@1',
      'a#1@1',
      'a#1@2',
      'b#1@2',
    ]);
  });

  test('of the same moment come in the order of their attempts, also beyond the ninth', () => {
    const same = { at: entry(1).at };
    const ledger = ledgerOf(Array.from({ length: 12 }, (_, i) => entry(i + 1, same)));
    const { errors } = errorsOf([step('load#1', 'running', 0, { ledger })], OPEN);
    expect(errors.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 8, 9, 10, 11, 12]);
  });

  test('include what Temporal itself said of the end of a step', () => {
    const plain = entry(3, { code: 'engine_failed', type: 'TimeoutFailure' });
    const told = errorsOf([step('load#1', 'failed', 2, { plain })], failedAt('load#1'));
    expect(told.errors.map(({ id, code, disposition }) => [id, code, disposition])).toEqual([
      ['load#1@1', 'ECONNRESET', 'fatal'],
      ['load#1@2', 'ECONNRESET', 'fatal'],
      ['load#1@3', 'engine_failed', 'fatal'],
    ]);
    expect(countErrors(told, everywhere)).toEqual({ ...none, fatal: 3 });
  });
});

describe('what a bounded ledger left out', () => {
  test('is told per fingerprint, with how many', () => {
    const told = errorsOf([step('load#1', 'running', 100)], OPEN);
    expect(told.errors).toHaveLength(8);
    expect(told.omitted).toMatchObject([
      {
        step: 'load#1',
        fingerprint: entry(1).fingerprint,
        type: 'Error',
        code: 'ECONNRESET',
        message: 'no 1',
        disposition: 'pending',
        count: 92,
      },
    ]);
  });

  test('is told of each fingerprint on its own, and not of those whose entries are all there', () => {
    const other = fingerprint('Error', 'other');
    const entries = Array.from({ length: 20 }, (_, i) =>
      entry(i + 1, i === 5 || i === 19 ? { fingerprint: other, message: 'other', code: 'o' } : {}),
    );
    const { omitted } = errorsOf([step('load#1', 'running', 0, { ledger: ledgerOf(entries) })], OPEN);
    expect(omitted.map(({ code, count }) => [code, count])).toEqual([
      ['ECONNRESET', 11],
      ['o', 1],
    ]);
  });

  test('is told of those beyond the bound of fingerprints together', () => {
    const entries = Array.from({ length: 40 }, (_, i) =>
      entry(i + 1, { fingerprint: fingerprint('Error', 'x'.repeat(i + 1)) }),
    );
    const told = errorsOf([step('load#1', 'succeeded', 0, { ledger: ledgerOf(entries) })], OPEN);
    // Twelve have a tally of their own, three of which are kept; of the 28 others the last five are.
    expect(told.omitted).toHaveLength(10);
    expect(told.omitted.find((omitted) => omitted.fingerprint === 'other')?.count).toBe(23);
    expect(countErrors(told, everywhere)).toEqual({ ...none, recovered: 40 });
  });
});

describe('counts', () => {
  test('are of the steps that are asked for', () => {
    const told = errorsOf([step('a#1', 'succeeded', 30), step('b#1', 'failed', 2)], failedAt('b#1'));
    expect(countErrors(told, (path) => path === 'a#1')).toEqual({ ...none, recovered: 30 });
    expect(countErrors(told, (path) => path === 'b#1')).toEqual({ ...none, fatal: 2 });
    expect(countErrors(told, () => false)).toEqual(none);
  });

  test('add up to the totals of all ledgers, whatever the steps went through and however the run stands', () => {
    const kind = fc.nat(20).map((n) => fingerprint('Error', 'x'.repeat(n + 1)));
    const anyStep = fc.record({
      state: fc.constantFrom(
        ...(['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'abandoned'] as const),
      ),
      kinds: fc.array(kind, { maxLength: 40 }),
      plain: fc.boolean(),
    });
    const anyRun = fc.record({
      steps: fc.array(anyStep, { maxLength: 6 }),
      closed: fc.boolean(),
      failedIn: fc.option(fc.nat(6)),
    });
    fc.assert(
      fc.property(anyRun, ({ steps: given, closed, failedIn }) => {
        const steps = given.map(({ state, kinds, plain }, i) =>
          step(`s#${i}`, state, 0, {
            ledger: ledgerOf(kinds.map((kind, n) => entry(n + 1, { fingerprint: kind }))),
            plain: plain ? entry(kinds.length + 1) : null,
          }),
        );
        const end = failedIn === null ? { closed, failure: null } : failedAt(`s#${failedIn}`);
        const told = errorsOf(steps, end);
        const totalOf = ({ ledger, plain }: StepState): number => ledger.total + (plain === null ? 0 : 1);

        const counts = countErrors(told, everywhere);
        expect(dispositions.reduce((sum, name) => sum + counts[name], 0)).toBe(
          steps.reduce((sum, one) => sum + totalOf(one), 0),
        );
        for (const one of steps) {
          const own = countErrors(told, (path) => path === one.step.path);
          // All errors of a step share their fate.
          const total = totalOf(one);
          expect(Object.values(own).filter((count) => count !== undefined && count > 0)).toEqual(
            total === 0 ? [] : [total],
          );
          if (end.closed) expect(own.pending).toBe(0);
        }
        expect(new Set(told.errors.map(({ id }) => id)).size).toBe(told.errors.length);
        for (const { count } of told.omitted) expect(count).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});
