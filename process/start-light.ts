// A run of a light goal is asked for at its host, whoever asks. The host does not know that an outcome was retracted, nor that Temporal no
// longer keeps it: both are looked for here, and only where an outcome of before would be the answer.

import { parseLightExecution } from '../goals/wire/light.ts';
import type { AchievedLight, LightAnswer, LightAsk } from '../goals/wire/light-update.ts';
import { lightHostId, memoNames } from '../goals/wire/names.ts';
import type { Pause } from '../goals/wire/pause.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import type { Why } from '../goals/wire/run-view.ts';
import type { StartedRun } from '../goals/wire/start.ts';
import type { LightGoal, StartLeft } from './begin-host.ts';
import { isNotFound } from './is-not-found.ts';
import { askHost } from './light-door.ts';
import { marksBeside } from './marks-beside.ts';
import type { TemporalCaller } from './start-execution.ts';
import { type RefusalCode, StartRefused } from './start-refused.ts';

/** What is asked for, of a `StartRequest`. */
interface LightStart extends NonNullable<LightAsk['ordinary']> {
  publication: LightGoal & { paused?: Pause | null };
  input: unknown;
  why: Why;
  identity?: string | undefined;
  actors?: readonly string[] | undefined;
  force?: boolean | undefined;
  /** No light run begins: there is an ordinary one of the key, or there may be. */
  isOrdinary: boolean;
}

/** `plain`: of a run that this request began, and that is achieved: all that is known of it. */
export interface StartedLight extends StartedRun {
  plain?: { ask: LightAsk; answer: AchievedLight };
}

/** How often others may be quicker while it is asked for. */
const ASKED_LIMIT = 10;

/** Names whatever goes on from a light execution: whoever asks, one run does. */
export const goesOnFrom = (id: string, execution: string): string => `resume\n${id}\n${execution}`;

/** `startLeft` has an ordinary run started. `start`: ID and memo of the run, as an ordinary one would have them. */
export async function startLight(
  caller: TemporalCaller,
  request: LightStart,
  host: { n: number; hosts: number },
  { workflowId: id, memo }: { workflowId: string; memo: Record<string, unknown> },
  startLeft: StartLeft,
): Promise<StartedLight> {
  const { publication } = request;
  const { identity, ...asked } = askOf(request, id, memo[memoNames.key] as string);
  const ask = (more: Partial<LightAsk>): Promise<StartedLight> =>
    answered(askHost(caller, publication, host, { ...asked, ...more }, startLeft), id, asked);
  let started = await ask(identity === undefined ? {} : { identity });
  let isFirst = true;
  for (let i = 0; i < ASKED_LIMIT; i++) {
    const { how, execution, plain } = started;
    const isNew = plain !== undefined || parseLightExecution(execution) === null;
    // The first answer is that of the request, however long ago it was sent.
    if (isNew || (isFirst && how !== 'achieved')) return started;
    // start-run.3
    if (!(await isReachedNoMore(caller, publication, id, execution))) return started;
    isFirst = false;
    started = await ask({ force: true, identity: goesOnFrom(id, execution) }).catch((error: unknown) => {
      // Another was quicker.
      if (error instanceof StartRefused && error.code === 'run_open') return ask({});
      throw error;
    });
  }
  throw new Error(`the run ${id} is retracted and pursued again so often that this request found no place`);
}

/** What is retracted, or beyond the time for which Temporal keeps it: the host remembers its keys for longer. */
async function isReachedNoMore(
  caller: TemporalCaller,
  { goal }: LightGoal,
  id: string,
  execution: string,
): Promise<boolean> {
  const { n, host } = parseLightExecution(execution) ?? { n: 0, host: '' };
  const handle = caller.client.workflow.getHandle(lightHostId(goal, n), host);
  const isKept = caller
    .call(() => handle.describe())
    .then(
      () => true,
      (error: unknown) => {
        if (isNotFound(error)) return false;
        throw error;
      },
    );
  const [kept, marks] = await Promise.all([isKept, marksBeside(caller, id, execution)]);
  return !kept || marks.includes('retracted');
}

function askOf(
  { publication, input, why, identity, actors = [], force, priority, startAt, fault, isOrdinary }: LightStart,
  id: string,
  original: string,
): LightAsk {
  const key = parseRunId(id)?.key ?? '';
  // Light runs travel together: that of a backfill has no priority of its own, as one that is pursued once more has none.
  const own = why.kind === 'backfill' && !isOrdinary ? undefined : priority;
  const hasMore = isOrdinary || [own, startAt, fault].some((given) => given !== undefined);
  return {
    ...{ key, input, why: { ...why, ...(force && { forced: true as const }) } },
    ...(original === key ? {} : { original }),
    ...(identity === undefined ? {} : { identity }),
    ...(actors.length > 0 && { actors: [...actors] }),
    ...(force && { force: true as const }),
    // Where an ordinary run may be, it is looked for first.
    ...(publication.paused && why.kind !== 'goal' && !isOrdinary && { paused: true as const }),
    ...(hasMore && { ordinary: { priority: own, startAt, fault } }),
  };
}

async function answered(asking: Promise<LightAnswer>, id: string, ask: LightAsk): Promise<StartedLight> {
  const answer = await asking;
  if (answer.end === 'refused')
    throw new StartRefused(answer.code as RefusalCode, answer.message, {
      run: id,
      key: ask.original ?? ask.key,
    });
  if (answer.end === 'achieved')
    return { id, execution: answer.execution, how: 'started', plain: { ask, answer } };
  return { id, execution: answer.execution, how: answer.how };
}
