// The routes by which people see what runs ask of them, and decide it.

import type { Context, Handler } from 'hono';
import type { Logger } from 'pino';
import { applyWait, preferredWait } from '../http/prefer.ts';
import { readBody } from '../http/read-body.ts';
import { readQuery } from '../http/read-query.ts';
import { decisionBody, noQuery, runQuery } from '../http/requests.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { approvalsOf, decide } from './approvals.ts';
import type { Runs } from './runs.ts';

/** So long a worker may take; a dead one's place is taken by another within that. */
const WAIT_SECONDS = 12;

interface Parts {
  temporal: Temporal;
  runs: Runs;
  log: Logger;
}

export function approvalRoutes({ temporal, runs, log }: Parts) {
  const param = (c: Context, name: string): string => c.req.param(name) ?? '';

  const listed: Handler = async (c) => {
    const { execution } = readQuery(c, runQuery);
    const { run } = await runs.story(await runs.find(param(c, 'id'), execution));
    return c.json({ run: run.id, execution: run.execution, items: approvalsOf(run), next: null });
  };

  const decided: Handler = async (c) => {
    readQuery(c, noQuery);
    const body = await readBody(c, decisionBody);
    const id = param(c, 'id');
    const wait = preferredWait(c.req.header('prefer'));
    applyWait(c, wait);
    const approval = await decide({ temporal, runs }, id, param(c, 'name'), {
      ...body,
      // Without any time nobody could answer.
      waitMs: Math.max(1, wait ?? WAIT_SECONDS) * 1000,
      idempotencyKey: c.req.header('idempotency-key'),
    });
    const { step, decision } = approval;
    log.info({ run: id, step, by: decision?.by, decision: decision?.decision }, 'a person decided');
    c.header('Location', `/runs/${id}`);
    return c.json(approval);
  };

  return { '/runs/:id/approvals': { GET: listed }, '/runs/:id/approvals/:name': { POST: decided } };
}
