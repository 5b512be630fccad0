// What every start of a run carries, whoever starts it: the gateway, or another run.

import { runTimeoutMs } from './ended.ts';
import { memoNames, searchAttributes } from './names.ts';
import { type Fairness, type Priority, temporalPriority } from './priority.ts';
import { inputDigest, runId, runKey } from './run-id.ts';
import type { Pace, Why } from './run-view.ts';
import { boundedText } from './text/bounded-text.ts';

/** What a start must know of the goal: a `Goal` and a `Publication` both are one. */
export interface Startable {
  outcome: string;
  owner: string;
  team: string;
  key: readonly string[];
  priority?: Priority | null | undefined;
  fairness?: Fairness | null | undefined;
  usualMs?: number | null | undefined;
  expectedMs?: number | null | undefined;
  deadlineMs?: number | null | undefined;
}

/**
 * How long a worker has for one workflow task, inline jobs not counted: one that a lost worker had is given to another
 * after that. Temporal's own ten seconds would be the longest part of a recovery.
 */
export const WORKFLOW_TASK_MS = 6_000;

/** ID, memo, search attributes, summary, priority and timeout with which the run of a goal for an input is started; `instead` of the input's key. */
export function runStart(goal: Startable & { name: string }, input: unknown, why: Why, instead?: string) {
  const key = instead === undefined ? runKey(input, goal.key) : runKey({ instead }, ['instead']);
  const priority = temporalPriority(goal.priority, goal.fairness, input);
  return {
    workflowId: runId(goal.name, key.id),
    memo: {
      [memoNames.key]: boundedText(key.original, 1000),
      [memoNames.input]: inputDigest(input),
      [memoNames.why]: why,
      ...paceOf(goal),
    },
    typedSearchAttributes: ownership(goal),
    staticSummary: boundedText(goal.outcome, 120),
    workflowTaskTimeout: WORKFLOW_TASK_MS,
    ...(goal.deadlineMs == null ? {} : { workflowRunTimeout: runTimeoutMs(goal.deadlineMs) }),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** What a run's own history must tell of how long it may take, so that its view needs no catalogue. */
const paceOf = ({ usualMs = null, expectedMs = null, deadlineMs = null }: Startable) =>
  usualMs === null && expectedMs === null && deadlineMs === null
    ? {}
    : { [memoNames.pace]: { usualMs, expectedMs, deadlineMs } satisfies Pace };

/** The search attributes by which runs are found. */
export const ownership = ({ owner, team }: Pick<Startable, 'owner' | 'team'>) => [
  { key: { name: searchAttributes.owner, type: 'KEYWORD' as const }, value: owner },
  { key: { name: searchAttributes.team, type: 'KEYWORD' as const }, value: team },
];
