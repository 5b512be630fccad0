// A run of a light goal is asked for at its host, whoever asks.

import type { AchievedLight, LightAsk } from '../goals/wire/light.ts';
import { memoNames } from '../goals/wire/names.ts';
import type { Pause } from '../goals/wire/pause.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import type { Why } from '../goals/wire/run-view.ts';
import type { StartedRun } from '../goals/wire/start.ts';
import type { LightGoal, StartLeft } from './begin-host.ts';
import { askHost } from './light-door.ts';
import type { TemporalCaller } from './start-execution.ts';
import { type RefusalCode, StartRefused } from './start-refused.ts';

/** What is asked for, of a `StartRequest`. */
interface LightStart extends NonNullable<LightAsk['ordinary']> {
  publication: LightGoal & { paused?: Pause | null };
  input: unknown;
  why: Why;
  identity?: string | undefined;
  force?: boolean | undefined;
  /** No light run begins: there is an ordinary one of the key, or there may be. */
  isOrdinary: boolean;
}

/** `plain`: of a run that this request began, and that is achieved: all that is known of it. */
export interface StartedLight extends StartedRun {
  plain?: { ask: LightAsk; answer: AchievedLight };
}

/** `startLeft` has an ordinary run started. `start`: ID and memo of the run, as an ordinary one would have them. */
export async function startLight(
  caller: TemporalCaller,
  { publication, input, why, identity, force, priority, startAt, fault, isOrdinary }: LightStart,
  host: { n: number; hosts: number },
  { workflowId: id, memo }: { workflowId: string; memo: Record<string, unknown> },
  startLeft: StartLeft,
): Promise<StartedLight> {
  const key = parseRunId(id)?.key ?? '';
  const original = memo[memoNames.key] as string;
  const hasMore = isOrdinary || [priority, startAt, fault].some((given) => given !== undefined);
  const ask: LightAsk = {
    ...{ key, input, why: { ...why, ...(force && { forced: true as const }) } },
    ...(original === key ? {} : { original }),
    ...(identity === undefined ? {} : { identity }),
    ...(force && { force: true as const }),
    // Where an ordinary run may be, it is looked for first.
    ...(publication.paused && why.kind !== 'goal' && !isOrdinary && { paused: true as const }),
    ...(hasMore && { ordinary: { priority, startAt, fault } }),
  };
  const answer = await askHost(caller, publication, host, ask, startLeft);
  if (answer.end === 'refused')
    throw new StartRefused(answer.code as RefusalCode, answer.message, { run: id, key: original });
  if (answer.end === 'achieved')
    return { id, execution: answer.execution, how: 'started', plain: { ask, answer } };
  return { id, execution: answer.execution, how: answer.how };
}
