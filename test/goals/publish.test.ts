import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { goal, job } from '../../goals/index.ts';
import { publish } from '../../goals/publish.ts';
import { publicationSchema } from '../../goals/wire/publication.ts';
import engineGoals from '../engine/goals.ts';

const deployment = { taskQueue: 'finance', deployment: 'finance', version: 42 };

const load = job({
  name: 'load',
  input: z.object({ day: z.string() }),
  output: z.object({ rows: z.number() }),
  timeout: '10m',
  retry: { attempts: 3, permanent: ['gone'] },
  persists: { after: '10m' },
});
const far = job({ name: 'far', input: z.object({}), output: z.object({}), queue: 'elsewhere' });

const base = {
  outcome: 'The revenue is there',
  owner: 'finance-data',
  team: 'finance',
  criteria: { 'rows arrived': () => true, 'agrees with the ledger': () => true },
};
const needed = goal({
  ...base,
  name: 'needed',
  input: z.object({}),
  output: z.object({}),
  key: [],
  pursue: async () => ({}),
});
const revenue = goal({
  ...base,
  name: 'daily-revenue',
  input: z.object({ day: z.iso.date(), tries: z.string().transform(Number), limit: z.int().default(5) }),
  output: z.object({ at: z.string().transform((text) => new Date(text)) }),
  key: ['day'],
  usual: '30m',
  expected: '1h',
  deadline: '2h',
  jobs: [load, far],
  needs: [needed],
  pursue: async () => ({ at: '2026-11-20' }),
});

describe('publish', () => {
  test('tells all of a goal that a gateway must know, with every default filled in', () => {
    expect(publish(revenue, deployment)).toEqual({
      goal: 'daily-revenue',
      outcome: 'The revenue is there',
      owner: 'finance-data',
      team: 'finance',
      key: ['day'],
      deadlineMs: 7_200_000,
      usualMs: 1_800_000,
      expectedMs: 3_600_000,
      criteria: ['rows arrived', 'agrees with the ledger'],
      input: expect.objectContaining({ type: 'object' }),
      output: expect.objectContaining({ type: 'object' }),
      jobs: [
        {
          name: 'load',
          timeoutMs: 600_000,
          retry: {
            attempts: 3,
            delayMs: 100,
            backoff: 3,
            maxDelayMs: 300_000,
            jitter: 0.2,
            permanent: ['gone'],
          },
          persists: { attempts: null, afterMs: 600_000 },
          queue: null,
          pool: null,
          output: expect.objectContaining({ type: 'object' }),
        },
        {
          name: 'far',
          timeoutMs: 300_000,
          retry: expect.objectContaining({ attempts: 8 }),
          persists: { attempts: null, afterMs: 300_000 },
          queue: 'elsewhere',
          pool: null,
          output: expect.any(Object),
        },
      ],
      needs: ['needed'],
      taskQueue: 'finance',
      deployment: 'finance',
      version: 42,
      retired: false,
    });
    expect(publish(needed, deployment)).toMatchObject({ deadlineMs: null, jobs: [], needs: [], key: [] });
  });

  test('describes input and output as what is given, before the schemas transform it', () => {
    const { input, output } = publish(revenue, deployment);
    expect(input).toEqual({
      type: 'object',
      properties: {
        day: expect.objectContaining({ type: 'string', format: 'date' }),
        tries: { type: 'string' },
        limit: expect.objectContaining({ type: 'integer', default: 5 }),
      },
      required: ['day', 'tries'],
    });
    expect(output).toEqual({ type: 'object', properties: { at: { type: 'string' } }, required: ['at'] });
  });

  test('says within which bounds a whole number is itself', () => {
    const exact = { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    const whole = goal({
      ...base,
      name: 'whole',
      input: z.object({ a: z.int(), b: z.number().int(), c: z.int().positive() }),
      output: z.array(z.int()),
      key: [],
      pursue: async () => [],
    });
    expect(publish(whole, deployment)).toMatchObject({
      input: { properties: { a: exact, b: exact, c: { type: 'integer', maximum: exact.maximum } } },
      output: { items: exact },
    });
  });

  test('says nothing of what has no JSON Schema, rather than to throw', () => {
    const odd = goal({
      ...base,
      name: 'odd',
      input: z.object({ at: z.date(), id: z.bigint(), any: z.custom<string>() }),
      output: z.map(z.string(), z.date()),
      key: [],
      pursue: async () => new Map(),
    });
    expect(publish(odd, deployment)).toMatchObject({
      input: { type: 'object', properties: { at: {}, id: {}, any: {} } },
      output: {},
    });
  });

  test('is the same after it has travelled as JSON, for every goal of the tests', () => {
    for (const one of [revenue, needed, ...engineGoals]) {
      const publication = publish(one, deployment);
      expect(publicationSchema.parse(JSON.parse(JSON.stringify(publication)))).toEqual(publication);
    }
  });

  test('of a version that knew neither usual times nor persistence can still be read', () => {
    const { usualMs: _, expectedMs: __, jobs, ...rest } = publish(revenue, deployment);
    const old = { ...rest, jobs: jobs.map(({ persists: ___, ...job }) => job) };
    expect(publicationSchema.parse(old)).toEqual(old);
  });

  test('shares no list with the goal, so that nobody can change it from there', () => {
    const publication = publish(revenue, deployment);
    publication.key.push('more');
    publication.criteria.push('more');
    expect(revenue.key).toEqual(['day']);
    expect(revenue.criteria).toEqual(['rows arrived', 'agrees with the ledger']);
  });

  test('tells how the calls of a job travel, where each is not an activity of its own', () => {
    const travelling = (given: object) => {
      const jobs = [job({ ...load.declared, ...given })];
      const none = z.object({});
      const shared = { ...base, name: 'g', input: none, output: none, key: [], pursue: async () => ({}) };
      return publish(goal({ ...shared, jobs }), deployment).jobs[0]?.travels;
    };
    expect([travelling({}), travelling({ quick: true }), travelling({ inline: true })]).toEqual([
      undefined,
      'together',
      'inline',
    ]);
  });
});
