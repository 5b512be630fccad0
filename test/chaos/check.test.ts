// What the chaos suite finds: each disagreement between what had to be and what was observed, and none where there is none.

import { expect, test } from 'vitest';
import { type AlertsEvidence, check, type Evidence, failuresTold, isSound } from './check.ts';
import type { Effect } from './effects.ts';
import type { ObservedRun } from './observe.ts';
import type { AlertMessage } from './outside.ts';

const id = 'chaos-plain:one';
const effect = (attempt: number, what: Effect['what'], step = 'work#1'): Effect => ({
  ...{ run: id, step, attempt, what, pid: 1, at: attempt },
});

const message = (type: string, count: number, alert = 'a1'): AlertMessage => ({
  ...{ type, alert, failures: new Map([['chaos-plain', count]]) },
});
const kept = (count: number, how: 'superseded' | 'reached' | null, id = 'a1') => ({
  id,
  kind: 'failed' as const,
  goals: [
    {
      ...{ goal: 'chaos-plain', team: 't', owner: 'o', path: [], runs: [], count },
      settled: how && { how, at: '', run: null },
    },
  ],
});

/** A run whose step failed once, was lost once with its worker, and then succeeded. */
function evidence(changes: Partial<Evidence> = {}, run: Partial<ObservedRun> = {}): Evidence {
  const observed: ObservedRun = {
    ...{
      id,
      execution: 'e1',
      outcome: 'achieved',
      code: null,
      output: { sum: 4 },
      closedBy: 'completed',
      ms: 9,
    },
    errors: { recovered: 2, handled: 0, pending: 0, fatal: 0 },
    steps: [{ path: 'work#1', state: 'succeeded', attempts: 3 }],
    ledger: [
      { step: 'work#1', attempt: 1, code: 'not_yet' },
      { step: 'work#1', attempt: 2, code: 'worker_lost' },
    ],
    omitted: [],
    ...run,
  };
  const work = { value: 4, fails: 1, ms: 0 };
  return {
    expected: [
      {
        id,
        goal: 'chaos-plain',
        ends: { outcome: 'achieved', sum: 4 },
        steps: [{ path: 'work#1', work, told: 'each' }],
      },
    ],
    observed: new Map([[id, observed]]),
    executions: new Map([[id, ['e1']]]),
    hosted: new Map([[id, { acceptedAt: 0, achieved: ['e1'] }]]),
    answered: new Map([[id, new Set(['e1'])]]),
    effects: [
      ...[effect(1, 'began'), effect(1, 'threw'), effect(2, 'began'), effect(2, 'did')],
      ...[effect(3, 'began'), effect(3, 'did')],
    ],
    ...{ asked: new Map(), refused: [], alerts: { messages: [], kept: [] } },
    ...changes,
  };
}

test('nothing is wrong with a run that failed, lost a worker and succeeded; what it did twice is counted', () => {
  const verdict = check(evidence());
  expect(verdict).toEqual({
    ...{ lost: [], doubled: [], untold: [], missing: [], wrong: [] },
    ...{ repeated: 1, recovered: 2 },
  });
  expect(isSound(verdict)).toBe(true);
});

test.each<[what: string, evidence: Evidence, where: string, said: RegExp]>([
  ['an acknowledged run is unknown', evidence({ observed: new Map() }), 'lost', /not known/],
  ['a run is still open', evidence({}, { outcome: null }), 'lost', /must be achieved/],
  [
    'a run has another outcome',
    evidence({}, { outcome: 'failed', code: 'gone' }),
    'lost',
    /is failed \(gone\)/,
  ],
  [
    'there is another execution than was acknowledged',
    evidence({ executions: new Map([[id, ['e2']]]) }),
    'lost',
    /acknowledged is not/,
  ],
  [
    "Temporal's history says otherwise",
    evidence({}, { closedBy: 'terminated' }),
    'wrong',
    /history ends with terminated/,
  ],
  [
    'an effect began before its run was in a host',
    evidence({ hosted: new Map([[id, { acceptedAt: 2, achieved: ['e1'] }]]) }),
    'wrong',
    /work#1 began at 1, before a host had its run, at 2/,
  ],
  ['the output is another', evidence({}, { output: { sum: 5 } }), 'wrong', /must have the sum 4/],
  [
    'a key has two executions',
    evidence({ executions: new Map([[id, ['e1', 'e2']]]) }),
    'doubled',
    /2 executions/,
  ],
  [
    'answers named two executions',
    evidence({ answered: new Map([[id, new Set(['e1', 'e2'])]]) }),
    'doubled',
    /answers named 2/,
  ],
  [
    'an attempt was made twice',
    evidence({ effects: [...evidence().effects, effect(3, 'began')] }),
    'doubled',
    /made an attempt twice/,
  ],
  [
    'a failed attempt is not in the ledger',
    evidence({}, { ledger: [{ step: 'work#1', attempt: 2, code: 'worker_lost' }] }),
    'untold',
    /no error tells of attempt 1/,
  ],
  [
    'the ledger tells of a failure that the job knows nothing of',
    evidence(
      {},
      {
        ledger: [
          { step: 'work#1', attempt: 1, code: 'not_yet' },
          { step: 'work#1', attempt: 2, code: 'not_yet' },
        ],
      },
    ),
    'untold',
    /attempt 2 did not throw/,
  ],
  ['a step is not told', evidence({}, { steps: [] }), 'untold', /not among the steps/],
  [
    'a success had no effect',
    evidence({ effects: evidence().effects.filter(({ what }) => what !== 'did') }),
    'missing',
    /nothing was/,
  ],
  ['a gateway refused', evidence({ refused: ['POST /events: 500'] }), 'wrong', /500/],
  [
    'somebody was told of a failure that there was not',
    evidence({ alerts: { messages: [message('goal.failed', 1)], kept: [] } }),
    'wrong',
    /tell of 1 failures of chaos-plain, and there were 0/,
  ],
])('it is found that %s', (_what, broken, where, said) => {
  const verdict = check(broken);
  expect(verdict[where as 'lost'].join('\n')).toMatch(said);
  expect(isSound(verdict)).toBe(false);
});

test.each<[what: string, alerts: AlertsEvidence, told: number]>([
  ['an alert that opened', { messages: [message('goal.failed', 2)], kept: [kept(2, null)] }, 2],
  [
    'an open alert, with what it counted since',
    { messages: [message('goal.failed', 1)], kept: [kept(3, null)] },
    3,
  ],
  [
    'one that told of all when the goal was reached, and is kept no more',
    { messages: [message('goal.failed', 1), message('goal.reached', 3)], kept: [] },
    3,
  ],
  [
    'one that was superseded, by what its successor tells',
    {
      messages: [message('goal.failed', 1), message('goal.failed', 3, 'a2')],
      kept: [kept(3, 'superseded'), kept(3, null, 'a2')],
    },
    4,
  ],
  ['no alert whose opening message never came', { messages: [], kept: [kept(2, null)] }, 0],
])('failures are told by %s', (_by, alerts, told) => {
  expect(failuresTold(alerts).get('chaos-plain') ?? 0).toBe(told);
});
