// The route by which a run goes on from a failure.

import { z } from 'zod';

import { resumePlanSchema } from '../../goals/wire/answers.ts';
import { runSchema } from '../../goals/wire/run-view.ts';
import { applyWait, preferredWait } from '../http/prefer.ts';
import { Problem } from '../http/problems.ts';
import { executionField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { answerRun, answerRunAfter, runAnswers } from './answer-run.ts';
import { resumeBodySchema } from './resume-body.ts';
import { goOn } from './resume-run.ts';

const PROBLEMS = [
  ...(['run_id_malformed', 'run_unknown', 'run_open', 'run_achieved', 'execution_needed'] as const),
  ...(['execution_superseded', 'resume_unreadable', 'goal_unknown', 'goal_retired'] as const),
  ...(['goal_schema_unusable', 'input_invalid', 'check_too_long'] as const),
];

export const planResume = route({
  method: 'GET',
  path: '/runs/:id/resume',
  role: 'operator',
  summary: 'Shows what a resume of the run would keep, run again and repeat.',
  params: { id: 'ID of the run' },
  query: z.strictObject({
    execution: executionField.optional().describe('the execution that is meant; default: the latest'),
  }),
  answers: { 200: { description: 'the plan', schema: resumePlanSchema } },
  problems: [...PROBLEMS, 'sealing_unavailable'],
  async handle({ params: { id }, query, c }, deps) {
    // Whoever only looks means the execution that is there.
    const execution = query.execution ?? (await deps.runs.find(id)).runId;
    const found = await goOn(deps, id, { execution, dryRun: true });
    if ('plan' in found) return c.json(found.plan);
    throw new Problem('run_open', `The run ${id} is under way; there is nothing to go on from.`);
  },
});

export const resumeRun = route({
  method: 'POST',
  path: '/runs/:id/resume',
  role: 'operator',
  summary: 'Resumes a run from its failure, or from tolerated losses, and keeps what succeeded.',
  params: { id: 'ID of the run' },
  headers: ['prefer'],
  body: { schema: resumeBodySchema, optional: true },
  answers: {
    ...runAnswers,
    200: {
      description: `${runAnswers[200].description}; with \`dryRun\`, the plan`,
      schema: z.union([runSchema, resumePlanSchema]),
    },
  },
  problems: PROBLEMS,
  async handle({ params: { id }, body, caller: { verified }, c }, deps) {
    const found = await goOn(deps, id, { ...body, verified });
    if ('plan' in found) return c.json(found.plan);
    const { execution } = found.run;
    if (found.started) deps.log.info({ run: id, execution }, 'a run goes on');
    const wait = preferredWait(c.req.header('prefer'));
    if (wait && found.run.state !== 'closed') return answerRunAfter(c, deps, wait, { id, execution });
    applyWait(c, wait);
    return answerRun(c, deps.shown(found.run));
  },
});
