// The route by which people see what a run shows beside its outcome.

import { z } from 'zod';
import { runArtifactPageSchema } from '../../goals/wire/answers.ts';
import { ARTIFACTS_LIMIT } from '../../goals/wire/artifact-bounds.ts';
import { executionQuerySchema } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';

const upTo = (most: number) =>
  z
    .string()
    .regex(/^([1-9]\d?|100)$/, `a number from 1 to ${most}`)
    .transform(Number);

const artifactsQuerySchema = executionQuerySchema.extend({
  limit: upTo(ARTIFACTS_LIMIT)
    .default(ARTIFACTS_LIMIT)
    .describe(`how many a page has, from 1 to ${ARTIFACTS_LIMIT}, which is the default`),
  cursor: upTo(ARTIFACTS_LIMIT).default(0).describe('`next` of the page before'),
});

export const showArtifacts = route({
  method: 'GET',
  path: '/runs/:id/artifacts',
  role: 'viewer',
  summary: 'Shows the tables, texts, links and images that a run made beside its outcome.',
  params: { id: 'ID of the run' },
  query: artifactsQuerySchema,
  answers: {
    200: {
      description: '`items`, `next`, and `dropped`: how many more there were at least',
      schema: runArtifactPageSchema,
    },
  },
  problems: ['run_id_malformed', 'run_unknown'],
  async handle({ params, query: { execution, limit, cursor }, c }, { runs }) {
    const { artifacts } = await runs.story(await runs.find(params.id, execution));
    const { items, ...rest } = artifacts ?? { items: [], dropped: 0 };
    const end = cursor + limit;
    const next = end < items.length ? String(end) : null;
    return c.json({ ...rest, items: items.slice(cursor, end), next });
  },
});
