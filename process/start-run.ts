// Whether a trigger starts a run is decided here and nowhere else: a request, an event, a schedule, a
// backfill, another goal, whoever asks.
//
// O1. Two that see the same execution as the last one, and go on after it, start one: the ID of the start is made of it.
// O2. A request that has an identity, sent again, gets the execution that it had got: started for it, or joined by it.

import { randomUUID } from 'node:crypto';
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { jsonBytes } from '../goals/wire/ledger.ts';
import { memoNames, PAYLOAD_BYTES } from '../goals/wire/names.ts';
import type { Pause } from '../goals/wire/pause.ts';
import type { Priority } from '../goals/wire/priority.ts';
import type { Publication } from '../goals/wire/publication.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import { runStart } from '../goals/wire/run-start.ts';
import type { Why } from '../goals/wire/run-view.ts';
import type { RunFault } from '../goals/wire/start.ts';
import { sha256 } from '../goals/wire/text/sha256.ts';
import { earlierRequest, isMarkedBy, isStartedBy, type RequestMark, requestMark } from './earlier-request.ts';
import { type Door, type Execution, type StartedExecution, startExecution } from './start-execution.ts';

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
  /** Pursue again what is achieved; refused while a run is under way. `why` says who wants that. */
  force?: boolean | undefined;
  /** Instead of the goal's own. */
  priority?: Priority | undefined;
  /** So long the end of a run that is being cancelled is waited for. Default: not at all. */
  patienceMs?: number | undefined;
}

export interface StartedRun {
  id: string;
  execution: string;
  /** Whether this request began it, now or when it was sent before; it was under way; or the outcome had been achieved. */
  how: 'started' | 'joined' | 'achieved';
  /** As it was found; null when this call has just begun it, and nobody has looked at it. */
  described: WorkflowExecutionDescription | null;
  /** In that case the event that its history begins with, but for its time. */
  first?: StartedExecution['first'];
}

export type RefusalCode =
  | 'goal_retired'
  | 'goal_paused'
  | 'input_too_large'
  | 'run_id_taken'
  | 'run_open'
  | 'run_ending'
  | 'input_differs';

/** A trigger that starts nothing as things are. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  readonly code: RefusalCode;
  /** What a program may want to know beside the text. */
  readonly members: Record<string, string>;
  constructor(code: RefusalCode, message: string, members: Record<string, string> = {}) {
    super(message);
    this.code = code;
    this.members = members;
  }
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
export async function startRun(door: Door, request: StartRequest): Promise<StartedRun> {
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
    { ...publication, ...(priority && { priority }), name: goal },
    input,
    { ...why, ...(request.force && { forced: true }) },
    request.key,
  );
  const id = start.workflowId;
  const mark = identity === undefined ? null : requestMark(id, identity);
  const memo = {
    ...start.memo,
    ...(mark && { [memoNames.request]: mark.memo }),
    ...(request.fault && { [memoNames.fault]: request.fault }),
  };
  const begin = { start: { ...start, memo }, type: goal, taskQueue, args: [input] };
  const judged = await afterCancelled({ door, request, id, mark, begin });
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

type Found = Omit<StartedRun, 'id'>;

const found = (how: StartedRun['how'], described: WorkflowExecutionDescription): Found => ({
  execution: described.runId,
  how,
  described,
});

interface Asking {
  door: Door;
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
  const { door, mark, begin } = asking;
  const requestId = mark?.requestId ?? randomUUID();
  const begun = await startExecution(door, { ...begin, requestId, after: 'none', whenRunning: 'join' });
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
  const { door, request, id, mark, begin } = asking;
  const { publication, force = false } = request;
  const last = await describe(asking).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (last !== null) {
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
    if (!force && isFresh(last, publication)) return found('achieved', last);
  }
  refusePaused(request);
  const isAgain = last?.status.name === 'COMPLETED' || force;
  const { start } = begin;
  const memo = { ...start.memo, ...(last && { [memoNames.before]: last.runId }) };
  const begun = await startExecution(door, {
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
  { door, mark, request }: Asking,
  latest: WorkflowExecutionDescription,
): Promise<Found | null> {
  if (mark === null) return null;
  const wasAnswer = await achievedBefore(request);
  const isIts = (one: WorkflowExecutionDescription) => isMarkedBy(one, mark) || wasAnswer(one);
  const had = isIts(latest) ? latest : await earlierRequest(door, latest, isIts);
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
  const { door, mark, begin } = asking;
  refuseEnding(asking, described);
  if (mark === null || described.historyLength > MARKED_HISTORY_LIMIT) return found('joined', described);
  const { requestId } = mark;
  const execution = { ...begin, requestId, after: 'none' as const, whenRunning: 'join' as const };
  const marked = await startExecution(door, { ...execution, marks: true });
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
  { door, id, begin }: Asking,
  execution?: string,
): Promise<WorkflowExecutionDescription> {
  const described = await door.call(() => door.client.workflow.getHandle(id, execution).describe());
  if (described.type === begin.type) return described;
  throw new StartRefused(
    'run_id_taken',
    `The ID ${id} belongs to a workflow that is no run of ${begin.type}.`,
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

/** O1. */
const requestOf = (id: string, before: string): string => sha256(`start\n${id}\n${before}`);
