// The routes by which people see what runs have left to be torn down, and have it tried again.

import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { leasePageSchema, leaseViewSchema } from '../../goals/wire/answers.ts';
import { leaseStates } from '../../goals/wire/lease.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { cursorField, goalField, limitField, reasonedActSchema } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { findLease, pageOfLeases, tryLeaseAgain } from './leases.ts';

const LEASE_ID = 'ID of the lease';

const listLeasesSchema = z.strictObject({
  state: z.enum(leaseStates).optional().describe('default: all that are not torn down'),
  goal: goalField.optional(),
  limit: limitField,
  cursor: cursorField,
});

export const listLeases = route({
  method: 'GET',
  path: '/leases',
  role: 'viewer',
  summary: 'Lists what runs created and have not torn down, or could not.',
  query: listLeasesSchema,
  answers: { 200: { description: '`items` and `next`', schema: leasePageSchema } },
  handle: async ({ query: { limit, cursor, ...filter }, c }, deps) =>
    c.json(await pageOfLeases(deps, filter, limit, cursor)),
});

export const showLease = route({
  method: 'GET',
  path: '/leases/:id',
  role: 'viewer',
  summary: 'Shows a lease: its state, and the errors of its teardown.',
  params: { id: LEASE_ID },
  answers: { 200: { description: 'the lease', schema: leaseViewSchema } },
  problems: ['lease_unknown'],
  handle: async ({ params, c }, deps) => c.json(await findLease(deps, params.id)),
});

export const retryLease = route({
  method: 'POST',
  path: '/leases/:id/retry',
  role: 'operator',
  summary: 'Retries the teardown of a stuck lease now.',
  params: { id: LEASE_ID },
  body: { schema: reasonedActSchema },
  answers: { 202: { description: 'the lease', schema: leaseViewSchema } },
  problems: ['lease_unknown', 'lease_not_stuck'],
  async handle({ params, body: { by, reason }, caller, c }, deps) {
    const who = { by: boundedText(by, 100), ...verifiedMark(caller) };
    const lease = await tryLeaseAgain(deps, params.id, { ...who, reason: boundedText(reason, 300) });
    deps.log.info({ lease: lease.id, by }, 'a lease that is stuck is tried again');
    return c.json(lease, 202);
  },
});
