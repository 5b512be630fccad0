// The route by which people see every attempt of one step of a run.

import { z } from 'zod';
import { stepAttemptsSchema } from '../../goals/wire/attempts.ts';
import { stepAttempts } from '../../views/step-attempts.ts';
import { invalid } from '../http/read-query.ts';
import { executionQuerySchema } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';

const attemptsQuerySchema = executionQuerySchema.extend({
  step: z.string().min(1).max(1000).describe('path of the step'),
});

export const listAttempts = route({
  method: 'GET',
  path: '/runs/:id/attempts',
  role: 'viewer',
  summary: 'Lists the attempts of a step: those that failed, and the one that succeeded or is under way.',
  params: { id: 'ID of the run' },
  query: attemptsQuerySchema,
  answers: {
    200: { description: '`items`, `next` (always null) and `omitted`', schema: stepAttemptsSchema },
  },
  problems: ['run_id_malformed', 'run_unknown'],
  async handle({ params, query: { step, execution }, c }, { runs }) {
    const told = stepAttempts(await runs.story(await runs.find(params.id, execution)), step);
    if (told === null)
      throw invalid('step', 'names no step of this execution; `steps` of the run lists them');
    return c.json(told);
  },
});
