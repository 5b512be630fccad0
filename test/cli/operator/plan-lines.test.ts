// How the plans of recoveries and retractions are written: the first of their runs, or all where that is asked for.

import { expect, test } from 'vitest';
import { recoveryPlanLines, SHOWN } from '../../../cli/operator/recoveries.ts';
import { doubtLines } from '../../../cli/operator/retractions.ts';
import type { RecoveryPlan } from '../../../goals/wire/answers.ts';
import type { Doubt } from '../../../goals/wire/retraction.ts';

const TOTAL = 1_000;
const ids = Array.from({ length: TOTAL }, (_, n) => `sales:${n}`);
const plan: RecoveryPlan = {
  of: { kind: 'retraction', retraction: 'gk-retraction:1' },
  ...{ total: TOTAL, kept: 0, again: TOTAL, repeats: 0, codeChanged: 0, left: 0 },
  goals: [{ goal: 'sales', runs: TOTAL }],
  items: ids.map((run) => ({
    ...{ run, execution: run, how: 'repeat', kept: 0, again: 1, repeats: 0, codeChanged: false, after: [] },
  })),
  ...{ achieved: { total: 0, runs: [] }, open: { total: 0, runs: [] } },
};
const doubts = ids.map(
  (run): Doubt => ({
    ...{ run, execution: run, goal: 'sales', team: null, owner: null, state: 'achieved', through: 'achieve' },
    ...{ of: { run: 'control:1', execution: 'c' }, path: ['control:1', run] },
  }),
);

const textOf = (lines: readonly unknown[]): string => lines.map((line) => JSON.stringify(line)).join('\n');
const listed = (lines: readonly unknown[]): number => textOf(lines).match(/ {2}sales:\d+/g)?.length ?? 0;

test('a plan lists its first runs and says how many more there are, or lists all', () => {
  const short = recoveryPlanLines(plan);
  expect(listed(short)).toBe(SHOWN);
  expect(textOf(short)).toContain(`… and ${TOTAL - SHOWN} more (--all lists them)`);
  const all = recoveryPlanLines(plan, plan.items.length);
  expect(listed(all)).toBe(TOTAL);
  expect(textOf(all)).not.toContain('more');
});

test('so does what would be in doubt, which counts those of other teams, too', () => {
  expect(listed(doubtLines(doubts, TOTAL))).toBe(SHOWN);
  expect(textOf(doubtLines(doubts, TOTAL))).toContain(`… and ${TOTAL - SHOWN} more`);
  expect(listed(doubtLines(doubts, TOTAL, TOTAL))).toBe(TOTAL);
  expect(textOf(doubtLines(doubts, TOTAL, TOTAL))).not.toContain('more');
  expect(textOf(doubtLines(doubts.slice(0, 3), 5))).toContain('… and 2 more');
});
