// The routes by which people see runs and their errors, and cancel a run.

import { z } from 'zod';
import {
  incidentDetailsSchema,
  incidentPageSchema,
  runErrorsSchema,
  runPageSchema,
} from '../../goals/wire/answers.ts';
import { runSchema } from '../../goals/wire/run-view.ts';
import { Problem } from '../http/problems.ts';
import {
  byField,
  cursorField,
  executionQuerySchema,
  goalField,
  limitField,
  reasonField,
  teamField,
  windowField,
} from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { annotatedStory } from './annotations.ts';
import { withLeases } from './leases.ts';
import { pageOfRuns } from './list-runs.ts';
import { asRange, runFilterFields } from './run-filter.ts';

const RUN_ID = 'ID of the run';
const OF_RUN = ['run_id_malformed', 'run_unknown'] as const;

const listRunsSchema = asRange(
  z.strictObject({ ...runFilterFields, limit: limitField, cursor: cursorField }),
);

export const listRuns = route({
  method: 'GET',
  path: '/runs',
  role: 'viewer',
  summary: 'Lists runs, a row for each: those under way first, then from the one that closed last.',
  query: listRunsSchema,
  answers: { 200: { description: '`items` and `next`', schema: runPageSchema } },
  async handle({ query: { limit, cursor, ...filter }, c }, deps) {
    return c.json(await pageOfRuns(deps, filter, limit, cursor));
  },
});

export const showRun = route({
  method: 'GET',
  path: '/runs/:id',
  role: 'viewer',
  summary: 'Shows a run: its outcome, its failure, its criteria and its steps.',
  params: { id: RUN_ID },
  query: executionQuerySchema,
  answers: { 200: { description: 'the run', schema: runSchema } },
  problems: OF_RUN,
  async handle({ params, query, c }, deps) {
    const story = await deps.runs.story(await deps.runs.find(params.id, query.execution));
    const { run } = deps.shownStory(await annotatedStory(deps, story));
    return c.json(await withLeases(deps, run));
  },
});

export const listRunErrors = route({
  method: 'GET',
  path: '/runs/:id/errors',
  role: 'viewer',
  summary: 'Lists the errors of a run, one for each failed attempt, healed ones included.',
  params: { id: RUN_ID },
  query: executionQuerySchema,
  answers: {
    200: { description: '`items`, `next` (always null), `omitted` and `hourly`', schema: runErrorsSchema },
  },
  problems: OF_RUN,
  async handle({ params, query, c }, { runs }) {
    const { errors, omitted, hourly } = await runs.story(await runs.find(params.id, query.execution));
    return c.json({ items: errors, next: null, omitted, hourly });
  },
});

export const cancelRun = route({
  method: 'POST',
  path: '/runs/:id/cancel',
  role: 'operator',
  summary: 'Cancels a run.',
  params: { id: RUN_ID },
  body: {
    schema: z.strictObject({ reason: reasonField.optional(), by: byField.optional() }),
    optional: true,
  },
  answers: { 202: { description: 'the run, as it is now', schema: runSchema } },
  problems: [...OF_RUN, 'run_closed', 'worker_unavailable'],
  async handle({ params: { id }, body, caller: { verified }, c }, { runs, shown, log }) {
    const { reason = 'asked for at the gateway', by } = body;
    const run = await runs.cancel(id, { reason, by, verified });
    log.info({ run: id }, 'the cancellation of a run was asked for');
    return c.json(shown(run), 202);
  },
});

const listErrorsSchema = z.strictObject({
  window: windowField.default('24h'),
  goal: goalField.optional(),
  team: teamField.optional(),
  limit: limitField,
  cursor: cursorField,
});

export const listErrors = route({
  method: 'GET',
  path: '/errors',
  role: 'viewer',
  summary:
    'Lists the errors of all runs, a row for each trouble: whom it hurt, how many runs failed or healed.',
  query: listErrorsSchema,
  answers: { 200: { description: '`items`, `next`, `since` and `truncated`', schema: incidentPageSchema } },
  handle: async ({ query: { limit, cursor, ...asked }, c }, { incidents }) =>
    c.json(await incidents.page(asked, limit, cursor)),
});

export const showError = route({
  method: 'GET',
  path: '/errors/:fingerprint',
  role: 'viewer',
  summary: 'Shows one trouble: its errors by hour, and what it did to each goal.',
  params: { fingerprint: 'fingerprint of the error' },
  query: listErrorsSchema.omit({ limit: true, cursor: true }),
  answers: { 200: { description: 'the trouble', schema: incidentDetailsSchema } },
  problems: ['error_unknown'],
  async handle({ params: { fingerprint }, query, c }, { incidents }) {
    const details = await incidents.details(query, fingerprint);
    if (details !== null) return c.json(details);
    throw new Problem(
      'error_unknown',
      `No error of the fingerprint ${fingerprint.slice(0, 60)} was seen in ${query.window}.`,
    );
  },
});
