import { expect, test } from 'vitest';
import { visibilityQuery } from '../../../gateway/temporal/visibility-query.ts';
import { familyOf, successorOf } from '../../../goals/wire/former-names.ts';
import type { Publication } from '../../../goals/wire/publication.ts';

const goals = [
  { goal: 'new', formerly: ['old', 'older'] },
  { goal: 'old', retired: true },
  { goal: 'beside' },
  // It was renamed and dropped: it has taken over nothing.
  { goal: 'gone', formerly: ['was'], retired: true },
] as unknown as Publication[];

test('every name of a goal leads to all of them, and a retired one leads nowhere', () => {
  for (const name of ['new', 'old', 'older']) expect(familyOf(name, goals)).toEqual(['new', 'old', 'older']);
  for (const name of ['beside', 'unknown', 'was']) expect(familyOf(name, goals)).toEqual([name]);
  expect(successorOf('old', goals)?.goal).toBe('new');
  expect(successorOf('new', goals)).toBeUndefined();
});

test('lists by either name ask for the runs of both, of a key and of a range of keys', () => {
  const types = "WorkflowType IN ('new', 'old', 'older')";
  expect(visibilityQuery({ goal: 'old' }, goals)).toContain(types);
  expect(visibilityQuery({ goal: 'new', key: 'k' }, goals)).toContain(
    `${types} AND WorkflowId IN ('new:k', 'old:k', 'older:k')`,
  );
  expect(visibilityQuery({ goal: 'new', keyFrom: 'a', keyTo: 'b' }, goals)).toContain(
    "((WorkflowId STARTS_WITH 'new:' AND WorkflowId >= 'new:a' AND WorkflowId <= 'new:b') OR (WorkflowId STARTS_WITH 'old:'",
  );
  expect(visibilityQuery({ goal: 'beside', keyFrom: 'a' }, goals)).toContain(
    "WorkflowType IN ('beside') AND WorkflowId >= 'beside:a'",
  );
});
