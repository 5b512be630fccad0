// The route by which people see what a criterion said over time, and what it measured.

import { z } from 'zod';
import { criterionPageSchema } from '../../goals/wire/answers.ts';
import { Problem } from '../http/problems.ts';
import { cursorField, limitField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { goalOf } from './goals.ts';

export const showCriterion = route({
  method: 'GET',
  path: '/goals/:goal/criteria/:criterion',
  role: 'viewer',
  summary:
    'Lists what a criterion said in each run of a goal that was judged, from the one that closed last; with its value, where it measures.',
  params: { goal: 'name of the goal', criterion: 'name of the criterion' },
  query: z.strictObject({ limit: limitField, cursor: cursorField }),
  answers: {
    200: {
      description: '`items` and `next`; a page may have fewer than `limit`',
      schema: criterionPageSchema,
    },
  },
  problems: ['goal_unknown', 'criterion_unknown'],
  async handle({ params: { goal, criterion }, query, c }, { catalogue, criteria, scope }) {
    const { criteria: declared } = await goalOf(catalogue, goal);
    const found = await criteria({ goal, criterion, ...query }, scope.teams);
    // One that the goal has dropped since is shown as long as runs tell of it.
    if (!declared.includes(criterion) && found.items.length === 0)
      throw new Problem(
        'criterion_unknown',
        `'${goal}' has no criterion of this name. It has: ${declared.map((name) => `'${name}'`).join(', ')}.`,
      );
    return c.json(found);
  },
});
