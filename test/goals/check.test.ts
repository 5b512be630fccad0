import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check, describeProblems } from '../../goals/check.ts';
import type { DeclarationIssue } from '../../goals/declaration-issues.ts';
import {
  dataset,
  event,
  type Goal,
  goal,
  type Job,
  job,
  type PoolDeclaration,
  pool,
  secret,
} from '../../goals/index.ts';
import engineGoals from '../engine/goals.ts';
import { jobs as engineJobs } from '../engine/jobs.ts';

const load = job({ name: 'load', input: z.object({ day: z.string() }), output: z.object({}) });

const fine = {
  name: 'fine',
  outcome: 'It is there',
  owner: 'tests',
  team: 'tests',
  input: z.object({ day: z.string() }),
  output: z.object({ rows: z.number() }),
  key: ['day'],
  criteria: { 'rows arrived': ({ rows }: { rows: number }) => rows > 0 },
  pursue: async () => ({ rows: 1 }),
};

/** A goal that is fine but for these fields; an undefined one is left out. */
function goalWith(changes: Record<string, unknown>): Goal {
  const fields = Object.entries({ ...fine, ...changes }).filter(([, value]) => value !== undefined);
  return goal(Object.fromEntries(fields) as unknown as typeof fine);
}

function jobWith(changes: Record<string, unknown>): Job {
  const whole = { name: 'load', input: z.object({}), output: z.object({}) };
  const fields = Object.entries({ ...whole, ...changes }).filter(([, value]) => value !== undefined);
  return job(Object.fromEntries(fields) as unknown as typeof whole);
}

/** The problems of a goal that is fine but for these fields. */
const problemsWith = (changes: Record<string, unknown>): DeclarationIssue[] => check([goalWith(changes)]);
const problemsWithJob = (changes: Record<string, unknown>): DeclarationIssue[] => {
  const changed = jobWith(changes);
  return check([goalWith({ jobs: [changed] })], [changed]);
};

const inGoal = (what: string): DeclarationIssue[] => [{ where: "goal 'fine'", what }];
const inJob = (what: string): DeclarationIssue[] => [{ where: "job 'load'", what }];

describe('what is fine', () => {
  test('a whole goal with its job, its trigger and what it needs has no problem', () => {
    const needed = goalWith({ name: 'needed' });
    const needy = goalWith({
      name: 'needy',
      deadline: '2h',
      jobs: [load, jobWith({ name: 'far-away', queue: 'elsewhere' })],
      needs: [needed],
    });
    expect(check([needed, needy], [load])).toEqual([]);
  });

  test('the goals of the tests have none', () => {
    expect(
      check(
        engineGoals,
        engineJobs.map(({ job }) => job),
      ),
    ).toEqual([]);
  });

  test('a job may be bound that no goal uses, and be used by two goals', () => {
    const one = goalWith({ name: 'one', jobs: [load] });
    const two = goalWith({ name: 'two', jobs: [load] });
    expect(check([one, two], [load, jobWith({ name: 'spare' })])).toEqual([]);
  });

  test('names a job that is bound twice', () => {
    expect(check([goalWith({})], [load, load, load])).toEqual([
      { where: "job 'load'", what: 'is bound twice; keep one `bind` of it' },
    ]);
  });
});

describe('light runs', () => {
  const quick = jobWith({ name: 'send', quick: true });
  const issuesWith = (changes: Record<string, unknown>) =>
    check([goalWith({ light: true, jobs: [quick], ...changes })], [quick, load]).map(({ what }) => what);

  test('are fine with quick jobs, and with any number of hosts that there may be', () => {
    for (const light of [true, false, {}, { hosts: 1 }, { hosts: 64 }])
      expect(issuesWith({ light })).toEqual([]);
    expect(issuesWith({ fresh: '1d', deadline: '1m', tags: ['day'] })).toEqual([]);
    expect(issuesWith({ light: false, jobs: [load] })).toEqual([]);
  });

  test.each([
    [{ light: 'yes' }, 'light is "yes"; give true, or such as { hosts: 8 } with 1 to 64 hosts'],
    [{ light: { hosts: 0 } }, 'light is {"hosts":0}'],
    [{ jobs: [load] }, "is light, and its job 'load' is not quick; declare the job with `quick: true`"],
    [{ already: { job: quick } }, 'is light and already'],
    [{ personal: ['day'] }, 'is light and personal'],
    [{ formerly: ['old'] }, 'is light and formerly'],
    [{ priority: 1 }, 'is light and priority'],
    [{ fairness: { key: 'a' } }, 'is light and fairness'],
    [
      { deadline: { at: '07:00', timezone: 'Europe/Berlin', of: 'day' } },
      'is light and has its deadline by the clock',
    ],
    [{ cancelOn: event('day.voided', { match: { 'data.day': 'day' } }) }, 'is light and cancelOn'],
    [{ waits: [event('day.settled', { match: { 'data.day': 'day' } })] }, 'is light and waits for events'],
    [
      { produces: [dataset({ name: 'days', team: 'tests', description: 'Days', partition: ['day'] })] },
      'is light and produces datasets',
    ],
  ])('are refused with %j', (changes, what) => {
    expect(issuesWith(changes)).toEqual([expect.stringContaining(what)]);
  });

  test('are refused where the goal needs another', () => {
    const needed = goalWith({ name: 'needed' });
    const needy = goalWith({ light: true, needs: [needed] });
    expect(check([needed, needy])).toEqual(
      inGoal('is light and needs other goals, for which a run waits; drop `needs`, or `light`'),
    );
  });
});

describe('what orders and saves runs', () => {
  test('is fine in all its forms', () => {
    for (const changes of [
      { fresh: '1d', priority: 1, fairness: { path: 'day' } },
      { priority: 5, fairness: { key: 'reports' } },
    ])
      expect(problemsWith(changes)).toEqual([]);
    expect(check([goalWith({ already: { job: load } })], [load])).toEqual([]);
  });

  test.each([
    [{ fresh: 'soon' }, 'fresh is "soon", which is not a duration above zero'],
    [{ priority: 0 }, 'priority is 0; give 1 (first) to 5 (last)'],
    [{ priority: '1' }, 'priority is "1"; give 1 (first) to 5 (last)'],
    [{ fairness: 'day' }, 'fairness is neither a path nor a key'],
    [{ fairness: { path: 'nowhere' } }, "fairness path 'nowhere' is not in the input"],
    [{ already: {} }, 'already names no job'],
    [{ already: { job: load } }, "its job 'load' is not bound to code"],
  ])('is refused in %j', (changes, what) => {
    expect(problemsWith(changes)).toEqual([{ where: "goal 'fine'", what: expect.stringContaining(what) }]);
  });
});

describe('times and persistence', () => {
  test('are fine in their order, each by itself, and equal', () => {
    for (const times of [
      { usual: '10m', expected: '1h', deadline: '2h' },
      { usual: '1h', expected: '1h', deadline: '1h' },
      { expected: '1h' },
      { usual: '30m', deadline: '1h' },
    ])
      expect(problemsWith(times)).toEqual([]);
    for (const persists of [{}, { attempts: 1 }, { after: '90s' }, { attempts: 5, after: '1d' }])
      expect(problemsWithJob({ persists })).toEqual([]);
  });

  test.each([
    [{ expected: '3h', deadline: '2h' }, 'expected is longer than deadline'],
    [{ usual: '3h', deadline: '2h' }, 'usual is longer than deadline'],
    [{ usual: '2h', expected: '1h', deadline: '3h' }, 'usual is longer than expected'],
    [{ usual: 'long' }, 'usual is "long"'],
    [{ expected: 0 }, 'expected is 0'],
  ])('are a problem: %j', (times, what) => {
    expect(problemsWith(times)).toEqual(inGoal(expect.stringContaining(what) as never));
  });

  test.each([
    [{ attempts: 0 }, 'persists.attempts is 0'],
    [{ attempts: 1.5 }, 'persists.attempts is 1.5'],
    [{ after: 'soon' }, 'persists.after is "soon"'],
    [{ after: '0s' }, 'persists.after is "0s"'],
  ])('of a job are a problem: %j', (persists, what) => {
    expect(problemsWithJob({ persists })).toEqual(inJob(expect.stringContaining(what) as never));
  });
});

describe('pools', () => {
  const inPool = (given: PoolDeclaration) => problemsWithJob({ pool: pool(given) });

  test('are fine with one limit or both, and when many jobs name one', () => {
    expect(inPool({ name: 'db', atOnce: 4 })).toEqual([]);
    expect(inPool({ name: 'db', atOnce: 500, perSecond: 1000 })).toEqual([]);
    const jobs = ['one', 'two'].map((name) => jobWith({ name, pool: pool({ name: 'db', perSecond: 1 }) }));
    expect(check([goalWith({ jobs })], jobs)).toEqual([]);
  });

  test.each([
    [{ name: 'db' }, 'has no limit; give atOnce, perSecond or both'],
    [{ name: 'db', atOnce: 0 }, 'atOnce is 0; give a whole number, 1 to 500'],
    [{ name: 'db', atOnce: 1, perSecond: 1.5 }, 'perSecond is 1.5; give a whole number, 1 to 1000'],
    [{ name: 'My DB', atOnce: 1 }, "its name is not kebab-case; write such as 'load-day'"],
    [{ name: 'gk-db', atOnce: 1 }, "names that begin with gk- are goalkeeper's own; choose another"],
  ])('are refused: %j', (given, what) => {
    expect(inPool(given)).toEqual([{ where: `pool '${given.name}'`, what }]);
  });

  test('are refused when two of one name have other limits, and when they are none', () => {
    const jobs = [2, 3].map((atOnce) => jobWith({ name: `j${atOnce}`, pool: pool({ name: 'db', atOnce }) }));
    expect(check([goalWith({ jobs })], jobs)).toEqual([
      { where: "pool 'db'", what: 'is declared twice, with other limits; declare it once and import it' },
    ]);
    expect(problemsWithJob({ pool: 'db' })).toEqual(
      inJob("pool is not a pool; make it with `pool({ name: 'warehouse', atOnce: 4 })`"),
    );
  });

  test('take as many attempts as a history has room for', () => {
    expect(problemsWithJob({ pool: pool({ name: 'db', atOnce: 1 }), retry: { attempts: 1001 } })).toEqual(
      inJob("retry.attempts is 1001; with a pool each attempt is in the run's history, so give 1000 at most"),
    );
  });
});

describe('scale', () => {
  test.each([
    { by: 'bytes', per: 64_000_000 },
    { by: 'rows', per: 1 },
  ])('is a size of pieces, in bytes or rows: %j', (scale) => {
    expect(problemsWithJob({ scale })).toEqual([]);
  });

  test.each([
    [{ by: 'files', per: 1 }],
    [{ by: 'rows', per: 0 }],
    [{ by: 'rows', per: 0.5 }],
    [{ by: 'bytes' }],
    [{ per: 100 }],
    ['100 rows'],
    [100],
    [null],
  ])('of a job is refused that is none: %j', (scale) => {
    expect(problemsWithJob({ scale })).toEqual(
      inJob(
        `scale is ${JSON.stringify(scale)}, which is not the size of a piece; write such as { by: 'bytes', per: 64_000_000 }, or by: 'rows'`,
      ),
    );
  });
});

describe('quick and inline jobs', () => {
  test('are refused where each attempt is an activity of its own, and where they contradict themselves', () => {
    expect(problemsWithJob({ quick: true, pool: pool({ name: 'db', atOnce: 1 }) })).toEqual(
      inJob('is quick and has a pool; there each attempt is an activity of its own, so drop one of the two'),
    );
    expect(problemsWithJob({ inline: true, queue: 'elsewhere' })).toEqual(
      inJob(
        'is inline and has a queue; there each attempt is an activity of its own, so drop one of the two',
      ),
    );
    expect(problemsWithJob({ inline: true, quick: false })).toEqual(
      inJob('is inline and not quick; what is inline is quick, so drop one of the two'),
    );
    expect(problemsWithJob({ quick: 'yes' })).toEqual(inJob('quick is "yes"; give true or false'));
    expect(problemsWithJob({ quick: true, inline: true })).toEqual([]);
  });
});

test('what a goal heals is its key or any', () => {
  for (const wrong of ['keys', true, null, ['key']])
    expect(problemsWith({ heals: wrong })).toEqual(
      inGoal(`heals is ${JSON.stringify(wrong)}; give 'key' or 'any'`),
    );
  expect(problemsWith({ heals: 'key' })).toEqual([]);
  expect(problemsWith({ heals: 'any' })).toEqual([]);
});

test('open runs stay on their version or upgrade', () => {
  for (const wrong of ['newest', 2, null])
    expect(problemsWith({ version: wrong })).toEqual(
      inGoal(`version is ${JSON.stringify(wrong)}; give 'pinned' or 'upgrade'`),
    );
  expect(problemsWith({ version: 'pinned' })).toEqual([]);
  expect(problemsWith({ version: 'upgrade' })).toEqual([]);
});

describe('the default export', () => {
  const none = {
    where: 'the goals module',
    what: 'its default export is not a list of goals; write `export default [myGoal]`',
  };

  test.each([
    ['missing', undefined],
    ['one goal without a list', goalWith({})],
    ['an empty list', []],
    ['an object', { fine: goalWith({}) }],
    ['null', null],
  ])('is refused when it is %s', (_, exported) => {
    expect(check(exported)).toEqual([none]);
  });

  test('is refused when it holds what is no goal, and the goals beside are looked at all the same', () => {
    expect(check([load, goalWith({ owner: '' }), null, 'goal'])).toEqual([
      { where: 'item 0 of the default export', what: 'is not a goal; make it with `goal({ … })`' },
      { where: 'item 2 of the default export', what: 'is not a goal; make it with `goal({ … })`' },
      { where: 'item 3 of the default export', what: 'is not a goal; make it with `goal({ … })`' },
      { where: "goal 'fine'", what: 'has no owner; say it in a string' },
    ]);
  });
});

describe('names', () => {
  test('are refused when two goals share one', () => {
    expect(check([goalWith({}), goalWith({}), goalWith({ name: 'other' })])).toEqual(
      inGoal('2 goals have this name; rename all but one'),
    );
  });

  test('are refused when two jobs share one, also when one of them is only bound', () => {
    const twin = jobWith({});
    expect(check([goalWith({ jobs: [load, twin] })], [load, twin])).toEqual(
      inJob('2 jobs have this name; rename all but one'),
    );
    expect(check([goalWith({ jobs: [load] })], [load, twin])).toEqual(
      inJob('2 jobs have this name; rename all but one'),
    );
  });

  const kebab = "its name is not kebab-case; write such as 'load-day'";
  test.each([
    ['loadDay', kebab],
    ['load_day', kebab],
    ['Load', kebab],
    ['load day', kebab],
    ['load--day', kebab],
    ['-load', kebab],
    ['load-', kebab],
    ['9-lives', kebab],
    ['load.day', kebab],
    ['läd', kebab],
    ['load\n', kebab],
    ['../load', kebab],
    ['gk-load', "names that begin with gk- are goalkeeper's own; choose another"],
    ['x'.repeat(61), 'its name has 61 characters; 60 at most'],
    ['', 'has no name'],
    [undefined, 'has no name'],
    [7, 'has no name'],
  ])('of goals and jobs may not be %j', (name, what) => {
    expect(problemsWith({ name })).toEqual([{ where: `goal '${name}'`, what }]);
    expect(problemsWithJob({ name })).toEqual([{ where: `job '${name}'`, what }]);
  });

  test.each(['a', 'load-day-2', 'gkx', 'x'.repeat(60)])('of goals and jobs may be %j', (name) => {
    expect(problemsWith({ name })).toEqual([]);
    expect(problemsWithJob({ name })).toEqual([]);
  });
});

describe('a goal', () => {
  test.each(['outcome', 'owner', 'team'])('is refused without %s', (field) => {
    for (const nothing of [undefined, '', '  ', 7, null])
      expect(problemsWith({ [field]: nothing })).toEqual(inGoal(`has no ${field}; say it in a string`));
  });

  test('is refused without criteria, as nothing would say whether it was reached', () => {
    for (const nothing of [undefined, {}])
      expect(problemsWith({ criteria: nothing })).toEqual(
        inGoal(
          "has no criteria; say what counts as reached: `criteria: { 'rows arrived': (o) => o.rows > 0 }`",
        ),
      );
  });

  test('is refused when a criterion is no function', () => {
    expect(problemsWith({ criteria: { ...fine.criteria, 'is fast': true } })).toEqual(
      inGoal("criterion 'is fast' is not a function of the output"),
    );
  });

  test('is refused without a path to it', () => {
    expect(problemsWith({ pursue: undefined })).toEqual(
      inGoal('has no pursue; write `async pursue(input, { run }) { … }`'),
    );
  });

  test.each(['soon', '0s', 0, -5, Number.NaN, '2 h', '', '1w', true])(
    'is refused with the deadline %j',
    (deadline) => {
      expect(problemsWith({ deadline })).toEqual(
        inGoal(
          `deadline is ${JSON.stringify(deadline)}, which is not a duration above zero; write such as '90s', '10m' or '2h'`,
        ),
      );
    },
  );

  test('is refused when it needs a goal that is not exported', () => {
    const needed = goalWith({ name: 'needed' });
    const needy = goalWith({ needs: [needed] });
    const problem = inGoal("needs 'needed', which is not in the default export; add it there");
    expect(check([needy])).toEqual(problem);
    // Another one of the same name is not the one it needs.
    expect(check([needy, goalWith({ name: 'needed' })])).toEqual(problem);
    expect(check([needy, needed])).toEqual([]);
  });

  test('is refused when it uses a job that is not bound to code and has no other queue', () => {
    const problem = inGoal("its job 'load' is not bound to code; add `bind(…)` for it to the worker's jobs");
    expect(check([goalWith({ jobs: [load] })])).toEqual(problem);
    expect(check([goalWith({ jobs: [load] })], [jobWith({ name: 'other' })])).toEqual(problem);
    expect(check([goalWith({ jobs: [jobWith({ queue: 'elsewhere' })] })])).toEqual([]);
  });

  test('is refused when a job on another queue has more attempts than a history has room for', () => {
    const retry = { attempts: 5000 };
    expect(check([goalWith({ jobs: [jobWith({ queue: 'elsewhere', retry })] })])).toEqual([
      {
        where: "job 'load'",
        what: "retry.attempts is 5000; with a queue each attempt is in the run's history, so give 1000 at most",
      },
    ]);
    const own = jobWith({ retry });
    expect(check([goalWith({ jobs: [own] })], [own])).toEqual([]);
  });

  test('is refused without a schema of its input or output', () => {
    expect(problemsWith({ input: undefined, output: { rows: 'number' } })).toEqual([
      ...inGoal('input is not a zod schema; write such as z.object({ … })'),
      ...inGoal('output is not a zod schema; write such as z.object({ … })'),
    ]);
  });

  test('is refused when its schemas cannot be told as data, with the reason', () => {
    const twice = z.object({
      a: z.object({ x: z.string() }).meta({ id: 'Part' }),
      b: z.object({ y: z.string() }).meta({ id: 'Part' }),
    });
    const problem = 'cannot be written as JSON Schema: Duplicate schema id "Part"';
    expect(problemsWith({ output: twice })).toEqual(inGoal(expect.stringContaining(`output ${problem}`)));
    expect(problemsWith({ input: twice, key: [] })).toEqual(
      inGoal(expect.stringContaining(`input ${problem}`)),
    );
  });

  test('is refused when what is published of it takes more than 64 KB, with how much it is', () => {
    const wide = z.object(
      Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`a-rather-long-field-${i}`, z.string()])),
    );
    const [problem, ...more] = problemsWith({ output: wide });
    expect(more).toEqual([]);
    expect(problem?.where).toBe("goal 'fine'");
    const [, bytes] =
      /^its schemas and texts take (\d+) bytes; 65536 at most, so describe less of them$/.exec(
        problem?.what ?? '',
      ) ?? [];
    expect(Number(bytes)).toBeGreaterThan(65_536);
    expect(problemsWith({ outcome: 'é'.repeat(33_000) })).toHaveLength(1);
    expect(problemsWith({ outcome: 'e'.repeat(33_000) })).toEqual([]);
  });
});

describe('a key path', () => {
  const Customer = z.object({ id: z.string(), address: z.object({ city: z.string() }).optional() });
  interface Tree {
    id: string;
    child?: Tree | undefined;
  }
  const Tree: z.ZodType<Tree> = z.lazy(() => z.object({ id: z.string(), child: Tree.optional() }));
  const input = z.object({
    day: z.iso.date(),
    customer: Customer,
    maybe: Customer.optional(),
    nullable: Customer.nullable(),
    defaulted: Customer.default({ id: '0' }),
    transformed: Customer.transform(({ id }) => ({ other: id })),
    tree: Tree,
    named: Customer.meta({ id: 'shop/Customer ~1' }),
    either: z.union([z.object({ url: z.string() }), z.object({ file: z.object({ path: z.string() }) })]),
    kind: z.discriminatedUnion('is', [
      z.object({ is: z.literal('a'), only: z.string() }),
      z.object({ is: z.literal('b') }),
    ]),
    both: z.intersection(z.object({ left: z.string() }), z.object({ right: z.string() })),
    record: z.record(z.string(), Customer),
    list: z.array(Customer),
    'odd name': z.string(),
  });

  test.each([
    'day',
    'customer',
    'customer.id',
    'customer.address.city',
    'maybe.id',
    'nullable.id',
    'defaulted.id',
    'transformed.id',
    'tree.id',
    'tree.child.child.child.id',
    'named.id',
    'either.url',
    'either.file.path',
    'kind.is',
    'kind.only',
    'both.left',
    'both.right',
    'record.anything.id',
    'odd name',
  ])('%j leads into the input', (path) => {
    expect(problemsWith({ input, key: [path] })).toEqual([]);
  });

  test.each([
    'days',
    'Day',
    'day.year',
    'customer.name',
    'customer.address.street',
    'maybe.name',
    'nullable.name',
    'defaulted.name',
    'transformed.other',
    'tree.child.child.name',
    'tree.child.id.id',
    'named.name',
    'either.path',
    'either.url.path',
    'kind.neither',
    'both.middle',
    'record.anything.name',
    'list.id',
    'toString',
    'customer.constructor',
    '',
    '.day',
    'day.',
  ])('%j is refused', (path) => {
    expect(problemsWith({ input, key: [path] })).toEqual(inGoal(`key path '${path}' is not in the input`));
  });

  test('leads into an input that is itself recursive, or a union', () => {
    expect(problemsWith({ input: Tree, key: ['child.child.id'] })).toEqual([]);
    expect(problemsWith({ input: Tree, key: ['child.name'] })).toEqual(
      inGoal("key path 'child.name' is not in the input"),
    );
    const union = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
    expect(problemsWith({ input: union, key: ['a', 'b'] })).toEqual([]);
    expect(problemsWith({ input: union, key: ['c'] })).toEqual(inGoal("key path 'c' is not in the input"));
  });

  test('may be missing altogether: then the goal has one run at a time', () => {
    expect(problemsWith({ key: [] })).toEqual([]);
  });

  test('is told apart from others, each that is wrong on its own', () => {
    expect(problemsWith({ input, key: ['day', 'dya', 'customer.di'] })).toEqual([
      ...inGoal("key path 'dya' is not in the input"),
      ...inGoal("key path 'customer.di' is not in the input"),
    ]);
  });

  test('is asked for where there is no list of them', () => {
    for (const key of [undefined, 'day'])
      expect(problemsWith({ key })).toEqual(
        inGoal("has no key; name the input's fields that make a run unique: `key: ['day']`"),
      );
  });

  test('that has a default is refused, as with and without it would be two runs of one key', () => {
    const input = z.object({ day: z.string().default('today'), region: z.string().optional() });
    expect(problemsWith({ input, key: ['day', 'region'] })).toEqual(
      inGoal("key path 'day' has a default; a key must be given, so drop the default or the path"),
    );
  });
});

describe('a job', () => {
  test('is refused without a schema of its input or output', () => {
    expect(problemsWithJob({ input: undefined, output: z })).toEqual([
      ...inJob('input is not a zod schema; write such as z.object({ … })'),
      ...inJob('output is not a zod schema; write such as z.object({ … })'),
    ]);
  });

  test.each(['timeout', 'heartbeat'])('is refused with a %s that is no duration above zero', (field) => {
    for (const given of ['soon', '0s', 0, -1, '5 m', null, {}])
      expect(problemsWithJob({ [field]: given })).toEqual(
        inJob(
          `${field} is ${JSON.stringify(given)}, which is not a duration above zero; write such as '90s', '10m' or '2h'`,
        ),
      );
    expect(problemsWithJob({ [field]: '10m' })).toEqual([]);
  });

  test('may run for days, but is refused with a timeout or a heartbeat that is out of all measure', () => {
    expect(problemsWithJob({ timeout: '366d', heartbeat: '1d' })).toEqual([]);
    expect(problemsWithJob({ timeout: '367d', heartbeat: '25h' })).toEqual([
      ...inJob('timeout is "367d"; 366 days at most'),
      ...inJob('heartbeat is "25h"; a day at most'),
    ]);
  });

  test.each(['', 7, null])('is refused with the queue %j', (queue) => {
    expect(problemsWithJob({ queue })).toContainEqual({
      where: "job 'load'",
      what: 'queue is not the name of a task queue',
    });
  });

  const attempts = 'it counts the first attempt too, so give 1 to 100000';
  const noDuration = "which is not a duration; write such as '500ms' or '10s'";
  test.each([
    [{ attempts: 0 }, `retry.attempts is 0; ${attempts}`],
    [{ attempts: -1 }, `retry.attempts is -1; ${attempts}`],
    [{ attempts: 2.5 }, `retry.attempts is 2.5; ${attempts}`],
    [{ attempts: Number.POSITIVE_INFINITY }, `retry.attempts is Infinity; ${attempts}`],
    [{ attempts: Number.NaN }, `retry.attempts is NaN; ${attempts}`],
    [{ attempts: '3' }, `retry.attempts is 3; ${attempts}`],
    [{ attempts: 100_001 }, `retry.attempts is 100001; ${attempts}`],
    [{ backoff: 0.5 }, 'retry.backoff is 0.5; give 1 (every delay the same) to 100'],
    [{ backoff: 101 }, 'retry.backoff is 101; give 1 (every delay the same) to 100'],
    [{ backoff: Number.NaN }, 'retry.backoff is NaN; give 1 (every delay the same) to 100'],
    [{ jitter: -0.1 }, 'retry.jitter is -0.1; it is a share of the delay, 0 to 1'],
    [{ jitter: 1.5 }, 'retry.jitter is 1.5; it is a share of the delay, 0 to 1'],
    [{ delay: 'soon' }, `retry.delay is "soon", ${noDuration}`],
    [{ delay: -1 }, `retry.delay is -1, ${noDuration}`],
    [{ maxDelay: '5 m' }, `retry.maxDelay is "5 m", ${noDuration}`],
    [
      { delay: '10s', maxDelay: '5s' },
      'retry.maxDelay is shorter than retry.delay; make it at least as long',
    ],
    [{ permanent: 'not_found' }, "retry.permanent is not a list of codes; write such as ['not_found']"],
    [{ permanent: [404] }, "retry.permanent is not a list of codes; write such as ['not_found']"],
    [{ permanent: 404 }, "retry.permanent is not a list of codes; write such as ['not_found']"],
  ])('is refused with the policy %j', (retry, what) => {
    expect(problemsWithJob({ retry })).toEqual(inJob(what));
  });

  test.each([
    {},
    { attempts: 1 },
    { attempts: 100_000, backoff: 1, jitter: 0 },
    { delay: 0 },
    { delay: '1h', backoff: 100, jitter: 1 },
    { delay: '5s', maxDelay: '5s', permanent: ['not_found', 'EACCES'] },
  ])('is fine with the policy %j', (retry) => {
    expect(problemsWithJob({ retry })).toEqual([]);
  });
});

describe('all problems', () => {
  test('are told at once, goals and jobs, each where it is', () => {
    const broken = job({
      name: 'loadDay',
      input: z.object({}),
      output: z.object({}),
      timeout: 'soon' as never,
      retry: { attempts: 0, jitter: 2 },
    });
    const problems = check([
      goalWith({ owner: '', criteria: {}, key: ['nope'], jobs: [broken] }),
      goalWith({ name: 'gk-mine', deadline: '1 day' }),
    ]);
    expect(problems.map(({ where, what }) => `${where}: ${what.split(/[;,]/)[0]}`)).toEqual([
      "job 'loadDay': its name is not kebab-case",
      'job \'loadDay\': timeout is "soon"',
      "job 'loadDay': retry.attempts is 0",
      "job 'loadDay': retry.jitter is 2",
      "goal 'fine': has no owner",
      "goal 'fine': has no criteria",
      "goal 'fine': its job 'loadDay' is not bound to code",
      "goal 'fine': key path 'nope' is not in the input",
      "goal 'gk-mine': names that begin with gk- are goalkeeper's own",
      'goal \'gk-mine\': deadline is "1 day"',
    ]);
  });

  test('are written a line each, where it is before what it is', () => {
    expect(
      describeProblems([
        { where: "goal 'a'", what: 'has no owner' },
        { where: "job 'b'", what: 'queue is not the name' },
      ]),
    ).toBe("  goal 'a': has no owner\n  job 'b': queue is not the name");
  });
});

test('tags are paths into the input, and none that is personal or secret', () => {
  const textsOf = (changes: Record<string, unknown>) => problemsWith(changes).map(({ what }) => what);
  expect(textsOf({ tags: ['day'] })).toEqual([]);
  expect(textsOf({ tags: ['month'] })).toEqual(["tags path 'month' is not in the input"]);
  expect(textsOf({ tags: ['day'], personal: ['day'] }).join()).toContain("'day' is personal or secret");
  expect(textsOf({ tags: ['day'], key: [secret('day')] }).join()).toContain("'day' is personal or secret");
  expect(textsOf({ tags: 'day' }).join()).toContain('is not a list');
});
