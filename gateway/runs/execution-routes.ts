// The route by which people see how often a run was pursued, by whom, and what came of each.

import { z } from 'zod';
import { runExecutionsSchema } from '../../goals/wire/run-row.ts';
import { cursorField, limitField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { executionsOf } from './executions.ts';

export const listExecutions = route({
  method: 'GET',
  path: '/runs/:id/executions',
  role: 'viewer',
  summary: 'Lists the executions of a run, the latest first: its first, and each resume and repeat.',
  params: { id: 'ID of the run' },
  query: z.strictObject({ limit: limitField, cursor: cursorField }),
  answers: { 200: { description: '`items` and `next`', schema: runExecutionsSchema } },
  problems: ['run_id_malformed', 'run_unknown'],
  async handle({ params, query: { limit, cursor }, c }, deps) {
    return c.json(await executionsOf(deps, await deps.runs.find(params.id), limit, cursor));
  },
});
