// The routes by which people see what runs have left to be torn down, and have it tried again.

import type { Context } from 'hono';
import type { Logger } from 'pino';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { readBody } from '../http/read-body.ts';
import { readQuery } from '../http/read-query.ts';
import { leasesQuery, noQuery, retryBody } from '../http/requests.ts';
import type { Leases } from './leases.ts';

export const leaseRoutes = (leases: Leases, log: Logger) => ({
  '/leases': {
    GET: async (c: Context) => {
      const { limit, cursor, ...filter } = readQuery(c, leasesQuery);
      return c.json(await leases.list(filter, limit, cursor));
    },
  },
  '/leases/:id': {
    GET: async (c: Context) => {
      readQuery(c, noQuery);
      return c.json(await leases.find(c.req.param('id') ?? ''));
    },
  },
  '/leases/:id/retry': {
    POST: async (c: Context) => {
      readQuery(c, noQuery);
      const { by, reason } = await readBody(c, retryBody);
      const lease = await leases.retry(
        c.req.param('id') ?? '',
        boundedText(by, 100),
        boundedText(reason, 300),
      );
      log.info({ lease: lease.id, by }, 'a lease that is stuck is tried again');
      return c.json(lease, 202);
    },
  },
});
