// The route by which people see what is due on a day and is not there.

import { z } from 'zod';
import { dueSchema } from '../../goals/wire/due.ts';
import { isKnownZone } from '../../goals/wire/zone-shifts.ts';
import { teamField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { readDue } from './read-due.ts';

const listDueSchema = z.strictObject({
  day: z.iso
    .date('write such as 2026-11-28')
    .optional()
    .describe('the day, such as `2026-11-28`; default: today in the time zone'),
  timezone: z
    .string()
    .max(60)
    .refine(
      (zone) => /^[A-Za-z]/.test(zone) && isKnownZone(zone),
      "write its IANA name, such as 'Europe/Paris'",
    )
    .default('UTC')
    .describe('IANA name of the time zone of the day; default: `UTC`'),
  team: teamField.optional(),
  owner: z.string().min(1).max(500).optional().describe('owner of the goals'),
});

export const listDue = route({
  method: 'GET',
  path: '/due',
  role: 'viewer',
  summary:
    'Lists what is due on a day, a line for each owner: achieved, open, at risk, late, failed, missing.',
  query: listDueSchema,
  answers: {
    200: { description: '`items`, `next` (always null), `day`, `timezone` and its span', schema: dueSchema },
  },
  handle: async ({ query, c }, deps) => c.json(await readDue(deps, query)),
});
