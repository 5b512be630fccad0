// The route by which whoever watches a run hears of it as it changes.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { z } from 'zod';
import { searchAttributes } from '../../goals/wire/names.ts';
import { may } from '../access/principal.ts';
import { Problem } from '../http/problems.ts';
import { executionQuerySchema } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import type { Runs } from '../runs/runs.ts';
import { followLatest } from './follow-latest.ts';
import { followRun } from './follow-run.ts';
import { viewerOf } from './viewer.ts';

const runStreamQuerySchema = executionQuerySchema
  .extend({
    follow: z
      .enum(['run'])
      .optional()
      .describe(
        '`run`: after an outcome the stream goes on with the next execution, and does not end by itself',
      ),
  })
  .refine(({ execution, follow }) => execution === undefined || follow === undefined, {
    path: ['follow'],
    error: 'does not go with `execution`, which is one execution',
  });

export const streamRun = route({
  method: 'GET',
  path: '/runs/:id/events',
  role: 'viewer',
  summary:
    'Streams the views of a run as it changes, until its outcome; with `follow=run` also those of its later executions.',
  params: { id: 'ID of the run' },
  query: runStreamQuerySchema,
  headers: ['last-event-id'],
  answers: {
    200: {
      description: 'server-sent events: `view`, `outcome` and `away`',
      mediaType: 'text/event-stream',
    },
    204: { description: 'the run has ended, and `Last-Event-ID` is that of its outcome', mediaType: null },
  },
  problems: ['run_id_malformed', 'run_unknown', 'caller_streams_full', 'streams_full'],
  async handle({ params: { id }, query: { execution, follow }, c }, deps) {
    const found =
      follow === undefined
        ? await watched(deps.runs, id, execution, c.req.header('last-event-id'))
        : await deps.runs.find(id);
    const [told] = (found.searchAttributes[searchAttributes.team] as string[] | undefined) ?? [];
    const team = told ?? (await deps.catalogue.find(found.type))?.team ?? null;
    // Viewers share what is said, those who see values and those who do not apart.
    const reveals = deps.reveals(team);
    const asks = may(deps.principal, 'approver', team);
    return deps.streams.answer(
      c,
      viewerOf(
        deps,
        (now) =>
          may(now, 'viewer', team) &&
          deps.reveals(team, now) === reveals &&
          may(now, 'approver', team) === asks,
      ),
      `run ${follow === undefined ? found.runId : id}${reveals ? '' : asks ? ' asked' : ' hidden'}`,
      follow === undefined ? followRun(deps, found) : followLatest(deps, found),
    );
  },
});

const EVENT_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.\d+\.[0-9a-f]+$/;

/** A stream is of one execution: a reader that comes again goes on with the one that it had. */
async function watched(
  runs: Runs,
  id: string,
  execution: string | undefined,
  lastEventId: string | undefined,
): Promise<WorkflowExecutionDescription> {
  const before = EVENT_ID.exec(lastEventId ?? '')?.[1];
  if (execution !== undefined || before === undefined) return runs.find(id, execution);
  try {
    return await runs.find(id, before);
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'run_unknown')) throw error;
    return runs.find(id);
  }
}
