// What every start of a run carries, whoever starts it: the gateway, or another run.

import { z } from 'zod';
import { tagsOfInput } from './annotations.ts';
import { type ByClock, momentFor, type RunBegin, type RunTimes } from './by-clock.ts';
import { runTimeoutMs } from './ended.ts';
import { memoNames, searchAttributes } from './names.ts';
import { type Fairness, type Priority, temporalPriority } from './priority.ts';
import type { RowMemo } from './row-memo.ts';
import { inputDigest, runId, runKey } from './run-id.ts';
import type { Pace, Why } from './run-view.ts';
import { subjectDigests } from './subject.ts';
import { boundedText } from './text/bounded-text.ts';

/** Verified people whose run it is: so many are kept, the first of them. */
const MOST_ACTORS = 100;

export const actorsSchema = z.array(z.string());

/** Those from before, and whoever `why` tells of, where that is verified. */
export function actorsWith(
  before: readonly string[],
  why: Pick<Why, 'by' | 'verified'> | undefined,
): string[] {
  const latest = why?.verified === true && why.by !== null ? [why.by] : [];
  return [...new Set([...before, ...latest])].slice(0, MOST_ACTORS);
}

export const startsAtSchema = z.iso.datetime({ offset: true });

/** A run begins up to so long after it was asked for. */
export const LATEST_START_MS = 366 * 86_400_000;

/** What the start of a run has beside that which begins at a later time; `ms` is how long after it was asked for. */
export const delayedStart = (at: string, ms: number, timeoutMs: number | undefined) => ({
  memo: { [memoNames.startsAt]: at },
  attribute: { key: { name: searchAttributes.state, type: 'KEYWORD' as const }, value: 'delayed' },
  ...(timeoutMs === undefined ? {} : { workflowRunTimeout: timeoutMs + ms }),
});

/** The memo of a start that tells of them; of none, nothing. */
export const actorsMemo = (actors: readonly string[]): Record<string, string[]> =>
  actors.length === 0 ? {} : { [memoNames.actors]: [...actors] };

/** What a start must know of the goal: a `Goal` and a `Publication` both are one. */
export interface Startable {
  outcome: string;
  owner: string;
  team: string;
  key: readonly string[];
  personal?: readonly string[] | undefined;
  tags?: readonly string[] | undefined;
  priority?: Priority | null | undefined;
  fairness?: Fairness | null | undefined;
  usualMs?: number | null | undefined;
  expectedMs?: number | null | undefined;
  deadlineMs?: number | null | undefined;
  deadlineBy?: ByClock | null | undefined;
  expectedBy?: ByClock | null | undefined;
  /** The times of the execution that this one goes on from: they hold as long as they lie ahead. */
  earlier?: RunTimes;
  /** When it is to begin, in milliseconds since 1970, where that is not now. */
  beginsAt?: number;
}

/**
 * How long a worker has for one workflow task, inline jobs not counted: one that a lost worker had is given to another
 * after that. Temporal's own ten seconds would be the longest part of a recovery.
 */
export const WORKFLOW_TASK_MS = 6_000;

/**
 * ID, memo, search attributes, summary, priority and timeout with which the run of a goal for an input is started: `instead` of the
 * input's key, and with these `tags` instead of those that the input gives.
 */
export function runStart(
  goal: Startable & { name: string },
  input: unknown,
  why: Why,
  instead?: string,
  tags: readonly string[] = tagsOfInput(input, goal.tags ?? []),
) {
  const key = instead === undefined ? runKey(input, goal.key) : runKey({ instead }, ['instead']);
  const startedAt = Math.max(goal.beginsAt ?? 0, Date.now());
  const pace = paceOf(goal, { startedAt, why, input });
  const deadlineMs =
    goal.deadlineMs ?? (pace?.deadlineAt == null ? null : Math.max(0, pace.deadlineAt - startedAt));
  const priority = temporalPriority(goal.priority, goal.fairness, input);
  return {
    workflowId: runId(goal.name, key.id),
    memo: {
      [memoNames.key]: boundedText(key.original, 1000),
      [memoNames.input]: inputDigest(input),
      [memoNames.why]: why,
      // By which a run without trouble differs from one whose start knew of no rows.
      [memoNames.row]: {} satisfies RowMemo,
      ...(pace && { [memoNames.pace]: pace }),
    },
    typedSearchAttributes: [
      ...ownership(goal),
      ...listed(searchAttributes.subjects, subjectDigests(input, goal.personal ?? [])),
      ...listed(searchAttributes.tags, [...tags]),
    ],
    staticSummary: boundedText(goal.outcome, 120),
    workflowTaskTimeout: WORKFLOW_TASK_MS,
    ...(deadlineMs === null ? {} : { workflowRunTimeout: runTimeoutMs(deadlineMs) }),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** What a run's own history must tell of how long it may take, so that its view needs no catalogue. Null: nothing. */
export function paceOf(goal: Startable, begin: RunBegin): Pace | null {
  const { usualMs = null, expectedMs = null, deadlineMs = null, deadlineBy, expectedBy, earlier } = goal;
  const [deadlineAt, expectedAt] = [
    momentOf(deadlineBy, begin, earlier?.deadline),
    momentOf(expectedBy, begin, earlier?.expected),
  ];
  if (
    [usualMs, expectedMs, deadlineMs].every((ms) => ms === null) &&
    deadlineBy == null &&
    expectedBy == null
  )
    return null;
  return {
    ...{ usualMs, expectedMs, deadlineMs },
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
    ...(expectedAt === undefined ? {} : { expectedAt }),
  };
}

/** The moment that the start tells: by-clock.1. */
function momentOf(
  terms: ByClock | null | undefined,
  begin: RunBegin,
  earlier: number | null | undefined,
): number | null | undefined {
  if (terms == null) return undefined;
  if (earlier === undefined) return momentFor(terms, begin);
  return earlier !== null && earlier > begin.startedAt ? earlier : null;
}

/** A search attribute of several values; none where it has none. */
const listed = (name: string, value: string[]) =>
  value.length === 0 ? [] : [{ key: { name, type: 'KEYWORD_LIST' as const }, value }];

/** The search attributes by which runs are found. */
export const ownership = ({ owner, team }: Pick<Startable, 'owner' | 'team'>) => [
  { key: { name: searchAttributes.owner, type: 'KEYWORD' as const }, value: owner },
  { key: { name: searchAttributes.team, type: 'KEYWORD' as const }, value: team },
];
