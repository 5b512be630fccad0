import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { differencesOf, requireSameSchemas } from '../../activities/same-schemas.ts';
import { type Goal, goal, job } from '../../goals/index.ts';
import { catalogueEntryId } from '../../goals/wire/names.ts';
import { temporalAddress } from '../temporal-address.ts';
import { everySchema } from './same-schemas/goals.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const withInput = (input: z.ZodType, jobs: z.ZodType[] = []): Goal =>
  goal({
    name: 'compared',
    outcome: 'They are the same',
    owner: 'tests',
    team: 'tests',
    input,
    output: z.object({}),
    key: [],
    criteria: { there: () => true },
    jobs: jobs.map((output, i) => job({ name: `job-${i}`, input: z.object({}), output })),
    pursue: async () => ({}),
  });

const differences = (ours: z.ZodType, theirs: z.ZodType): string[] =>
  differencesOf(withInput(ours), withInput(theirs));

describe('schemas that differ', () => {
  test.each([
    [
      z.object({ day: z.iso.date() }),
      z.object({ day: z.date() }),
      'input.day is string (date) in Node, and date in the bundle',
    ],
    [z.string(), z.string().min(1), 'input.checks is undefined in Node, and Array in the bundle'],
    [z.int().max(3), z.int().max(4), 'input.checks[0].value is 3 in Node, and 4 in the bundle'],
    [z.string().regex(/a/), z.string().regex(/a/i), 'input.checks[0].pattern is'],
    [
      z.array(z.uuid()),
      z.array(z.email()),
      'input[] is string (uuid) in Node, and string (email) in the bundle',
    ],
    [z.enum(['a', 'b']), z.enum(['a', 'c']), 'input.entries.b is b in Node, and undefined in the bundle'],
    [
      z.object({ a: z.int() }),
      z.object({}),
      'input.a is number (safeint) in Node, and undefined in the bundle',
    ],
    [z.strictObject({}), z.object({}), 'input.catchall is never in Node, and undefined in the bundle'],
    [
      z.map(z.string(), z.int()),
      z.map(z.string(), z.bigint()),
      'input.valueType is number (safeint) in Node, and bigint in the bundle',
    ],
    [
      z.lazy(() => z.int()),
      z.lazy(() => z.string()),
      'input is number (safeint) in Node, and string in the bundle',
    ],
    [z.string().optional(), z.string().nullable(), 'input is optional in Node, and nullable in the bundle'],
    [z.tuple([z.int(), z.int()]), z.tuple([z.int()]), 'input.items.length is 2 in Node, and 1 in the bundle'],
  ])('are told with the path to what differs: %#', (ours, theirs, told) => {
    const found = differences(ours, theirs);
    expect(found[0]).toContain(told);
    expect(differences(ours, ours)).toEqual([]);
  });

  test('are told of jobs by name', () => {
    const [ours, theirs] = [withInput(z.object({}), [z.iso.date()]), withInput(z.object({}), [z.date()])];
    expect(differencesOf(ours, theirs)).toEqual([
      "job 'job-0': output is string (date) in Node, and date in the bundle",
    ]);
  });

  test('are none where only a default, a function or the time differs, or where a schema has no end', () => {
    const made = () =>
      z.object({
        at: z
          .date()
          .max(new Date(Math.random()))
          .default(() => new Date()),
      });
    expect(differences(made(), made())).toEqual([]);
    const endless = (): z.ZodType => z.object({ next: z.lazy(endless) });
    expect(differences(endless(), endless())).toEqual([]);
    const refined = () => z.string().refine((text) => text !== `${Math.random()}`);
    expect(differences(refined(), refined())).toEqual([]);
  });
});

test('a module that throws where there is no Node is a start problem, not runs that never begin', () => {
  const code = 'globalThis.__TEMPORAL__ = { importWorkflows: () => ({ goals: [process.env.DAY] }) }';
  expect(() => requireSameSchemas({ code }, [], 'team/goals.ts')).toThrow(
    expect.objectContaining({
      code: 'goals_impure',
      message: expect.stringContaining(
        "team/goals.ts cannot run in Temporal's sandbox, where goals live: process is not defined",
      ),
    }),
  );
});

// Any webpack that @temporalio/worker admits may come with an installation: of a lockfile nobody else knows.
test('webpack 5.113 bundles the schemas that Node makes; left to itself it does not, and its worker publishes nothing', {
  timeout: 120_000,
}, async () => {
  const address = temporalAddress;
  const args = ['webpack-5.113', here('./same-schemas/goals.ts'), address, `same-schemas-${process.pid}`];
  const child = fork(here('./same-schemas/bundle-on.ts'), args, { execArgv: ['--import', 'tsx'] });
  const [told] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]): never => {
      throw new Error(`it exited with ${code}`);
    }),
  ]);
  expect(told).toEqual({
    version: '5.113.0',
    ours: 'the same',
    leftToItself: expect.stringMatching(
      /^bundle_differs: .*goal 'every-schema': input\.day is string \(date\) in Node, and date in the bundle/s,
    ),
  });
  expect(told.leftToItself).toContain("goal 'every-schema': job 'dated': input.day is string (date) in Node");
  const connection = await Connection.connect({ address });
  const standing = new Client({ connection }).workflow.getHandle(catalogueEntryId(everySchema.name));
  await expect(standing.describe()).rejects.toThrow(/not found/i);
  await connection.close();
});
