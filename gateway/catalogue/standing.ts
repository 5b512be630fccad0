// How standing outcomes stand, read from the memos of their watchers: no worker need be up.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import {
  executionOfTagged,
  KEEP_STANDING,
  memoNames,
  runOfTagged,
  searchAttributes,
  standingId,
  TAGGED,
} from '../../goals/wire/names.ts';
import { markTag, runMarks } from '../../goals/wire/retraction.ts';
import {
  type StandingMemo,
  type StandingState,
  standingMemoSchema,
  standingState,
} from '../../goals/wire/standing.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import type { Clock } from '../temporal/clock.ts';
import { isInvalidArgument, isNotFound, type Temporal } from '../temporal/temporal.ts';
import { among } from '../temporal/visibility-query.ts';

const FRESH_MS = 2_000;
const WATCHERS_LIMIT = 2_000;
const MARKS_LIMIT = 1_000;

interface Marked {
  at: number;
  executions: readonly string[];
}

export interface Standings {
  /** Of a goal; null when its outcome is none that shall stand. */
  of(goal: string): Promise<StandingState | null>;
}

/** `lastLight`: the last light execution of a run. */
export function standingsOf(
  temporal: Temporal,
  clock: Clock,
  lastLight: (run: string) => Promise<WorkflowExecutionDescription | null>,
): Standings {
  const list = async (): Promise<Map<string, StandingMemo>> => {
    const query = `WorkflowType = '${KEEP_STANDING}' AND ExecutionStatus = 'Running'`;
    const found = new Map<string, StandingMemo>();
    const pages = temporal.client.workflow.list({ query, pageSize: 200 })[Symbol.asyncIterator]();
    while (found.size < WATCHERS_LIMIT) {
      // A deadline for each page, not for the whole.
      const { done, value } = await temporal.call(() => pages.next());
      if (done) break;
      const memo = standingMemoSchema.safeParse(value.memo?.[memoNames.standing]).data;
      if (memo !== undefined) found.set(value.workflowId, memo);
    }
    return found;
  };
  /** Which executions are marked as retracted or in doubt, and since when, by the IDs of their runs. */
  const marks = async (): Promise<Map<string, Marked>> => {
    const found = new Map<string, Marked>();
    const { namespace } = temporal;
    const query = `WorkflowType = '${TAGGED}' AND ExecutionStatus = 'Running' AND ${among(searchAttributes.tags, runMarks.map(markTag))}`;
    try {
      const page = await temporal.call((service) =>
        service.listWorkflowExecutions({ namespace, query, pageSize: MARKS_LIMIT }),
      );
      for (const { execution, startTime } of page.executions ?? []) {
        const id = execution?.workflowId ?? '';
        const { at = 0, executions = [] } = found.get(runOfTagged(id)) ?? {};
        found.set(runOfTagged(id), {
          at: Math.max(at, millisecondsOf(startTime) ?? 0),
          executions: [...executions, executionOfTagged(id)],
        });
      }
    } catch (error) {
      // No worker has registered the search attribute yet, so nothing is marked.
      if (!isInvalidArgument(error)) throw error;
    }
    return found;
  };
  /** When a run that is marked was achieved by an execution that is not; null where it was not. The watcher looks only when it is due. */
  const achievedSince = async (run: string, { executions }: Marked): Promise<number | null> => {
    const latest = temporal.call(() => temporal.client.workflow.getHandle(run).describe());
    const ordinary = latest.catch((error: unknown) => {
      if (isNotFound(error) || error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
    const sound = (await Promise.all([ordinary, lastLight(run)])).flatMap((found) =>
      found?.status.name === 'COMPLETED' && !executions.includes(found.runId)
        ? (found.closeTime?.getTime() ?? [])
        : [],
    );
    return sound.length === 0 ? null : Math.max(...sound);
  };
  const marked = new LRUCache<'all', Map<string, Marked>>({ max: 1, ttl: FRESH_MS, fetchMethod: marks });
  const lists = new LRUCache<'all', Map<string, StandingMemo>>({ max: 1, ttl: FRESH_MS, fetchMethod: list });
  return {
    async of(goal) {
      const memo = (await lists.fetch('all'))?.get(standingId(goal));
      if (memo === undefined) return null;
      const state = standingState(memo, clock.now());
      if (state.state === 'stale' || memo.run === null) return state;
      // What it rests on was found wrong after it was achieved.
      const doubted = (await marked.fetch('all'))?.get(memo.run);
      const isMarked =
        memo.execution === undefined
          ? (doubted?.at ?? 0) > (memo.achievedAt ?? 0)
          : doubted?.executions.includes(memo.execution);
      if (doubted === undefined || !isMarked) return state;
      const achievedAt = await achievedSince(memo.run, doubted);
      return achievedAt === null
        ? { ...state, state: 'stale', since: new Date(doubted.at).toISOString() }
        : standingState({ ...memo, achievedAt }, clock.now());
    },
  };
}
