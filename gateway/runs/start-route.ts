// The route by which a goal is pursued.

import { verifiedMark } from '../../goals/wire/actor.ts';
import type { Why } from '../../goals/wire/run-view.ts';
import { goalOf } from '../catalogue/goals.ts';
import { applyWait, preferredWait } from '../http/prefer.ts';
import { route } from '../route-deps.ts';
import { annotatedStory } from './annotations.ts';
import { answerRun, answerRunAfter, runAnswers } from './answer-run.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { storyOfPlain } from './light-runs.ts';
import { startBodySchema } from './start-body.ts';
import { startCheckedRun } from './start-run.ts';
import { reportBegun } from './stories.ts';

/** Whoever asks for a run hears within 3 seconds that Temporal does not answer, however many calls it takes. */
const START_MS = 2_600;

export const startRun = route({
  method: 'POST',
  path: '/goals/:goal/runs',
  role: 'operator',
  summary: "Starts a run of the goal, or joins the run that the input's key has already.",
  params: { goal: 'name of the goal' },
  headers: ['prefer', 'idempotency-key'],
  body: { schema: startBodySchema },
  answers: runAnswers,
  problems: [
    ...(['idempotency_key_malformed', 'idempotency_key_reused', 'goal_unknown', 'goal_retired'] as const),
    ...(['goal_busy', 'goal_paused', 'goal_schema_unusable', 'input_invalid', 'check_too_long'] as const),
    ...([
      'input_too_large',
      'input_differs',
      'run_id_taken',
      'run_open',
      'run_ending',
      'run_unknown',
    ] as const),
  ],
  async handle({ params: { goal }, body, caller, c }, deps) {
    const { temporal, catalogue, runs, clock, log } = deps;
    const { input, reason = null, by = null, force, priority, delay } = body;
    const startAt = delay === undefined ? body.startAt : new Date(Date.now() + delay).toISOString();
    const key = idempotencyKey(c.req.header('idempotency-key'));
    const who = { by, ...verifiedMark(caller), reason };
    const why: Why = { kind: 'request', at: new Date().toISOString(), ...who, ref: null };
    const { publication, ...begun } = await temporal.within(START_MS, async () => {
      const publication = await goalOf(catalogue, goal);
      const asked = { publication, input, why, force, priority, startAt };
      const keyed = key === null ? null : { key, body };
      return { publication, ...(await startCheckedRun({ temporal, runs }, asked, keyed)) };
    });
    const { id, execution, how, described: found, first, plain } = begun;
    log.info({ goal, run: id, execution, how }, 'a run was asked for');
    const wait = preferredWait(c.req.header('prefer'));
    if (plain !== undefined) {
      applyWait(c, wait);
      return answerRun(c, deps.shown(storyOfPlain(publication, begun, plain).run));
    }
    const isOpen = found === null || found.status.name === 'RUNNING';
    if (wait && isOpen) return answerRunAfter(c, deps, wait, { id, execution });
    applyWait(c, wait);
    // It may be in doubt by now, and says so.
    if (found !== null)
      return answerRun(c, deps.shown((await annotatedStory(deps, await runs.story(found))).run));
    const { run } = await reportBegun(temporal, clock)(id, execution, first, Date.parse(why.at));
    return answerRun(c, deps.shown(run));
  },
});
