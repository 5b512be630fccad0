// Starts the execution of a run that goes on from an earlier one, whoever asks: the gateway for one run, a worker for many.

import type { temporal } from '@temporalio/proto';
import { verifiedMark } from '../goals/wire/actor.ts';
import { memoNames } from '../goals/wire/names.ts';
import type { Priority } from '../goals/wire/priority.ts';
import type { Publication } from '../goals/wire/publication.ts';
import type { Resume } from '../goals/wire/resume.ts';
import { actorsMemo, runStart } from '../goals/wire/run-start.ts';
import type { Run, Why } from '../goals/wire/run-view.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { sha256 } from '../goals/wire/text/sha256.ts';
import { RawPayload, startExecution, type TemporalCaller } from './start-execution.ts';

export interface ResumedInput {
  value: unknown;
  /** What the memo says of it, where the value is not at hand. */
  memo: Record<string, unknown>;
}

/** An input that lies in external storage: handed on as the reference that it is, with what the memo tells of it. */
export function storedInput(
  start: temporal.api.history.v1.IHistoryEvent | undefined,
  memo: Record<string, unknown> = {},
): ResumedInput {
  const payload = start?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? {};
  const known = [memoNames.key, memoNames.input].flatMap((name) =>
    name in memo ? [[name, memo[name]]] : [],
  );
  return { value: new RawPayload(payload), memo: Object.fromEntries(known) };
}

/** Who asks, and why. */
export interface AskedAgain {
  reason?: string | undefined;
  by?: string | undefined;
  verified?: boolean | undefined;
  /** Instead of the goal's own. */
  priority?: Priority | undefined;
}

/** The execution that goes on, whoever started it; null when there is another that runs or has achieved it. */
export async function startAgain(
  caller: TemporalCaller,
  publication: Publication,
  { run, input, actors }: { run: Run; input: ResumedInput; actors: readonly string[] },
  resume: Resume,
  { reason, by, verified, priority }: AskedAgain,
): Promise<string | null> {
  const why: Why = {
    kind: 'resume',
    at: new Date().toISOString(),
    by: by === undefined ? null : boundedText(by, 100),
    ...verifiedMark({ verified }),
    reason: reason === undefined ? null : boundedText(reason, 500),
    ref: run.execution,
    // What looks whether the outcome is there already would find it, and nothing would be done.
    ...((run.why.forced || run.outcome === 'achieved') && { forced: true }),
  };
  const { goal, taskQueue } = publication;
  const earlier = { deadline: timeOf(run.deadline), expected: timeOf(run.expected) };
  const start = runStart(
    { ...publication, ...(priority !== undefined && { priority }), name: goal, earlier },
    run.input,
    why,
    undefined,
    run.tags ?? [],
  );
  const started = await startExecution(caller, {
    // The key may be told otherwise by now: the run is the same.
    start: { ...start, workflowId: run.id, memo: { ...start.memo, ...input.memo, ...actorsMemo(actors) } },
    type: goal,
    taskQueue,
    args: [input.value, resume],
    requestId: sha256(`resume\n${run.id}\n${run.execution}`),
    after: run.outcome === 'achieved' ? 'closed' : 'failed',
    whenRunning: 'refuse',
  });
  return started?.execution ?? null;
}

const timeOf = (at: string | null): number | null => (at === null ? null : Date.parse(at));
