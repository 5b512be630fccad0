// The routes by which auditors and warehouses take the records of runs.

import { z } from 'zod';
import { runRecordSchema } from '../../goals/wire/run-record.ts';
import { outcomes } from '../../goals/wire/run-view.ts';
import { recordOf } from '../../views/run-record.ts';
import { executionField, executionQuerySchema, goalField, timeField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { withAccepted } from './accepted.ts';
import { annotatedStory } from './annotations.ts';
import { reportClosed } from './stories.ts';
import { recordsResponse } from './stream-records.ts';

export const showRecord = route({
  method: 'GET',
  path: '/runs/:id/record',
  role: 'viewer',
  summary: 'Gives the record of a run.',
  params: { id: 'ID of the run' },
  query: executionQuerySchema,
  answers: { 200: { description: 'the record', schema: runRecordSchema } },
  problems: ['run_id_malformed', 'run_unknown'],
  async handle({ params, query, c }, deps) {
    const story = await deps.runs.story(await deps.runs.find(params.id, query.execution));
    return c.json(recordOf(deps.shownStory(await annotatedStory(deps, story))));
  },
});

const RECORDS_LIMIT = 10_000;

const streamRecordsSchema = z.strictObject({
  goal: goalField.optional(),
  outcome: z.enum(outcomes).optional(),
  since: timeField.describe('closed at that time or later'),
  until: timeField.optional().describe('and before that time; default: now'),
  after: executionField
    .transform((given) => given.toLowerCase())
    .optional()
    .describe('goes on after this execution, the last one of the answer before'),
  limit: z
    .string()
    .regex(/^([1-9]\d{0,3}|10000)$/, `a number from 1 to ${RECORDS_LIMIT}`)
    .transform(Number)
    .default(RECORDS_LIMIT)
    .describe(`how many records at most, from 1 to ${RECORDS_LIMIT}, which is the default`),
});

export const streamRecords = route({
  method: 'GET',
  path: '/records',
  role: 'viewer',
  summary: 'Streams the records of closed runs, a line of JSON each, oldest first.',
  query: streamRecordsSchema,
  answers: { 200: { description: 'records, a line each', mediaType: 'application/x-ndjson' } },
  async handle({ query: { until = new Date(), ...asked } }, deps) {
    const { temporal, catalogue, light, scope, alerts, log, stopping } = deps;
    const whole = withAccepted(reportClosed(temporal), alerts);
    const tell = async (id: string, execution: string) =>
      deps.shownStory(await annotatedStory(deps, await whole(id, execution)));
    return recordsResponse(
      { temporal, catalogue, light, tell, log, stopping },
      { ...asked, until, teams: scope.teams },
    );
  },
});
