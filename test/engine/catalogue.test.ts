import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { bind } from '../../activities/bind.ts';
import { startWorker } from '../../activities/worker.ts';
import { type Goal, goal, job } from '../../goals/index.ts';
import { catalogueEntryId, memoNames } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { temporalAddress } from '../temporal-address.ts';
import { fresh, Workbench } from './workbench.ts';

const goalsModule = fileURLToPath(new URL('./goals.ts', import.meta.url));
let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const named = (name: string, outcome = 'It is there', team = 'tests'): Goal =>
  goal({
    name,
    outcome,
    owner: 'tests',
    team,
    input: z.object({ day: z.iso.date() }),
    output: z.object({ rows: z.int() }),
    key: ['day'],
    deadline: '2h',
    criteria: { 'rows arrived': (o) => o.rows > 0 },
    pursue: async () => ({ rows: 1 }),
  });

const deploy = (goals: readonly Goal[], version: number, taskQueue = bench.taskQueue) =>
  startWorker({
    goalsModule,
    goals,
    jobs: [],
    version,
    address: temporalAddress,
    taskQueue,
    log: pino({ level: 'silent' }),
  });

/** What any gateway reads, with no worker up. */
async function published(name: string): Promise<Publication> {
  const { memo } = await bench.client.workflow.getHandle(catalogueEntryId(name)).describe();
  return memo?.[memoNames.publication] as Publication;
}

test('a goal is published as data, to be read with the worker stopped', async () => {
  const name = fresh('published');
  const worker = await deploy([named(name)], 7);
  await worker.stop();
  expect(await published(name)).toMatchObject({
    goal: name,
    outcome: 'It is there',
    owner: 'tests',
    team: 'tests',
    key: ['day'],
    deadlineMs: 7_200_000,
    criteria: ['rows arrived'],
    input: { type: 'object', properties: { day: { type: 'string', format: 'date' } }, required: ['day'] },
    taskQueue: bench.taskQueue,
    version: 7,
    retired: false,
  });
});

// catalogue-entry.1
test('an older worker that starts late does not overwrite a newer goal, nor retire what it does not know', async () => {
  const [name, added] = [fresh('aging'), fresh('added')];
  await (await deploy([named(name, 'new'), named(added)], 20)).stop();
  await (await deploy([named(name, 'old')], 10)).stop();
  expect(await published(name)).toMatchObject({ outcome: 'new', version: 20 });
  expect(await published(added)).toMatchObject({ retired: false });
});

test('a goal that a newer deployment drops is retired, and comes back when it is declared again', async () => {
  const taskQueue = fresh('q');
  const [kept, dropped] = [fresh('kept'), fresh('dropped')];
  await (await deploy([named(kept), named(dropped)], 1, taskQueue)).stop();
  const second = await deploy([named(kept)], 2, taskQueue);
  await expect.poll(() => published(dropped)).toMatchObject({ retired: true, version: 2 });
  expect(await published(kept)).toMatchObject({ retired: false, version: 2 });
  await second.stop();
  await (await deploy([named(kept), named(dropped)], 3, taskQueue)).stop();
  expect(await published(dropped)).toMatchObject({ retired: false, version: 3 });
});

test("a name that another team's goal has is refused", async () => {
  const name = fresh('taken');
  await (await deploy([named(name)], 1)).stop();
  await expect(deploy([named(name, 'ours', 'other team')], 2, fresh('q'))).rejects.toMatchObject({
    code: 'goal_name_taken',
    message: expect.stringContaining("already published by the team 'tests'"),
  });
  expect(await published(name)).toMatchObject({ team: 'tests' });
});

test('a worker whose patterns can blow up does not start, nor are its goals published', async () => {
  const slow = goal({
    ...{ name: 'slow-pattern', outcome: 'None', owner: 'data', team: 'tests', deadline: '1h' },
    criteria: { none: () => true },
    input: z.object({ name: z.string().regex(/^(\w+\s?)*$/) }),
    output: z.object({}),
    ...{ key: ['name'], jobs: [], pursue: async () => ({}) },
  });
  const start = deploy([slow], 1);
  await expect(start).rejects.toMatchObject({ code: 'goals_invalid' });
  await expect(start).rejects.toThrow("goal 'slow-pattern': the pattern of input.name");
  await expect(published('slow-pattern')).rejects.toThrow('not found');
});

test('a worker with broken goals does not start, and says all that is wrong at once', async () => {
  const unbound = job({
    name: 'unbound',
    input: z.object({}),
    output: z.object({}),
    scale: { by: 'files', per: 10 } as never,
  });
  const broken = goal({
    name: 'Broken Goal',
    outcome: '',
    owner: '',
    team: 'tests',
    input: z.object({ day: z.string() }),
    output: z.object({}),
    key: ['date' as never],
    deadline: 'soon' as never,
    criteria: {},
    jobs: [unbound],
    pursue: async () => ({}),
  });
  const start = deploy([broken, broken], 1);
  await expect(start).rejects.toMatchObject({ code: 'goals_invalid' });
  const message = await start.catch((error: Error) => error.message);
  for (const what of [
    'kebab-case',
    'has no outcome',
    "job 'unbound': scale is",
    'has no owner',
    "key path 'date'",
    'deadline is "soon"',
    'has no criteria',
    "'unbound' is not bound to code",
  ])
    expect(message).toContain(what);
});

test('a worker that finds no Temporal says where it looked and what to do', async () => {
  const start = startWorker({
    goalsModule,
    goals: [named(fresh('lonely'))],
    jobs: [],
    version: 1,
    address: '127.0.0.1:1',
    log: pino({ level: 'silent' }),
  });
  await expect(start).rejects.toMatchObject({
    code: 'temporal_unreachable',
    message: expect.stringMatching(/127\.0\.0\.1:1 .*TEMPORAL_ADDRESS/s),
  });
});

test('a goal whose module cannot be bundled for the sandbox is told with its cause', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'goals-'));
  const module = join(folder, 'goals.ts');
  await writeFile(module, "import { readFile } from 'node:fs/promises';\nexport default [readFile];\n");
  const start = startWorker({
    goalsModule: module,
    goals: [named(fresh('impure'))],
    jobs: [bind(job({ name: 'x', input: z.object({}), output: z.object({}) }), () => ({}))],
    version: 1,
    address: temporalAddress,
    log: pino({ level: 'silent' }),
  });
  await expect(start).rejects.toMatchObject({
    code: 'goals_impure',
    message: expect.stringContaining('node:fs'),
  });
});
