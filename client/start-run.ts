// Whether a trigger starts a run is decided here and nowhere else (DESIGN 3, P2): a request, an event, a schedule, a
// backfill, another goal, whoever asks.

import { randomUUID } from 'node:crypto';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { jsonBytes } from '../goals/wire/ledger.ts';
import { memoNames, PAYLOAD_BYTES } from '../goals/wire/names.ts';
import type { Publication } from '../goals/wire/publication.ts';
import { inputDigest } from '../goals/wire/run-id.ts';
import { runStart } from '../goals/wire/run-start.ts';
import type { Why } from '../goals/wire/run-view.ts';
import { sha256 } from '../goals/wire/sha256.ts';
import { type Door, startExecution } from './start-execution.ts';

export interface StartRequest {
  publication: Publication;
  /** Not checked against the goal's schema: an input that does not fit becomes a run that failed with `input`. */
  input: unknown;
  why: Why;
  /** Names the request: sent again, it is answered with the execution that it had got, and starts nothing. */
  identity?: string | undefined;
  /** Pursue again what is achieved. */
  force?: boolean | undefined;
}

export interface StartedRun {
  id: string;
  execution: string;
  /** Whether this request began it, it was under way, or the outcome had been achieved before. */
  how: 'started' | 'joined' | 'achieved';
  described: WorkflowExecutionDescription;
}

export type RefusalCode = 'goal_retired' | 'input_too_large' | 'run_id_taken' | 'input_differs';

/** A trigger that can start nothing, and never will as it is. */
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

/** The execution that pursues the goal for this input: a new one, the one under way, or the one that has achieved it. */
export async function startRun(
  door: Door,
  { publication, input, why, force }: StartRequest,
): Promise<StartedRun> {
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
  const start = runStart({ ...publication, name: goal }, input, why);
  const id = start.workflowId;
  const describe = (execution?: string) =>
    door.call(() => door.client.workflow.getHandle(id, execution).describe());
  const begin = { start, type: goal, taskQueue, args: [input], whenRunning: 'join' as const };

  let begun = await startExecution(door, { ...begin, after: 'none', requestId: randomUUID() });
  let achieved = false;
  if (begun === null) {
    const last = await describe();
    achieved = last.status.name === 'COMPLETED' && force !== true;
    begun = achieved
      ? { execution: last.runId, started: false }
      : await startExecution(door, { ...begin, after: 'closed', requestId: requestOf(id, last.runId) });
  }
  const described = await describe(begun?.execution);
  if (described.type !== goal)
    throw new StartRefused('run_id_taken', `The ID ${id} belongs to a workflow that is no run of ${goal}.`);
  const digest = described.memo?.[memoNames.input];
  // Started on Temporal's own, it has none.
  if (digest !== undefined && digest !== inputDigest(input))
    throw new StartRefused(
      'input_differs',
      `The run ${id} has the same key (${start.memo[memoNames.key]}) and another input.`,
      { run: id, key: start.memo[memoNames.key] as string },
    );
  const how = achieved ? 'achieved' : begun?.started === true ? 'started' : 'joined';
  return { id, execution: described.runId, how, described };
}

/** Two that ask for the same, as far as they know, start one. */
const requestOf = (id: string, before: string): string => sha256(`start\n${id}\n${before}`);
