import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Run, RunError, Step } from '../../goals/wire/run-view.ts';
import { inTime } from '../../views/in-time.ts';

const START = Date.parse('2026-11-20T05:00:00Z');
const iso = (minute: number): string => new Date(START + minute * 60_000).toISOString();
const minutes = (n: number): number => START + n * 60_000;

interface Given {
  deadline?: number;
  expected?: number;
  usual?: number;
  closed?: number;
  outcome?: Run['outcome'];
  steps?: {
    from: number;
    to?: number;
    next?: number;
    state?: Step['state'];
    errors?: number[];
    asked?: boolean;
  }[];
}

/** In minutes since the start. */
function at(now: number, { deadline, expected, usual, closed, outcome = null, steps = [] }: Given) {
  const told = steps.map(({ from, to, next, state = 'running', asked }, i) => ({
    path: `s#${i}`,
    ...(asked ? { asked: {} } : {}),
    startedAt: iso(from),
    closedAt: to === undefined ? null : iso(to),
    nextAttemptAt: next === undefined ? null : iso(next),
    state: to === undefined ? state : 'succeeded',
  }));
  const errors = steps.flatMap(({ errors = [] }, i) => errors.map((at) => ({ step: `s#${i}`, at: iso(at) })));
  return inTime(
    {
      state: closed === undefined ? 'pursuing' : 'closed',
      outcome,
      startedAt: iso(0),
      closedAt: closed === undefined ? null : iso(closed),
      deadline: deadline === undefined ? null : iso(deadline),
      expected: expected === undefined ? null : iso(expected),
      usualMs: usual === undefined ? null : usual * 60_000,
      steps: told as Step[],
    },
    errors as RunError[],
    minutes(now),
  );
}

describe('atRisk', () => {
  test('never without a deadline, and never of a closed run', () => {
    const stuck = { usual: 50, steps: [{ from: 0, next: 500, state: 'waiting' as const, errors: [1] }] };
    expect(at(10, stuck).atRisk).toBe(false);
    expect(at(100, { ...stuck, deadline: 60, closed: 60, outcome: 'failed' }).atRisk).toBe(false);
  });

  test('says when it can be reached at the earliest, in whole minutes, and nothing while it is not at risk', () => {
    const waits = (next: number) => [{ from: 0, next, state: 'waiting' as const, errors: [1] }];
    expect(at(10, { deadline: 60, steps: waits(61) }).earliestEnd).toBe(iso(61));
    expect(at(10, { deadline: 60, steps: waits(60.2) }).earliestEnd).toBe(iso(61));
    expect(at(10, { deadline: 60, usual: 30, steps: waits(45) }).earliestEnd).toBe(iso(75));
    for (const calm of [{ deadline: 62, steps: waits(61) }, { steps: waits(61) }])
      expect(at(10, calm)).not.toHaveProperty('earliestEnd');
    expect(at(100, { deadline: 60, closed: 60, outcome: 'failed' })).not.toHaveProperty('earliestEnd');
  });

  test('when the next retry would come after the deadline, or the deadline has passed', () => {
    const steps = [{ from: 0, next: 61, state: 'waiting' as const, errors: [1] }];
    expect(at(10, { deadline: 60, steps }).atRisk).toBe(true);
    expect(at(10, { deadline: 62, steps }).atRisk).toBe(false);
    expect(at(61, { deadline: 60 }).atRisk).toBe(true);
  });

  test('when what is left after a person was waited for would pass the deadline', () => {
    const waited = (to?: number) => [{ from: 1, ...(to === undefined ? {} : { to }), asked: true }];
    expect(at(30, { deadline: 60, usual: 50, steps: waited(5) }).atRisk).toBe(false);
    expect(at(30, { deadline: 60, usual: 50, steps: waited(25) }).atRisk).toBe(true);
    expect(at(30, { deadline: 60, usual: 50, steps: waited() }).atRisk).toBe(true);
  });

  test('not while a run does what it always does, however close the deadline', () => {
    for (let now = 0; now <= 60; now += 5)
      expect(at(now, { deadline: 60, usual: 60, steps: [{ from: 0 }] }).atRisk).toBe(false);
  });

  test('once too much time is lost in a step that fails, though its next retry is at hand', () => {
    // A third of its work was done when the trouble began.
    const run = {
      deadline: 120,
      usual: 30,
      steps: [
        { from: 0, to: 10 },
        { from: 10, errors: [11, 90] },
      ],
    };
    expect(at(99, run).atRisk).toBe(false);
    expect(at(101, run).atRisk).toBe(true);
  });

  test('by what was lost in steps that have healed, too', () => {
    const steps = [{ from: 0, to: 50, errors: [1, 40] }];
    // At 50 it has done ten minutes of work.
    expect(at(50, { deadline: 69, usual: 30, steps }).atRisk).toBe(true);
    expect(at(50, { deadline: 71, usual: 30, steps }).atRisk).toBe(false);
  });

  test('by the time in which no worker takes a step', () => {
    const waiting = { deadline: 60, usual: 40, steps: [{ from: 0, state: 'waiting' as const }] };
    expect(at(19, waiting).atRisk).toBe(false);
    expect(at(21, waiting).atRisk).toBe(true);
  });

  test('counts an hour that two steps lost together once', () => {
    const steps = [
      { from: 0, errors: [1] },
      { from: 0, errors: [1] },
    ];
    expect(at(30, { deadline: 70, usual: 40, steps }).atRisk).toBe(false);
  });

  test('once at risk, a run that stays stuck stays so', () => {
    const minute = fc.nat(200);
    fc.assert(
      fc.property(minute, minute, minute, minute, (from, now, later, usual) => {
        const run = { deadline: 120, usual, steps: [{ from, errors: [from] }] };
        const [a, b] = [from + now, from + now + later];
        if (at(a, run).atRisk) expect(at(b, run).atRisk).toBe(true);
      }),
    );
  });
});

describe('late', () => {
  test('when it was achieved, or is open, past the time at which it was expected', () => {
    expect(at(31, { expected: 30 }).late).toBe(true);
    expect(at(30, { expected: 30 }).late).toBe(false);
    expect(at(500, { expected: 30, closed: 29, outcome: 'achieved' }).late).toBe(false);
    expect(at(500, { expected: 30, closed: 31, outcome: 'achieved' }).late).toBe(true);
  });

  test('never when it was not achieved at all, and never when nothing was expected', () => {
    for (const outcome of ['failed', 'cancelled'] as const)
      expect(at(500, { expected: 30, closed: 31, outcome }).late).toBe(false);
    expect(at(500, {}).late).toBe(false);
  });
});
