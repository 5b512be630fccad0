// The routes by which an achieved outcome is said to be wrong, and what used it is listed and pursued once more.

import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import {
  recoveryPlanSchema,
  recoveryViewSchema,
  retractionDetailsSchema,
  retractionPageSchema,
  retractionPlanSchema,
  retractionViewSchema,
} from '../../goals/wire/answers.ts';
import { Problem } from '../http/problems.ts';
import {
  actorField,
  cursorField,
  executionField,
  limitField,
  neededReasonField,
  reasonField,
} from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { idempotencyKey } from '../runs/idempotency-key.ts';
import { beginRecovery, planRecovery } from './recoveries.ts';
import { atOnceField } from './recovery-routes.ts';
import { retractedRuns } from './retracted-runs.ts';
import {
  beginRetraction,
  doubtsOf,
  findRetraction,
  forgottenRun,
  markedBy,
  pageOfRetractions,
  planRetraction,
} from './retractions.ts';

const RETRACTION_ID = 'ID of the retraction';

const dryRunField = z.boolean().default(false).describe('only say what would happen');

export const retractRun = route({
  method: 'POST',
  path: '/runs/:id/retract',
  role: 'operator',
  summary:
    'Says that the outcome of an achieved run is wrong: the run is marked, and everything that used it as in doubt.',
  params: { id: 'ID of the run' },
  body: {
    schema: z.strictObject({
      reason: neededReasonField,
      execution: executionField.optional().describe('an older execution of the run; default: the latest'),
      dryRun: dryRunField,
      by: actorField,
    }),
  },
  answers: {
    200: { description: 'with `dryRun`, what would be in doubt', schema: retractionPlanSchema },
    202: { description: 'the retraction, under way', schema: retractionViewSchema },
  },
  problems: ['run_id_malformed', 'run_unknown', 'run_not_achieved', 'retraction_unknown'],
  async handle({ params: { id }, body: { reason, execution, dryRun, by }, caller, c }, deps) {
    const found = await deps.runs.find(id, execution).catch(async (error: unknown) => {
      throw error instanceof Problem && error.code === 'run_unknown'
        ? await forgottenRun(deps, error)
        : error;
    });
    const { run } = await deps.runs.story(found);
    if (run.outcome !== 'achieved')
      throw new Problem(
        'run_not_achieved',
        `The execution ${run.execution} of ${run.id} is ${run.outcome ?? 'under way'}; only what is achieved can be retracted.`,
        { members: { execution: run.execution, outcome: run.outcome } },
      );
    if (dryRun) return c.json(await planRetraction(deps, run));
    const [plain = ''] = deps.redact([reason]);
    const retraction = await beginRetraction(deps, {
      ...{ run: run.id, execution: run.execution, goal: run.goal, team: run.team, owner: run.owner },
      ...{ by, ...verifiedMark(caller), reason: plain, at: new Date().toISOString() },
    });
    deps.log.info({ run: run.id, retraction: retraction.id, by }, 'a run was retracted');
    c.header('Location', `/retractions/${retraction.id}`);
    return c.json(retraction, 202);
  },
});

export const listRetractions = route({
  method: 'GET',
  path: '/retractions',
  role: 'viewer',
  summary: 'Lists retractions, and how many runs each puts in doubt.',
  query: z.strictObject({ limit: limitField, cursor: cursorField }),
  answers: { 200: { description: '`items` and `next`', schema: retractionPageSchema } },
  handle: async ({ query: { limit, cursor }, c }, deps) =>
    c.json(await pageOfRetractions(deps, limit, cursor)),
});

export const showRetraction = route({
  method: 'GET',
  path: '/retractions/:id',
  role: 'viewer',
  summary: 'Shows a retraction, and what is in doubt by it, with the path to each run.',
  params: { id: RETRACTION_ID },
  answers: { 200: { description: 'the retraction', schema: retractionDetailsSchema } },
  problems: ['retraction_unknown'],
  async handle({ params, c }, deps) {
    const view = await findRetraction(deps, params.id);
    return c.json({ ...view, items: await markedBy(deps, view.id) });
  },
});

export const recoverRetraction = route({
  method: 'POST',
  path: '/retractions/:id/recoveries',
  role: 'operator',
  summary:
    'Pursues once more what was retracted and what is in doubt by it, what is needed before what needs it.',
  params: { id: RETRACTION_ID },
  headers: ['idempotency-key'],
  body: {
    schema: z.strictObject({
      atOnce: atOnceField,
      dryRun: dryRunField,
      by: actorField,
      reason: reasonField.optional(),
    }),
  },
  answers: {
    200: { description: 'with `dryRun`, the plan', schema: recoveryPlanSchema },
    202: { description: 'the recovery, under way', schema: recoveryViewSchema },
  },
  problems: [
    ...(['idempotency_key_malformed', 'idempotency_key_reused', 'retraction_unknown'] as const),
    ...(['recovery_impossible', 'recovery_unknown'] as const),
  ],
  async handle({ params, body: { atOnce, dryRun, by, reason = null }, caller, c }, deps) {
    const key = idempotencyKey(c.req.header('idempotency-key'));
    const view = await findRetraction(deps, params.id);
    const of = { kind: 'retraction' as const, retraction: view.id };
    // What is marked, and what has used it since.
    const find = async () => {
      const [marked, { doubts }] = await Promise.all([markedBy(deps, view.id), doubtsOf(deps, view)]);
      const seen = new Set(marked.map(({ execution }) => execution));
      const since = doubts.filter(({ execution, team }) => !seen.has(execution) && deps.scope.holds(team));
      return retractedRuns(deps, view, [...marked, ...since], view.team);
    };
    if (dryRun) return c.json(await planRecovery(deps, of, await find()));
    const asked = { of, atOnce, trial: 0, by, ...verifiedMark(caller), reason };
    const begun = await beginRecovery(deps, asked, find, key);
    deps.log.info({ recovery: begun.id, runs: begun.total, by }, 'a recovery was asked for');
    c.header('Location', `/recoveries/${begun.id}`);
    return c.json(begun, 202);
  },
});
