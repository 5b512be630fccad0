// One attempt in the worker, from the parsed input to the checked output.

import type { Logger } from 'pino';
import { artifactsTo } from '../../goals/artifacts.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { inputDigest } from '../../goals/wire/run-id.ts';
import { LARGEST_BYTES } from '../../goals/wire/stored.ts';
import { uncarriedIn } from '../../goals/wire/text/uncarried.ts';
import type { Binding, JobContext } from '../bind.ts';
import { type EndedBy, endedBy } from '../ended-by.ts';
import type { AttemptArtifacts } from './attempt-artifacts.ts';
import { attemptLog, logDropped } from './attempt-log.ts';
import { attemptScope } from './attempt-scope.ts';
import type { AttemptTime } from './attempt-time.ts';
import { parseWithin } from './bounded-parse.ts';
import { inputInvalid, outputInvalid, outputTooLarge, outputUncarried } from './classify.ts';
import type { Beats } from './heartbeats.ts';
import { jobContext } from './job-context.ts';
import type { LastLines } from './last-lines.ts';
import { budgetOf } from './log-budget.ts';
import { readSecrets, refuseSecrets } from './secrets.ts';
import type { WholeLog } from './whole-log.ts';
import { LONGEST_TIMER_MS, TIMEOUT_GRACE_MS, withTimeout } from './with-timeout.ts';

/** Thrown when the job's turn did not come: nothing has begun. */
export const NO_TURN = Symbol('no turn');

/** One attempt of a job, as its wrapper sees it. */
export interface JobAttempt extends Pick<JobContext, 'attempt' | 'goal' | 'run' | 'step' | 'deadline'> {
  input: unknown;
  cancellation: AbortSignal;
  time: AttemptTime;
  heartbeats: Beats;
  /** Bound to the step, when it is first needed. */
  log: () => Logger;
  /** Keeps what the job writes last. */
  lines: LastLines;
  /** Keeps all that it writes, where that is kept. */
  whole: () => WholeLog | null;
  /** Keeps what it shows with the run, once it shows anything. */
  artifacts: () => AttemptArtifacts;
}

/** What a job gave, how large it is as JSON, and how many milliseconds the job took once it was its turn. */
export interface JobOutput {
  output: unknown;
  bytes: number;
  ms: number;
}

/** Runs the job once, within its time; its output fits its contract. Throws whatever the attempt ends with otherwise. */
export async function runJob(binding: Binding, attempt: JobAttempt): Promise<JobOutput> {
  const { job, run: make } = binding;
  const { cancellation, time, goal, run, step, deadline } = attempt;
  const input = parseWithin(job.input, attempt.input);
  if (!input.success) throw inputInvalid(input.what);
  const secrets = readSecrets(job.secrets);
  const endTurn = await turnOf(binding, attempt);
  const begun = performance.now();
  const timeoutMs = time.timeoutMs();
  const timeout = new AbortController();
  let ends: EndedBy | undefined;
  let bound: Logger | undefined;
  let jobs: Logger | undefined;
  let whole = null as WholeLog | null;
  const log = (): Logger => (bound ??= attempt.log().child({ attempt: attempt.attempt }));
  const jobLog = (): Logger => {
    if (jobs !== undefined) return jobs;
    whole = attempt.whole();
    jobs = attemptLog(log(), budgetOf(job.name), attempt.lines, whole);
    return jobs;
  };
  const { context, end } = jobContext(
    { attempt: attempt.attempt, goal, run, step, deadline, secrets },
    {
      signal: () => {
        ends ??= endedBy([timeout.signal, cancellation]);
        return ends.signal;
      },
      // With the input: in a run that goes on after its code was mended, the path may be another step's.
      idempotencyKey: () => `${run}/${step}/${inputDigest(attempt.input).slice(0, 12)}`,
      log: jobLog,
      artifact: () => artifactsTo((artifact, name) => attempt.artifacts().keep(artifact, name)),
    },
    begun + timeoutMs,
    attempt.heartbeats,
  );
  let isOver = false;
  const work = new Promise<unknown>((resolve, reject) => {
    const onStray = (error: unknown): void => {
      log().error(
        { err: error },
        isOver ? 'thrown after the attempt was over' : 'thrown where nobody caught it',
      );
      timeout.abort(error);
      reject(error);
    };
    const scope = { onStray, log: jobLog };
    attemptScope.run(scope, async () => make(input.data, context)).then(resolve, reject);
  });
  try {
    const grace = make.graceMs ?? TIMEOUT_GRACE_MS;
    // The activity that carries a batch member waits no longer than its share, whatever comes of the work.
    const output = time.outlastsShare(timeoutMs)
      ? await work
      : await withTimeout(work, timeoutMs, timeout, cancellation, grace);
    const checked = checkedOutput(binding, output);
    refuseSecrets('output', output, secrets);
    return { ...checked, ms: performance.now() - begun };
  } finally {
    isOver = true;
    if (jobs !== undefined) logDropped(log(), budgetOf(job.name));
    end();
    await whole?.end();
    endTurn?.();
    ends?.release();
  }
}

/**
 * Waits for the job's turn, where it has to; what waits has not begun, so this is no part of its time. Throws NO_TURN
 * before the server, which knows nothing of turns, would take the attempt for a lost one.
 */
async function turnOf(
  { run }: Binding,
  { time, cancellation }: JobAttempt,
): Promise<(() => void) | undefined> {
  if (run.turn === undefined) return undefined;
  const late = new AbortController();
  const spare = Math.max(0, time.spareMs());
  const timer = setTimeout(() => late.abort(NO_TURN), Math.min(spare, LONGEST_TIMER_MS));
  const end = endedBy([late.signal, cancellation]);
  try {
    return await run.turn(end.signal);
  } finally {
    clearTimeout(timer);
    end.release();
  }
}

function checkedOutput({ job }: Binding, output: unknown): Omit<JobOutput, 'ms'> {
  const parsed = parseWithin(job.output, output);
  if (!parsed.success) throw outputInvalid(parsed.what);
  const uncarried = uncarriedIn(output);
  if (uncarried !== null) throw outputUncarried(uncarried);
  let bytes: number;
  try {
    bytes = jsonBytes(output);
  } catch (error) {
    throw outputInvalid(`cannot be written as JSON: ${(error as Error).message}`);
  }
  if (bytes > LARGEST_BYTES) throw outputTooLarge(bytes, LARGEST_BYTES);
  return { output, bytes };
}
