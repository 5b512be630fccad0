// The route by which people see many runs at once, without their histories.

import { z } from 'zod';
import { runRowPageSchema } from '../../goals/wire/run-row.ts';
import { cursorField, limitField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { pageOfRows } from './list-rows.ts';
import { asRange, isField, rowFilterFields } from './run-filter.ts';

const listRowsSchema = asRange(
  z.strictObject({
    ...rowFilterFields,
    count: isField
      .default(false)
      .describe('`true`: also how many executions there are; by `tag` and `why` it is null'),
    limit: limitField,
    cursor: cursorField,
  }),
);

export const listRows = route({
  method: 'GET',
  path: '/runs/rows',
  role: 'viewer',
  summary: 'Lists runs as rows, from what Temporal lists alone: quick, however many there are.',
  query: listRowsSchema,
  answers: {
    200: {
      description: '`items`, `next` and `count`; what a row cannot know without a history is null',
      schema: runRowPageSchema,
    },
  },
  async handle({ query: { limit, cursor, count, id, ...filter }, c }, deps) {
    return c.json(await pageOfRows(deps, { ...filter, idPrefix: id }, limit, cursor, count));
  },
});
