// The routes by which people see which goals there are, and how they do.

import { z } from 'zod';
import { goalDetailsSchema, goalListSchema } from '../../goals/wire/answers.ts';
import { goalStates } from '../../goals/wire/goal-state.ts';
import { cursorField, limitField, teamField, windowField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { goalDetails, pageOfGoals } from './goals.ts';

const windowQuerySchema = z.strictObject({ window: windowField.default('30d') });

export const listGoals = route({
  method: 'GET',
  path: '/goals',
  role: 'viewer',
  summary: 'Lists the published goals, each with its last outcome and its track record.',
  query: windowQuerySchema.extend({
    team: teamField.optional(),
    owner: z.string().min(1).max(500).optional().describe('owner of a goal'),
    state: z.enum(goalStates).optional(),
    text: z.string().min(1).max(200).optional().describe('in the name of a goal, or in its outcome'),
    limit: limitField.unwrap().optional().describe('how many items a page has, from 1 to 100; default: all'),
    cursor: cursorField,
  }),
  answers: { 200: { description: '`items` and `next`', schema: goalListSchema } },
  handle: async ({ query, c }, deps) => c.json(await pageOfGoals(deps, query)),
});

export const showGoal = route({
  method: 'GET',
  path: '/goals/:goal',
  role: 'viewer',
  summary: 'Shows a goal: what its workers publish, its last outcome and its track record.',
  params: { goal: 'name of the goal' },
  query: windowQuerySchema,
  answers: { 200: { description: 'the goal', schema: goalDetailsSchema } },
  problems: ['goal_unknown'],
  handle: async ({ params, query, c }, deps) => c.json(await goalDetails(deps, params.goal, query.window)),
});
