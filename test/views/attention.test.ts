import { expect, test } from 'vitest';
import type { RunRow } from '../../goals/wire/run-row.ts';
import { slips, troublesOf } from '../../views/attention.ts';

const failed: RunRow = {
  ...{ id: 'fares:1', goal: 'fares', key: '1', execution: 'e1', state: 'closed', outcome: 'failed' },
  ...{ startedAt: '2026-11-28T03:00:00Z', closedAt: '2026-11-28T03:12:00Z', deadline: null, expected: null },
  ...{ late: false, atRisk: false, owner: 'ada', team: 'shop', why: null, healed: 0 },
  ...{ struggling: null, waiting: [], accepted: null },
  failure: {
    ...{ kind: 'job', code: 'licence_expired', message: 'the licence has expired' },
    ...{ path: ['import#1'], run: 'fares:1', fingerprint: '0123456789abcdef' },
  },
};
const needing: RunRow = {
  ...failed,
  ...{ id: 'report:1', goal: 'report', execution: 'e2' },
  failure: { ...failed.failure, path: ['fares#1', 'import#1'] } as RunRow['failure'],
};
const nobody = { reachedAt: () => null, alerts: [] };

test('failed runs of one cause are one trouble, and the run in which the cause lies is named first', () => {
  const troubles = troublesOf([needing, failed], nobody);
  expect(troubles.map(({ count, runs }) => [count, runs.map(({ id }) => id)])).toEqual([
    [2, ['fares:1', 'report:1']],
  ]);
});

test('runs of which it is not known why they failed are one trouble for each goal', () => {
  const unknown = { kind: null, code: null, message: null, path: [], run: null, fingerprint: null };
  const runs = [failed, needing].map((run) => ({ ...run, failure: unknown }));
  expect(troublesOf([...runs, ...runs], nobody).map(({ count }) => count)).toEqual([2, 2]);
});

test('who accepted it, and a later run that heals any, take it away; an earlier one does not', () => {
  const accepted = { at: '2026-11-28T04:00:00Z', by: 'ada', reason: null };
  expect(troublesOf([{ ...failed, accepted }], nobody)).toEqual([]);
  const reachedAt = (at: string) => ({ ...nobody, reachedAt: () => at });
  expect(troublesOf([failed], reachedAt('2026-11-28T03:30:00Z'))).toEqual([]);
  expect(troublesOf([failed], reachedAt('2026-11-28T03:00:00Z'))).toHaveLength(1);
});

test('its alert says who is on it', () => {
  const acknowledged = { at: '2026-11-28T04:00:00Z', by: 'bob', verified: true as const, reason: null };
  const alerts = [{ id: 'a1', fingerprint: '0123456789abcdef', acknowledged }];
  expect(troublesOf([failed], { ...nobody, alerts })[0]?.alert).toEqual({ id: 'a1', acknowledged });
});

test('what slips: a run that struggles, is stuck, at risk or late', () => {
  const open: RunRow = { ...failed, state: 'pursuing', outcome: null, closedAt: null, failure: null };
  expect(slips(open)).toBe(false);
  for (const changed of [
    { state: 'struggling' },
    { state: 'stuck' },
    { atRisk: true },
    { late: true },
  ] as const)
    expect(slips({ ...open, ...changed })).toBe(true);
  // It does not know: then its state says enough.
  expect(slips({ ...open, atRisk: null })).toBe(false);
});
