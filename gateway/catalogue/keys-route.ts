// The route by which people see the keys of a goal with their latest outcome, and the gaps among them.

import { z } from 'zod';
import { keyPageSchema } from '../../goals/wire/answers.ts';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import { outcomes } from '../../goals/wire/run-view.ts';
import { cursorField, keyField, sinceField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { goalOf } from './goals.ts';

const KEYS_LIMIT = 500;

const listKeysSchema = z.strictObject({
  of: z
    .enum(['expected', 'found'])
    .optional()
    .describe(
      '`expected`: the keys that the goal declares, or else those that its schedules make, with gaps; `found`: those that have runs. Default: `expected` where it is known which',
    ),
  outcome: z
    .enum([...outcomes, 'open', 'missing'])
    .optional()
    .describe('latest outcome; `missing`: expected, and no run'),
  prefix: keyField.optional().describe('with what the keys begin'),
  part: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('path of the key that `from` and `to` are of; default: its first'),
  from: keyField.optional().describe('first value of that part, in the order of texts, included'),
  to: keyField.optional().describe('last value of that part, included'),
  schedule: z
    .string()
    .regex(GOAL_NAME, 'no schedule has such a name')
    .max(NAME_LIMIT)
    .optional()
    .describe('name of a schedule of the goal: the keys of its times, and not those that are declared'),
  since: sinceField
    .optional()
    .describe(
      'keys of scheduled times since then: a time, or how long ago, such as `7d`; default: 30 days, and since Temporal has the schedule',
    ),
  until: sinceField.optional().describe('keys of scheduled times before then; default: now'),
  limit: z
    .string()
    .regex(/^([1-9]\d?|[1-4]\d\d|500)$/, `a number from 1 to ${KEYS_LIMIT}`)
    .transform(Number)
    .default(100)
    .describe(`how many items a page has, from 1 to ${KEYS_LIMIT}; default: 100`),
  cursor: cursorField,
});

export const listKeys = route({
  method: 'GET',
  path: '/goals/:goal/keys',
  role: 'viewer',
  summary:
    'Lists the keys of a goal with their latest outcome: those that are expected, with gaps, or those that have runs.',
  params: { goal: 'name of the goal' },
  query: listKeysSchema,
  answers: {
    200: {
      description: '`items`, `next` and `totals`; a page may have fewer than `limit`',
      schema: keyPageSchema,
    },
  },
  problems: ['goal_unknown'],
  async handle({ params, query, c }, { catalogue, goalKeys, scope }) {
    const publication = await goalOf(catalogue, params.goal);
    return c.json(
      await goalKeys({ publication, catalogue: await catalogue.all(), teams: scope.teams }, query),
    );
  },
});
