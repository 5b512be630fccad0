// The route by which a run's whole log is read, and followed.

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isChunkName, runLogsSchema } from '../../goals/wire/kept-logs.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import { applyWait, preferredWait } from '../http/prefer.ts';
import { route } from '../route-deps.ts';

const LOOK_MS = 1000;

const logsQuerySchema = z.strictObject({
  step: z.string().min(1).max(1000).optional().describe('of this step, by its path'),
  attempt: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'not a number from 1')
    .transform(Number)
    .optional()
    .describe('of this attempt'),
  cursor: z
    .string()
    .refine(isChunkName, 'not `next` or `after` of an answer')
    .optional()
    .describe('`next` or `after` of the answer before'),
});

export const readRunLogs = route({
  method: 'GET',
  path: '/runs/:id/logs',
  role: 'viewer',
  summary:
    'Reads the log of a run as its workers kept it. With `Prefer: wait=N` the gateway waits for lines that are still to come.',
  params: { id: 'ID of the run' },
  query: logsQuerySchema,
  headers: ['prefer'],
  answers: { 200: { description: 'a page of lines', schema: runLogsSchema } },
  problems: ['run_id_malformed', 'run_unknown'],
  async handle({ params: { id }, query: { cursor = null, ...which }, c }, deps) {
    const { runs, catalogue, logs, stopping } = deps;
    const found = await runs.find(id);
    const [named] = (found.searchAttributes[searchAttributes.team] as string[] | undefined) ?? [];
    const team = named ?? (await catalogue.find(found.type))?.team ?? null;
    const shared = { kept: logs.isKept, link: logs.link(id, which) };
    // A job may print whatever it was given.
    if (!deps.reveals(team))
      return c.json({ ...shared, items: [], next: null, after: null, hidden: true as const });
    // Where no lines are to come, nothing is waited for.
    const wait = logs.isKept ? preferredWait(c.req.header('prefer')) : null;
    const until = Date.now() + (wait ?? 0) * 1000;
    const isOver = (): boolean => Date.now() >= until || stopping.aborted || c.req.raw.signal.aborted;
    let after: string | null = cursor;
    for (;;) {
      const { items, last, isMore } = await logs.page(id, which, after);
      after = last;
      if (items.length > 0 || (!isMore && isOver())) {
        if (wait !== null) applyWait(c, wait);
        return c.json({ ...shared, items, next: isMore ? last : null, after: last });
      }
      const ms = Math.min(LOOK_MS, Math.max(1, until - Date.now()));
      if (!isMore) await delay(ms, undefined, { signal: stopping }).catch(() => undefined);
    }
  },
});
