import { expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { achieved, failed, foreignGoal, type Goal, goal } from '../../goals/index.ts';
import { publish } from '../../goals/publish.ts';

const contract = (name: string) => foreignGoal({ name, input: z.object({}), output: z.object({}) });

const named = (name: string, changes: Record<string, unknown> = {}): Goal =>
  goal({
    ...{ name, outcome: 'It is there', owner: 'tests', team: 'tests', key: [] as string[] },
    ...{ input: z.object({}), output: z.object({}), criteria: { there: () => true } },
    pursue: async () => ({}),
    ...changes,
  });

test('goals that need each other in a circle are refused with the way, however long it is', () => {
  const circle = [
    named('a', { needs: [contract('b')] }),
    named('b', { needs: [contract('c'), contract('elsewhere')] }),
    named('c', { needs: [contract('a')] }),
    named('beside', { needs: [contract('a')] }),
  ];
  expect(check(circle)).toEqual([
    { where: "goal 'a'", what: 'needs itself in the end: a → b → c → a; one of them must do without' },
  ]);
  expect(check([named('a', { needs: [contract('a')] })])[0]?.what).toContain('a → a');
});

test('goals that need the same, or one another twice, are no circle', () => {
  const shared = named('shared');
  const left = named('left', { needs: [shared] });
  const right = named('right', { needs: [shared] });
  expect(check([shared, left, right, named('top', { needs: [left, right, shared] })])).toEqual([]);
});

test('goals that start each other by their outcomes are refused with the way', () => {
  const circle = [named('a', { on: [achieved('b')] }), named('b', { on: [failed('a')] })];
  expect(check(circle)).toEqual([
    { where: "goal 'a'", what: 'starts itself in the end: a → b → a; one of them must do without' },
  ]);
});

test('a goal of another team is used only when that has opened it, also within one module', () => {
  const users = (changes: Record<string, unknown>) => {
    const theirs = named('theirs', { team: 'others', ...changes });
    return check([theirs, named('needy', { needs: [theirs] }), named('ear', { on: [achieved(theirs)] })]);
  };
  const what = "uses 'theirs', which the team 'others' has not opened to 'tests'; add it there to `usableBy`";
  expect(users({})).toEqual([
    { where: "goal 'needy'", what },
    { where: "goal 'ear'", what },
  ]);
  expect(users({ usableBy: ['sales'] })).toHaveLength(2);
  expect(users({ usableBy: ['sales', 'tests'] })).toEqual([]);
  expect(users({ usableBy: 'all' })).toEqual([]);
  expect(users({ usableBy: 'everybody' })[0]?.what).toContain("usableBy is neither 'all' nor a list");
});

test('a path that leads nowhere, and a standing outcome that cannot stand, are told before a run meets them', () => {
  const problems = (changes: Record<string, unknown>) => check([named('a', changes)])[0]?.what;
  expect(problems({ on: [achieved('b', { input: { day: 'outptu.day' } })] })).toContain("'outptu.day'");
  expect(problems({ standing: { fresh: 'soon', input: {} } })).toContain('standing.fresh is "soon"');
  expect(problems({ standing: { fresh: '1h', lead: '50m', input: {} } })).toContain('at most half');
  expect(problems({ standing: { fresh: '1h', input: 'eu' } })).toContain("does not fit the goal's input");
  expect(problems({ standing: { fresh: '1h', input: () => ({}) } })).toBeUndefined();
});

test('all of it is published as data; of a goal that has none of it, nothing', () => {
  const where = { taskQueue: 'q', deployment: 'd', version: 1 };
  const open = named('open', {
    ...{ usual: '5m', usableBy: ['sales'], on: [achieved('b', { input: { day: 'input.day' } })] },
    ...{ standing: { fresh: '26h', input: {} } },
  });
  expect(publish(open, where)).toMatchObject({
    usableBy: ['sales'],
    outcomes: [{ goal: 'b', on: 'achieved', input: { day: 'input.day' } }],
    standing: { freshMs: 26 * 3_600_000, leadMs: 300_000 },
  });
  const plain = publish(named('plain'), where);
  for (const field of ['usableBy', 'outcomes', 'standing']) expect(plain).not.toHaveProperty(field);
});

test('a former name is one that no other goal has or had', () => {
  const said = (...goals: Goal[]) => check(goals).map(({ what }) => what);
  expect(
    said(named('new', { formerly: ['old', 'older'] }), named('other', { formerly: ['another'] })),
  ).toEqual([]);
  expect(said(named('new', { formerly: ['other'] }), named('other'))).toEqual([
    "was called 'other' before, and another goal is called so now; rename that one",
  ]);
  const both = said(named('one', { formerly: ['old'] }), named('two', { formerly: ['old'] }));
  expect(both).toHaveLength(2);
  expect(both[0]).toContain("and 'two' says the same of itself");
  expect(said(named('new', { formerly: ['new'] }))[0]).toContain("names 'new', which it is called now");
  expect(said(named('new', { formerly: ['old', 'old'] }))[0]).toContain("names 'old' twice");
  expect(said(named('new', { formerly: ['Old'] }))[0]).toContain('which no goal can have been called');
  expect(said(named('new', { formerly: 7 }), named('other', { formerly: ['old'] }))[0]).toContain(
    'not a list',
  );
});
