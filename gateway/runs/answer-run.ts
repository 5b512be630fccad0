// A run as the answer to who wants it pursued: at once, or once it has closed.

import type { Context } from 'hono';
import { type Run, runSchema } from '../../goals/wire/run-view.ts';
import { applyWait } from '../http/prefer.ts';
import type { RouteAnswer } from '../http/route.ts';
import type { UntilClosed } from '../temporal/until-closed.ts';
import type { Runs } from './runs.ts';

/** How routes that have a run pursued answer. */
export const runAnswers = {
  200: { description: 'the run, closed, whatever its outcome', schema: runSchema },
  202: { description: 'the run, under way', schema: runSchema },
} as const satisfies Record<number, RouteAnswer>;

/** 202 as long as the run goes on; then 200, whatever its outcome: a goal that was not reached is a result. */
export function answerRun(c: Context, run: Run): Response {
  c.header('Location', `/runs/${run.id}`);
  return c.json(run, run.state === 'closed' ? 200 : 202);
}

interface Answering {
  runs: Runs;
  /** As who asked may see it. */
  shown(run: Run): Run;
  untilClosed: UntilClosed;
  stopping: AbortSignal;
}

/** The same run once it has closed or `wait` seconds are over; at once where it cannot be waited for. */
export async function answerRunAfter(
  c: Context,
  { runs, shown, untilClosed, stopping }: Answering,
  wait: number,
  { id, execution }: Pick<Run, 'id' | 'execution'>,
): Promise<Response> {
  const ends = [stopping, c.req.raw.signal];
  if (await untilClosed({ workflowId: id, runId: execution }, wait * 1000, ends)) applyWait(c, wait);
  return answerRun(c, shown((await runs.story(await runs.describe(id, execution))).run));
}
