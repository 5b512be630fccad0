// Whether a trigger starts a run is decided here and nowhere else: a request, an event, a schedule, a
// backfill, another goal, whoever asks.
//
// start-run.1. Two that see the same execution as the last one, and go on after it, start one: the ID of the start is made of it.
// start-run.2. A request that has an identity, sent again, gets the execution that it had got: started for it, or joined by it.
// start-run.3. An outcome that was retracted is reached no more: it is pursued again.

import { randomUUID } from 'node:crypto';
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { jsonBytes } from '../goals/wire/ledger.ts';
import { hasLight, type LightSeed } from '../goals/wire/light.ts';
import { memoNames, PAYLOAD_BYTES } from '../goals/wire/names.ts';
import type { Pause } from '../goals/wire/pause.ts';
import type { Priority } from '../goals/wire/priority.ts';
import type { Publication } from '../goals/wire/publication.ts';
import type { RunFault } from '../goals/wire/run-fault.ts';
import { inputDigest, parseRunId, runId } from '../goals/wire/run-id.ts';
import { actorsMemo, delayedStart, runStart } from '../goals/wire/run-start.ts';
import type { Why } from '../goals/wire/run-view.ts';
import { sha256 } from '../goals/wire/text/sha256.ts';
import { earlierRequest, isMarkedBy, isStartedBy, type RequestMark, requestMark } from './earlier-request.ts';
import type { LeftRun } from './host-left.ts';
import { hostOfKey } from './host-of-key.ts';
import { marksBeside } from './marks-beside.ts';
import {
  type Execution,
  type StartedExecution,
  startExecution,
  type TemporalCaller,
} from './start-execution.ts';
import { type StartedLight, startLight } from './start-light.ts';
import { StartRefused } from './start-refused.ts';

export interface StartRequest {
  publication: Publication & { paused?: Pause | null };
  /** Not checked against the goal's schema: an input that does not fit becomes a run that failed with `input`. */
  input: unknown;
  why: Why;
  /** The run's key, where the input has none to give: that of an event that does not fit. */
  key?: string | undefined;
  /** Names the request: sent again, it is answered with the execution that it had got, and starts nothing. */
  identity?: string | undefined;
  /** When such a request was first sent, in milliseconds, where that is remembered: what had been achieved then is its answer. */
  firstSentAt?: (() => Promise<number>) | undefined;
  /** Why it has no input: it fails with that. */
  fault?: RunFault | undefined;
  /** Verified people whose run it is, beside whoever `why` tells of. */
  actors?: readonly string[] | undefined;
  /** Pursue again what is achieved; refused while a run is under way. `why` says who wants that. */
  force?: boolean | undefined;
  /** Instead of the goal's own. */
  priority?: Priority | undefined;
  /** When a new run is to begin, as ISO 8601. Default: at once. One that is under way is joined as it is. */
  startAt?: string | undefined;
  /** Asked by the host of a light goal: an ordinary run is started, with what a light one has done. */
  host?: { seed: LightSeed | null } | undefined;
  /** So long the end of a run that is being cancelled is waited for. Default: not at all. */
  patienceMs?: number | undefined;
}

export interface StartResult {
  id: string;
  execution: string;
  /** Whether this request began it, now or when it was sent before; it was under way; or the outcome had been achieved. */
  how: 'started' | 'joined' | 'achieved';
  /** As it was found; null when this call has just begun it, and nobody has looked at it. */
  described: WorkflowExecutionDescription | null;
  /** In that case the event that its history begins with, but for its time. */
  first?: StartedExecution['first'];
  /** Of a light run that this call has begun, and that is achieved: nothing more needs to be read. */
  plain?: StartedLight['plain'];
}

/** How often others may be quicker while it is judged. */
const JUDGEMENTS = 10;
const LOOK_MS = 200;

/** A run whose history is longer is joined without a mark in it: the engine ends those that grow too long. */
const MARKED_HISTORY_LIMIT = 20_000;

/**
 * The execution that pursues the goal for this input: a new one, the one under way, or the one that has achieved it and
 * is fresh. Throws a `StartRefused`.
 */
export async function startRun(caller: TemporalCaller, request: StartRequest): Promise<StartResult> {
  const { publication, input, why, priority, identity } = request;
  const { goal, taskQueue, retired } = publication;
  if (retired)
    throw new StartRefused(
      'goal_retired',
      `${goal} is no longer declared; its runs can be read, and no more started.`,
    );
  const bytes = jsonBytes(input);
  if (bytes > PAYLOAD_BYTES)
    throw new StartRefused(
      'input_too_large',
      `The input has ${bytes} bytes; ${PAYLOAD_BYTES} at most. Pass a reference to the data.`,
    );
  const start = runStart(
    {
      ...publication,
      ...(priority && { priority }),
      name: goal,
      ...(request.startAt && { beginsAt: Date.parse(request.startAt) }),
    },
    input,
    { ...why, ...(request.force && { forced: true }) },
    request.key,
  );
  const startLeft = async ({ ask, execution, seed }: LeftRun): Promise<void> => {
    const { input, why, force, actors, identity = `light:${execution}` } = ask;
    // What the host had taken is pursued, whatever the goal is by now.
    const asked = {
      publication: { ...publication, paused: null },
      input,
      why,
      force,
      actors,
      identity,
      host: { seed },
    };
    await startRun(caller, asked).catch((error: unknown) => {
      if (!(error instanceof StartRefused)) throw error;
    });
  };
  // The host is the only door of a light goal's keys, but of those of events that do not fit, whose runs are never light.
  if (request.host === undefined && request.key === undefined && hasLight(publication)) {
    const { host, isOrdinary } = await hostOfKey(caller, publication, start.workflowId);
    if (host !== null)
      return {
        ...(await startLight(caller, { ...request, isOrdinary }, host, start, startLeft)),
        described: null,
      };
  }
  const type = await nameOfRun(caller, request, start.workflowId);
  const id = runId(type, parseRunId(start.workflowId)?.key ?? '');
  const mark = identity === undefined ? null : requestMark(id, identity);
  const memo = {
    ...start.memo,
    ...actorsMemo(request.actors ?? []),
    ...(mark && { [memoNames.request]: mark.memo }),
    ...(request.fault && { [memoNames.fault]: request.fault }),
  };
  const args = request.host?.seed ? [input, request.host.seed] : [input];
  const begin = { start: later({ ...start, workflowId: id, memo }, request), type, taskQueue, args };
  const judged = await afterCancelled({ caller, request, id, mark, begin });
  const { described } = judged;
  const digest = described?.memo?.[memoNames.input];
  // Started on Temporal's own, it has none.
  if (digest !== undefined && digest !== inputDigest(input))
    throw new StartRefused(
      'input_differs',
      `The run ${id} has the same key (${start.memo[memoNames.key]}) and another input.`,
      { run: id, key: start.memo[memoNames.key] as string },
    );
  return { id, ...judged };
}

/** The start of a run that is to begin at a later time, where that is asked for. */
function later<Start extends Execution['start']>(start: Start, { startAt }: StartRequest): Start {
  const ms = startAt === undefined ? 0 : Date.parse(startAt) - Date.now();
  if (startAt === undefined || !(ms > 0)) return start;
  const { memo, attribute, ...timeout } = delayedStart(startAt, ms, start.workflowRunTimeout);
  return {
    ...start,
    memo: { ...start.memo, ...memo },
    typedSearchAttributes: [...start.typedSearchAttributes, attribute],
    ...timeout,
  };
}

/**
 * The name under which the goal's run of this key is, or is to be. One of a former name counts while it is open, or as long as it answers
 * for the key, where there is none of the goal's own.
 */
async function nameOfRun(
  { client, call }: TemporalCaller,
  { publication, force = false }: StartRequest,
  id: string,
): Promise<string> {
  const { goal, formerly = [] } = publication;
  if (formerly.length === 0) return goal;
  const found = (run: string): Promise<WorkflowExecutionDescription | null> =>
    call(() => client.workflow.getHandle(run).describe()).catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
  if ((await found(id)) !== null) return goal;
  for (const name of formerly) {
    const last = await found(runId(name, parseRunId(id)?.key ?? ''));
    if (last?.type !== name) continue;
    if (last.status.name === 'RUNNING') return name;
    if (!force && isFresh(last, publication) && !(await isRetracted({ client, call }, last))) return name;
  }
  return goal;
}

type Found = Omit<StartResult, 'id'>;

const found = (how: StartResult['how'], described: WorkflowExecutionDescription): Found => ({
  execution: described.runId,
  how,
  described,
});

interface Asking {
  caller: TemporalCaller;
  request: StartRequest;
  id: string;
  mark: RequestMark | null;
  begin: Pick<Execution, 'start' | 'type' | 'taskQueue' | 'args'>;
}

/** With the run that is being cancelled out of the way, if that ends in time. */
async function afterCancelled(asking: Asking): Promise<Found> {
  const until = performance.now() + (asking.request.patienceMs ?? 0);
  for (;;) {
    try {
      return await judge(asking);
    } catch (error) {
      const isEnding = error instanceof StartRefused && error.code === 'run_ending';
      if (!isEnding || performance.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

async function judge(asking: Asking): Promise<Found> {
  const { request } = asking;
  // In most cases there is no run of that key yet, or it is under way: then one call is all.
  const simple = request.force === true || isPaused(request) ? null : await startFirst(asking);
  if (simple !== null) return simple;
  for (let i = 0; i < JUDGEMENTS; i++) {
    const found = await afterLast(asking);
    if (found !== null) return found;
  }
  throw new Error(`the run ${asking.id} is started and ends so often that this request found no place`);
}

/** Null when the latest execution is closed: then it has to be looked at. */
async function startFirst(asking: Asking): Promise<Found | null> {
  const { caller, mark, begin } = asking;
  const requestId = mark?.requestId ?? randomUUID();
  const begun = await startExecution(caller, { ...begin, requestId, after: 'none', whenRunning: 'join' });
  if (begun === null) return null;
  // A request that was sent again may have been answered with what it began then.
  if (begun.started && mark === null)
    return { execution: begun.execution, how: 'started', described: null, first: begun.first };
  const described = await describe(asking, begun.execution);
  if (begun.started) return found('started', described);
  return (await hadBefore(asking, described)) ?? joined(asking, described);
}

/** What follows from the latest execution; null when another took its place meanwhile. */
async function afterLast(asking: Asking): Promise<Found | null> {
  const { caller, request, id, mark, begin } = asking;
  const { publication, force = false } = request;
  const last = await describe(asking).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (last !== null) {
    // start-run.2: the request may have been answered before.
    const had = await hadBefore(asking, last);
    if (had !== null) return had;
    if (last.status.name === 'RUNNING' && force)
      throw new StartRefused(
        'run_open',
        `The run ${id} is under way; cancel it first, or wait for its end.`,
        {
          run: id,
          execution: last.runId,
        },
      );
    if (last.status.name === 'RUNNING') return joined(asking, last);
    // start-run.3
    if (!force && isFresh(last, publication) && !(await isRetracted(caller, last)))
      return found('achieved', last);
  }
  refusePaused(request);
  const isAgain = last?.status.name === 'COMPLETED' || force;
  const { start } = begin;
  const memo = {
    ...start.memo,
    ...(last && { [memoNames.before]: last.runId }),
    ...(last && last.status.name !== 'COMPLETED' && { [memoNames.unachieved]: last.runId }),
  };
  const begun = await startExecution(caller, {
    ...begin,
    start: { ...start, memo },
    requestId: last === null ? (mark?.requestId ?? randomUUID()) : requestOf(id, last.runId),
    after: last === null ? 'none' : isAgain ? 'closed' : 'failed',
    whenRunning: force ? 'refuse' : 'join',
  });
  if (begun === null) return null;
  const described = await describe(asking, begun.execution);
  if (begun.started && (mark === null || isStartedBy(described, mark))) return found('started', described);
  // Somebody else's, who went on after the same one at the same moment.
  return (await joined(asking, described)) ?? found('joined', described);
}

/** The execution that this very request had got when it was sent before. */
async function hadBefore(
  { caller, mark, request }: Asking,
  latest: WorkflowExecutionDescription,
): Promise<Found | null> {
  if (mark === null) return null;
  const wasAnswer = await achievedBefore(request);
  const isIts = (one: WorkflowExecutionDescription) => isMarkedBy(one, mark) || wasAnswer(one);
  const had = isIts(latest) ? latest : await earlierRequest(caller, latest, isIts);
  if (had === null) return null;
  if (!isMarkedBy(had, mark)) return found('achieved', had);
  return found(isStartedBy(had, mark) ? 'started' : 'joined', had);
}

/**
 * Of executions from the latest on back: whether it is the one that had achieved the outcome, and was fresh, when the
 * request was first sent. No mark tells so, as a closed execution takes none.
 */
async function achievedBefore({
  firstSentAt,
  force,
  publication,
}: StartRequest): Promise<(one: WorkflowExecutionDescription) => boolean> {
  if (firstSentAt === undefined || force === true) return () => false;
  const sentAt = await firstSentAt();
  let isLatestThen = true;
  return (one) => {
    if (one.startTime.getTime() > sentAt || !isLatestThen) return false;
    isLatestThen = false;
    return (one.closeTime?.getTime() ?? sentAt) < sentAt && isFresh(one, publication, sentAt);
  };
}

/** Joins the run under way, so that it is known for good that this request did; null when that has ended meanwhile. */
async function joined(asking: Asking, described: WorkflowExecutionDescription): Promise<Found | null> {
  const { caller, mark, begin } = asking;
  refuseEnding(asking, described);
  if (mark === null || described.historyLength > MARKED_HISTORY_LIMIT) return found('joined', described);
  const { requestId } = mark;
  const execution = { ...begin, requestId, after: 'none' as const, whenRunning: 'join' as const };
  const marked = await startExecution(caller, { ...execution, marks: true });
  if (marked === null) return null;
  const isSame = marked.execution === described.runId;
  const how = marked.started ? 'started' : 'joined';
  return found(how, isSame ? described : await describe(asking, marked.execution));
}

/** Who asks for a run now wants none that is being cancelled. */
function refuseEnding({ id }: Asking, { raw, runId, status }: WorkflowExecutionDescription): void {
  if (status.name !== 'RUNNING' || raw.workflowExtendedInfo?.cancelRequested !== true) return;
  throw new StartRefused(
    'run_ending',
    `The run ${id} is being cancelled and has not ended. Ask again: then a new one is started.`,
    { run: id, execution: runId },
  );
}

async function describe(
  { caller, id, begin }: Asking,
  execution?: string,
): Promise<WorkflowExecutionDescription> {
  const described = await caller.call(() => caller.client.workflow.getHandle(id, execution).describe());
  if (described.type === begin.type) return described;
  throw new StartRefused(
    'run_id_taken',
    `The ID ${id} belongs to a workflow that is not a run of ${begin.type}.`,
  );
}

/** Achieved, and not longer ago than the goal says: by the clock of whoever asks, where no time is given. */
function isFresh(
  last: WorkflowExecutionDescription,
  { freshMs }: Publication,
  at: number = Date.now(),
): boolean {
  if (last.status.name !== 'COMPLETED') return false;
  return freshMs === undefined || (last.closeTime?.getTime() ?? 0) + freshMs > at;
}

/** Looked for only where the outcome would be the answer. */
const isRetracted = async (
  caller: TemporalCaller,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<boolean> => (await marksBeside(caller, workflowId, runId)).includes('retracted');

/** What another run needs is part of what that run does, which goes on. */
const isPaused = ({ publication, why }: StartRequest): boolean => !!publication.paused && why.kind !== 'goal';

function refusePaused(request: StartRequest): void {
  const { goal, paused } = request.publication;
  if (!paused || !isPaused(request)) return;
  const why = `${paused.by === null ? '' : ` by ${paused.by}`}${paused.reason === null ? '' : `: ${paused.reason}`}`;
  throw new StartRefused(
    'goal_paused',
    `${goal} is paused since ${paused.at}${why}. No run of it is started.`,
    {
      since: paused.at,
    },
  );
}

/** start-run.1: the ID of the start follows from the execution before it. */
const requestOf = (id: string, before: string): string => sha256(`start\n${id}\n${before}`);
