// A run that is asked for at the gateway: the input is checked, and what stands in the way is a problem.

import { parseLightExecution } from '../../goals/wire/light.ts';
import { memoNames } from '../../goals/wire/names.ts';
import { inputDigest } from '../../goals/wire/run-id.ts';
import { HostBusy } from '../../process/light-door.ts';
import { StartRefused } from '../../process/start-refused.ts';
import { type StartRequest, type StartResult, startRun as start } from '../../process/start-run.ts';
import { checkInput } from '../http/check-input.ts';
import { Problem } from '../http/problems.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { endStuck } from './end-stuck.ts';
import { type KeyedRequest, requestIdentity } from './idempotency-key.ts';
import type { Runs } from './runs.ts';

/** So long a run that is being cancelled may take to make room for another. */
const ENDING_MS = 1_500;

/**
 * The execution that pursues the goal for this input: a new one, the one under way, or the one that has achieved it.
 * A `Problem` when the goal takes no such input, is retired or paused, or pursues the key with another input.
 * `keyed` gives the request its identity.
 */
export async function startCheckedRun(
  { temporal, runs }: { temporal: Temporal; runs: Runs },
  request: StartRequest,
  keyed: KeyedRequest | null = null,
): Promise<StartResult> {
  const { publication } = request;
  if (!publication.retired) checkInput(publication, request.input);
  const named = keyed === null ? {} : await requestIdentity(temporal, publication.goal, keyed);
  const begin = () => start(temporal, { patienceMs: ENDING_MS, ...request, ...named });
  const started = await begin()
    .catch(async (error: unknown) => {
      const { run: id } = error instanceof StartRefused && error.code === 'run_open' ? error.members : {};
      if (id === undefined) throw error;
      // One that cannot go on stands in nobody's way.
      const story = await runs.story(await runs.find(id));
      if (story.run.state !== 'stuck') throw error;
      const { by, verified } = request.why;
      await endStuck(temporal, story, { reason: 'to pursue its goal anew', by, verified });
      return begin();
    })
    .catch((error: unknown) => {
      if (error instanceof HostBusy)
        throw new Problem('goal_busy', `${error.message}. Ask again.`, { headers: { 'retry-after': '1' } });
      if (error instanceof StartRefused)
        throw new Problem(error.code, error.message, {
          members: error.members,
          ...(error.code === 'run_ending' ? { headers: { 'retry-after': '1' } } : {}),
        });
      throw error;
    });
  if (parseLightExecution(started.execution) !== null && started.plain === undefined)
    return { ...started, described: await runs.describe(started.id, started.execution) };
  const { described, id } = started;
  // Started on Temporal's own, it has no digest, but its input all the same.
  if (described !== null && described.memo?.[memoNames.input] === undefined) {
    const { run } = await runs.story(described);
    if (inputDigest(run.input) !== inputDigest(request.input))
      throw new Problem('input_differs', `The run ${id} has the same key (${run.key}) and another input.`, {
        members: { run: id, key: run.key },
      });
  }
  return started;
}
