// The routes by which admins read who did what.

import { z } from 'zod';
import { auditItemSchema } from '../../goals/wire/audit.ts';
import { roleMissing } from '../access/admission.ts';
import { goalField, limitField, sinceField, timeField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { auditEntries, auditItems } from './read-audit.ts';

export const auditPageSchema = z.object({
  items: z.array(auditItemSchema),
  next: z.null(),
  /** Give it as `until` for what came before; null: this is all. */
  until: z.string().nullable(),
});

export const listAudit = route({
  method: 'GET',
  path: '/audit',
  role: 'admin',
  summary:
    'Lists who asked to change something, and who was refused, the latest first; of the teams that the caller administers.',
  query: z.strictObject({
    since: sinceField.optional().describe('at that time or later'),
    until: timeField.optional().describe('before that time'),
    by: z.string().min(1).max(100).optional().describe('by whom'),
    goal: goalField.optional(),
    run: z.string().min(1).max(1_000).optional().describe('ID of a run'),
    denied: z
      .enum(['true', 'false'])
      .transform((given) => given === 'true')
      .optional()
      .describe('only what was refused, or only what was not'),
    limit: limitField,
  }),
  answers: { 200: { description: '`items`, `next` (always null) and `until`', schema: auditPageSchema } },
  async handle({ query: { since, ...asked }, c }, { temporal, scope }) {
    const page = await auditItems(temporal, { ...asked, since: since?.at }, scope.teams);
    return c.json({ ...page, next: null });
  },
});

export const streamAudit = route({
  method: 'GET',
  path: '/audit/entries',
  role: 'admin',
  summary:
    'Streams all entries of the audit as they are kept, a line of JSON each, to be verified; for admins of all teams.',
  query: z.strictObject({
    since: sinceField
      .optional()
      .describe('of chains that went on at that time or later; default: all that are kept'),
  }),
  answers: { 200: { description: 'entries, a line each', mediaType: 'application/x-ndjson' } },
  async handle({ query: { since } }, { temporal, scope, principal }) {
    if (scope.teams !== null) throw roleMissing(principal, 'admin');
    const entries = auditEntries(temporal, since?.at);
    const encoder = new TextEncoder();
    // What is wrong before the first line is answered as a problem.
    let next = await entries.next();
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          if (next.done) return controller.close();
          controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
          next = await entries.next();
        },
        async cancel() {
          await entries.return(undefined);
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
  },
});
