// The routes by which people see on what a run or a goal rests, and what rests on it.

import { lineageSchema } from '../../goals/wire/dataset-answers.ts';
import { goalOf } from '../catalogue/goals.ts';
import { executionField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { goalLineage } from './goal-lineage.ts';
import { lineageQuery } from './lineage-bounds.ts';
import { runLineage } from './run-lineage.ts';

export const showRunLineage = route({
  method: 'GET',
  path: '/runs/:id/lineage',
  role: 'viewer',
  summary: 'Shows on which runs and partitions a run rests, and which rest on it.',
  params: { id: 'ID of the run' },
  query: lineageQuery.extend({ execution: executionField.optional() }),
  answers: { 200: { description: '`nodes` and `edges`', schema: lineageSchema } },
  problems: ['run_id_malformed', 'run_unknown'],
  async handle({ params, query: { execution, ...bounds }, c }, { temporal, catalogue, runs, shown }) {
    const { run } = await runs.story(await runs.find(params.id, execution));
    return c.json(await runLineage({ temporal, catalogue, runs, shown }, run, bounds));
  },
});

export const showGoalLineage = route({
  method: 'GET',
  path: '/goals/:goal/lineage',
  role: 'viewer',
  summary: 'Shows on which goals and datasets a goal rests, and which rest on it.',
  params: { goal: 'name of the goal' },
  query: lineageQuery,
  answers: { 200: { description: '`nodes` and `edges`', schema: lineageSchema } },
  problems: ['goal_unknown'],
  async handle({ params, query, c }, { catalogue }) {
    const { goal } = await goalOf(catalogue, params.goal);
    return c.json(goalLineage(goal, await catalogue.all(), query));
  },
});
