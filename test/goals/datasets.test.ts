// Datasets as they are declared, published, and kept in a book.

import { expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { dataset, goal, type NamedDataset, updated } from '../../goals/index.ts';
import { publish } from '../../goals/publish.ts';
import {
  BOOK_USES_LIMIT,
  emptyBook,
  latestOf,
  type Made,
  USES_LIMIT,
  VERSIONS_LIMIT,
  withMade,
  withoutExecutions,
  withUse,
} from '../../goals/wire/datasets.ts';
import { publicationSchema } from '../../goals/wire/publication.ts';
import { simulate } from '../../testing/index.ts';

const orders = dataset({
  name: 'orders',
  team: 'shop',
  description: 'Orders of a day',
  partition: ['day'],
  schema: z.object({ order: z.string() }),
  usableBy: ['finance'],
});

const named = (name: string, changes: Record<string, unknown> = {}) =>
  goal({
    ...{ name, outcome: 'It is there', owner: 'tests', team: 'shop', key: ['day'] as const },
    ...{ input: z.object({ day: z.string() }), output: z.object({}), criteria: { there: () => true } },
    pursue: async () => ({}),
    ...changes,
  });

const said = (...goals: ReturnType<typeof named>[]) =>
  check(goals).map(({ where, what }) => `${where}: ${what}`);

test('a dataset is published with the goals that produce and use it', () => {
  const goals = [named('made', { produces: [orders] }), named('read', { uses: [orders], team: 'finance' })];
  expect(said(...goals)).toEqual([]);
  const published = publish(goals[0] as (typeof goals)[0], { taskQueue: 'q', deployment: 'd', version: 1 });
  expect(publicationSchema.parse(published).produces).toMatchObject([
    { name: 'orders', team: 'shop', partition: ['day'], usableBy: ['finance'], schema: { type: 'object' } },
  ]);
  const { produces: _, ...older } = published;
  expect(publicationSchema.parse(older)).not.toHaveProperty('produces');
});

test('all that is wrong with datasets is said, each once', () => {
  const wrong = dataset({ name: 'Wrong', team: '', description: '' });
  const vague = dataset({ name: 'vague', team: '', description: ' ', partition: ['a b' as never] });
  const again = dataset({ name: 'orders', team: 'shop', description: 'Other orders', partition: ['day'] });
  const foreign = dataset({ name: 'foreign', team: 'sales', description: 'Sold' });
  expect(
    said(
      named('a', { produces: [orders, wrong, vague], uses: 'orders' }),
      named('b', { produces: [again, foreign, vague], uses: [foreign] }),
      named('c', { on: [updated(foreign, { input: { day: 'rows.day', at: 'output.at' } })] }),
    ),
  ).toEqual([
    "goal 'c': is started by updates of 'foreign', which the team 'sales' has not opened to 'shop'; add it there to `usableBy`",
    "goal 'c': takes its input's 'at' from 'output.at'; a path begins with one of partition, rows, bytes, digest, version, where, run, goal, key",
    "dataset 'Wrong': its name is not kebab-case of up to 60 characters; write such as 'orders'",
    "dataset 'vague': has no team; say it in a string",
    "dataset 'vague': has no description; say in a sentence which data it is",
    "dataset 'vague': partition is not a list of up to 5 names of letters and digits; write such as ['day']",
    "goal 'a': uses is not a list of datasets; make each with `dataset({ … })`",
    "dataset 'orders': is declared twice, and not the same; declare it once and import it",
    "goal 'b': produces 'foreign', which belongs to the team 'sales'; only its own goals produce it",
    "goal 'b': uses 'foreign', which the team 'sales' has not opened to 'shop'; add it there to `usableBy`",
  ]);
});

test('a standing outcome of a dataset is one that the goal produces', () => {
  const standing = { fresh: '26h', input: { day: 'd' }, dataset: orders };
  expect(said(named('a', { standing, produces: [orders] }))).toEqual([]);
  expect(said(named('a', { standing }))).toEqual([
    "goal 'a': standing.dataset is not one that the goal produces; add it to its `produces`",
  ]);
});

test('a goal that is started by what it produces is a circle', () => {
  expect(said(named('a', { produces: [orders], on: [updated(orders)] }))).toEqual([
    "goal 'a': starts itself in the end: a → a; one of them must do without",
  ]);
});

const made = (n: number): Made => ({
  ...{ dataset: 'orders', team: 'shop', partition: { day: 'd' }, key: 'd', rows: n },
  ...{ by: { goal: 'g', run: 'g:d', execution: `e${n}` }, at: '2026-11-20T00:00:00Z' },
});
const use = (maker: string, n: number) => ({
  maker,
  use: { goal: 'u', run: `u:${n}`, execution: `u${n}`, at: '2026-11-20T00:00:00Z' },
});

// datasets.1
test('a book takes a version and a use once, and keeps so many', () => {
  let book = withMade(withMade(emptyBook(), made(1)), made(2));
  expect(withMade(book, made(1))).toEqual(book);
  book = withUse(withUse(book, use('e1', 1)), use('e1', 1));
  expect(book.versions.map(({ uses }) => uses.length)).toEqual([1, 0]);
  expect(withUse(book, use('unknown', 1))).toEqual(book);
  for (let n = 2; n < USES_LIMIT + 3; n++) book = withUse(book, use('e2', n));
  expect(book.versions[1]).toMatchObject({ forgotten: 1 });
  expect(book.versions[1]?.uses).toHaveLength(USES_LIMIT);
  expect(latestOf(book)).toMatchObject({ rows: 2, users: USES_LIMIT + 1, versions: 2 });
  for (let n = 3; n < 40; n++) book = withMade(book, made(n));
  expect(book.versions).toHaveLength(VERSIONS_LIMIT);
  expect(latestOf(emptyBook())).toBeNull();
});

// datasets.2
test('a book stays far below what Temporal takes, whatever is made and used; older versions forget their users first', () => {
  const long = (letters: number, n: number): string => String(n).padEnd(letters, 'x');
  let book = emptyBook();
  for (let n = 0; n < VERSIONS_LIMIT; n++) {
    const text = { digest: long(1_000, n), version: long(1_000, n), where: long(1_000, n) };
    const by = { goal: long(60, n), run: long(181, n), execution: long(36, n) };
    book = withMade(book, { ...made(n), ...text, by });
    for (let i = 0; i < USES_LIMIT; i++)
      book = withUse(book, {
        maker: by.execution,
        use: { goal: long(60, i), run: long(181, i), execution: long(36, i), at: new Date(0).toISOString() },
      });
  }
  expect(JSON.stringify(book).length).toBeLessThan(1_000_000);
  expect(book.versions.map(({ uses }) => uses.length).slice(-4)).toEqual([
    0,
    ...Array(BOOK_USES_LIMIT / USES_LIMIT).fill(USES_LIMIT),
  ]);
  expect(book.versions[0]).toMatchObject({ uses: [], forgotten: USES_LIMIT });
});

test('a book names no execution that was deleted', () => {
  let book = withMade(withMade(emptyBook(), made(1)), made(2));
  book = withUse(withUse(book, use('e2', 1)), use('e2', 2));
  const [first, second] = book.versions[1]?.uses ?? [];
  book = withoutExecutions(book, { executions: ['e1', first?.execution ?? '', 'unknown'] });
  expect(book.versions).toMatchObject([{ by: { execution: 'e2' }, uses: [second] }]);
  expect(withoutExecutions(book, { executions: ['e2'] })).toEqual(emptyBook());
});

const Day = z.object({ day: z.string() });

const reading = (set: NamedDataset<'day'>, produces: readonly NamedDataset[] = []) =>
  goal({
    ...{ name: 'read', outcome: 'It is read', owner: 'tests', team: 'shop', key: ['day'] },
    ...{ input: Day, output: z.object({ rows: z.int() }), uses: [orders], produces },
    criteria: { there: () => true },
    async pursue({ day }, { use, produce }) {
      if (produces.length > 0) await produce(set, { partition: { day }, rows: 1 });
      return { rows: (await use(set, { day })).rows ?? 0 };
    },
  });

test('a simulation finds what its test says was produced, and shows what is used and produced', async () => {
  const datasets = {
    orders: [
      { partition: { day: 'd' }, rows: 4 },
      { partition: { day: 'e' }, rows: 5 },
    ],
  };
  const run = await simulate(reading(orders, [orders]), { input: { day: 'd' }, datasets });
  expect(run).toMatchObject({
    ...{ outcome: 'achieved', output: { rows: 4 } },
    produced: [{ dataset: 'orders', key: 'd', rows: 1 }],
    used: [{ dataset: 'orders', key: 'd', rows: 4 }],
  });
  const missing = await simulate(reading(orders), { input: { day: 'f' }, datasets });
  expect(missing.failure).toMatchObject({ kind: 'dependency', code: 'partition_missing' });
  const other = dataset({ name: 'other', team: 'shop', description: 'Others', partition: ['day'] });
  const unlisted = await simulate(reading(other), { input: { day: 'd' } });
  expect(unlisted.failure?.message).toContain("does not declare that it uses the dataset 'other'");
});

test('what a needed run of a simulation produced is there for the run that needs it', async () => {
  const maker = goal({
    ...{ name: 'made', outcome: 'It is made', owner: 'tests', team: 'shop', key: ['day'] },
    ...{ input: Day, output: z.object({}), produces: [orders], criteria: { there: () => true } },
    async pursue({ day }, { produce }) {
      await produce(orders, { partition: { day }, rows: 9 });
      return {};
    },
  });
  const reader = goal({
    ...{ name: 'read', outcome: 'It is read', owner: 'tests', team: 'shop', key: ['day'] },
    ...{ input: Day, output: z.object({ rows: z.int() }), uses: [orders], needs: [maker] },
    criteria: { there: () => true },
    async pursue({ day }, { achieve, use }) {
      await achieve(maker, { day });
      return { rows: (await use(orders, { day })).rows ?? 0 };
    },
  });
  const run = await simulate(reader, { input: { day: 'd' } });
  expect(run).toMatchObject({ output: { rows: 9 }, used: [{ by: { goal: 'made', run: 'made:d' } }] });
});
