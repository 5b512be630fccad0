// The routes by which a range of times is made up for.

import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { BackfillTerms } from '../../goals/wire/backfill.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { goalOf } from '../catalogue/goals.ts';
import { applyWait, preferredWait } from '../http/prefer.ts';
import { Problem } from '../http/problems.ts';
import { readBody } from '../http/read-body.ts';
import { readQuery } from '../http/read-query.ts';
import { type BackfillBody, backfillBody, backfillsQuery, noQuery, triggerBody } from '../http/requests.ts';
import { idempotencyKey } from '../runs/idempotency-key.ts';
import type { Backfills } from './backfills.ts';

interface Parts {
  backfills: Backfills;
  catalogue: Catalogue;
  log: Logger;
  stopping: AbortSignal;
}

export function backfillRoutes({ backfills, catalogue, log, stopping }: Parts) {
  const id = (c: Context): string => c.req.param('id') ?? '';
  const steered = (what: 'pause' | 'unpause' | 'cancel') => async (c: Context) => {
    readQuery(c, noQuery);
    const { by, reason = null } = await readBody(c, triggerBody);
    const backfill = await backfills.steer(what, id(c), by, reason);
    log.info({ backfill: backfill.id, by, what }, 'a backfill was steered');
    return c.json(backfill, 202);
  };
  return {
    '/backfills': {
      GET: async (c: Context) => {
        const { limit, cursor, ...filter } = readQuery(c, backfillsQuery);
        return c.json(await backfills.list(filter, limit, cursor));
      },
      POST: async (c: Context) => {
        readQuery(c, noQuery);
        const terms = await termsOf(catalogue, await readBody(c, backfillBody));
        const ends = [stopping, c.req.raw.signal];
        if (terms.dryRun) return c.json(await backfills.plan(terms, ends));
        const begun = await backfills.begin(terms, idempotencyKey(c.req.header('idempotency-key')));
        log.info({ backfill: begun.id, by: terms.by }, 'a backfill was asked for');
        const wait = preferredWait(c.req.header('prefer'));
        const isOpen = begun.state !== 'closed';
        const awaited = wait && isOpen ? await backfills.closed(begun, wait * 1000, ends) : begun;
        if (awaited !== null) applyWait(c, wait);
        const backfill = awaited ?? begun;
        c.header('Location', `/backfills/${backfill.id}`);
        return c.json(backfill, backfill.state === 'closed' ? 200 : 202);
      },
    },
    '/backfills/:id': {
      GET: async (c: Context) => {
        readQuery(c, noQuery);
        return c.json(await backfills.find(id(c)));
      },
    },
    '/backfills/:id/pause': { POST: steered('pause') },
    '/backfills/:id/unpause': { POST: steered('unpause') },
    '/backfills/:id/cancel': { POST: steered('cancel') },
  };
}

/** With the goal's only schedule, where none is named and no step is given. */
async function termsOf(catalogue: Catalogue, asked: BackfillBody): Promise<BackfillTerms> {
  const { goal, schedule = null, stepMs, input, from, to, atOnce, dryRun, by, reason = null } = asked;
  const { reprocess, downstream } = asked;
  const terms = {
    ...{ goal, stepMs, input: input ?? null, atOnce, dryRun, by, reason },
    ...{ from: from.toISOString(), to: to.toISOString() },
    // What older workers know of no other is left out, so that a request that was sent before is the same.
    ...(reprocess === 'missing' ? {} : { reprocess }),
    ...(downstream === 'start' ? {} : { downstream }),
  };
  if (stepMs !== null || schedule !== null) return { ...terms, schedule };
  const [only, ...others] = (await goalOf(catalogue, goal)).schedules ?? [];
  if (only !== undefined && others.length === 0) return { ...terms, schedule: only.name };
  throw new Problem(
    'backfill_impossible',
    only === undefined
      ? `${goal} has no schedule; give a \`step\`, and the \`input\` in whose texts {date} or {time} stands.`
      : `${goal} has several schedules; name one as \`schedule\`.`,
  );
}
