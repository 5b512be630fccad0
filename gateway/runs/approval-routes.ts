// The routes by which people see what runs ask of them, and decide it.

import { approvalsOfRunSchema, shownApprovalSchema } from '../../goals/wire/answers.ts';
import { namesOf } from '../access/principal.ts';
import { applyWait, preferredWait } from '../http/prefer.ts';
import { executionQuerySchema } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { approvalsOf, giveDecision } from './approvals.ts';
import { decisionBodySchema } from './decision-body.ts';

/** So long a worker may take; a dead one's place is taken by another within that. */
const WAIT_SECONDS = 12;

export const listApprovals = route({
  method: 'GET',
  path: '/runs/:id/approvals',
  role: 'viewer',
  summary: 'Lists what a run asks of people, and what they decided.',
  params: { id: 'ID of the run' },
  query: executionQuerySchema,
  answers: {
    200: {
      description: '`run`, `execution`, `items` and `next` (always null)',
      schema: approvalsOfRunSchema,
    },
  },
  problems: ['run_id_malformed', 'run_unknown'],
  async handle({ params, query, c }, { runs }) {
    const { run } = await runs.story(await runs.find(params.id, query.execution));
    return c.json({ run: run.id, execution: run.execution, items: approvalsOf(run), next: null });
  },
});

export const decideApproval = route({
  method: 'POST',
  path: '/runs/:id/approvals/:name',
  role: 'approver',
  summary: 'Decides what a run asks, or answers its question.',
  params: { id: 'ID of the run', name: 'name of what is asked, or its step with `#` written as `%23`' },
  headers: ['prefer', 'idempotency-key'],
  body: { schema: decisionBodySchema },
  answers: { 200: { description: 'the approval, decided', schema: shownApprovalSchema } },
  problems: [
    ...(['run_id_malformed', 'run_unknown', 'run_stuck', 'execution_needed'] as const),
    ...(['approval_unknown', 'approval_ambiguous', 'approval_decided', 'approval_closed'] as const),
    ...(['approval_own', 'approval_not_theirs', 'decision_unsigned'] as const),
    ...(['answer_invalid', 'check_too_long', 'worker_unavailable'] as const),
  ],
  async handle({ params: { id, name }, body, caller: { verified }, c }, deps) {
    const wait = preferredWait(c.req.header('prefer'));
    applyWait(c, wait);
    const approval = await giveDecision(deps, id, name, {
      ...body,
      verified,
      key: deps.access?.current().decisionKey ?? null,
      namesAmong: async (names) =>
        names.length === 0
          ? []
          : namesOf(deps.principal, names, [
              ...new Set((await deps.catalogue.all()).map(({ team }) => team)),
            ]),
      // Without any time nobody could answer.
      waitMs: Math.max(1, wait ?? WAIT_SECONDS) * 1000,
      idempotencyKey: c.req.header('idempotency-key'),
    });
    const { step, decision } = approval;
    deps.log.info({ run: id, step, by: decision?.by, decision: decision?.decision }, 'a person decided');
    c.header('Location', `/runs/${id}`);
    return c.json(approval);
  },
});
