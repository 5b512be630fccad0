// Backfills: begun, watched and steered. The work is done by their workflows, on the goal's own queue.

import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import {
  BACKFILL_PRIORITY,
  BACKFILL_TIMES,
  type BackfillMemo,
  type BackfillTerms,
  backfillMemoSchema,
  backfillTermsSchema,
  NOTHING_BACKFILLED,
  type PlannedRun,
  plannedRunSchema,
  type Steering,
} from '../../goals/wire/backfill.ts';
import { mayUse } from '../../goals/wire/between-goals.ts';
import { BACKFILL, backfillIdPrefix, backfillSignals, memoNames } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { canonicalJson } from '../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { isoOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { goalOf } from '../catalogue/goals.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { Problem } from '../http/problems.ts';
import type { Pages } from '../temporal/pages.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import type { UntilClosed } from '../temporal/until-closed.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';

export interface BackfillView extends Omit<BackfillTerms, 'dryRun'>, Omit<BackfillMemo, 'startedAt'> {
  id: string;
  /** Temporal's run ID: which execution under this ID it is. */
  execution: string;
  /** `held`: its goal is paused. */
  state: 'pursuing' | 'paused' | 'held' | 'closed';
  outcome: Outcome | null;
  startedAt: string;
  closedAt: string | null;
}

export interface BackfillPlan {
  goal: string;
  total: number;
  items: PlannedRun[];
  /** Goals that would be started, as they listen to this one, and how often at most. */
  downstream: { goal: string; runs: number }[];
}

export interface BackfillFilter {
  /** Must match the pattern of goals' names. */
  goal?: string | undefined;
  state?: 'open' | 'closed' | undefined;
}

/** So long a worker may take to plan. */
const PLAN_MS = 30_000;
/** Of a goal's backfills so many are told that its pause is over; the others ask within a minute. */
const WOKEN = 100;

export interface Backfills {
  /** Begins it. The same that is under way, or was asked for under this key before, is returned as it is. */
  begin(terms: BackfillTerms, idempotencyKey: string | null): Promise<BackfillView>;
  /** The same once it is closed or `ms` have passed; null, at once, where it cannot be waited for. */
  closed(backfill: BackfillView, ms: number, ends: readonly AbortSignal[]): Promise<BackfillView | null>;
  /** What would run. */
  plan(terms: BackfillTerms, ends: readonly AbortSignal[]): Promise<BackfillPlan>;
  list(
    filter: BackfillFilter,
    limit: number,
    cursor: string | undefined,
  ): Promise<{ items: BackfillView[]; next: string | null }>;
  find(id: string): Promise<BackfillView>;
  /** Tells those that the goal's pause holds that it is over. */
  goesOn(goal: string): Promise<void>;
  steer(
    what: 'pause' | 'unpause' | 'cancel',
    id: string,
    by: string,
    reason: string | null,
  ): Promise<BackfillView>;
}

export function backfillsOf(
  temporal: Temporal,
  catalogue: Catalogue,
  pages: Pages,
  untilClosed: UntilClosed,
): Backfills {
  const { client } = temporal;

  const described = async (id: string): Promise<WorkflowExecutionDescription> => {
    try {
      const found = await temporal.call(() => client.workflow.getHandle(id).describe());
      if (found.type === BACKFILL) return found;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    throw unknownBackfill(id);
  };

  const find = async (id: string): Promise<BackfillView> => {
    if (!BACKFILL_ID.test(id)) throw unknownBackfill(id);
    const view = viewOf((await described(id)).raw.workflowExecutionInfo ?? {});
    if (view === null) throw unknownBackfill(id);
    return view;
  };

  /** Its workflow: one that is under way, or had this key, or a new one. */
  const begun = async (terms: BackfillTerms, key: string | null) => {
    const publication = await goalOf(catalogue, terms.goal);
    requirePossible(publication, terms);
    const { by: _, reason: __, ...meant } = terms;
    const request = sha256(canonicalJson(meant)).slice(0, 24);
    const which = key === null ? request : sha256(`key\n${key}`).slice(0, 24);
    const workflowId = `${backfillIdPrefix(terms.goal)}${which}`;
    try {
      await temporal.call(() =>
        client.workflow.start(BACKFILL, {
          workflowId,
          taskQueue: publication.taskQueue,
          args: [terms],
          memo: { [memoNames.backfillTerms]: terms, [memoNames.asked]: request },
          staticSummary: boundedText(`backfill of ${terms.goal} from ${terms.from} to ${terms.to}`, 120),
          priority: { priorityKey: BACKFILL_PRIORITY },
          workflowIdReusePolicy: key === null ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const found = await described(workflowId);
    if (found.memo?.[memoNames.asked] === request) return found;
    throw new Problem(
      'idempotency_key_reused',
      'This Idempotency-Key came with another body before. Send what was sent then, or choose another key.',
    );
  };

  /** Goals that are started by each run of this one that is achieved. */
  const listenersOf = async (goal: string): Promise<string[]> => {
    const published = await goalOf(catalogue, goal);
    return (await catalogue.all())
      .filter(({ retired, team, outcomes = [] }) => {
        const listens = outcomes.some((heard) => heard.goal === goal && heard.on === 'achieved');
        return !retired && listens && mayUse(published, team);
      })
      .map((listener) => listener.goal);
  };

  return {
    find,
    async goesOn(goal) {
      const query = `WorkflowType = '${BACKFILL}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${backfillIdPrefix(goal)}'`;
      const { executions } = await pages(query, WOKEN, null);
      await Promise.all(
        (executions ?? []).map(({ execution }) =>
          temporal
            .call(() =>
              client.workflow.getHandle(execution?.workflowId ?? '').signal(backfillSignals.goalUnpaused),
            )
            // It has ended, or asks by itself in a minute.
            .catch(() => undefined),
        ),
      );
    },
    begin: async (terms, key) => find((await begun(terms, key)).workflowId),
    async closed({ id, execution }, ms, ends) {
      const isAwaited = await untilClosed({ workflowId: id, runId: execution }, ms, ends);
      return isAwaited ? find(id) : null;
    },
    async plan(terms, ends) {
      const { workflowId, runId } = await begun(terms, null);
      await untilClosed({ workflowId, runId }, PLAN_MS, ends);
      const handle = client.workflow.getHandle(workflowId, runId);
      const { status } = await temporal.call(() => handle.describe());
      if (status.name === 'RUNNING')
        throw new Problem('worker_unavailable', 'No worker of the goal has planned it in time.', {
          headers: { 'retry-after': '5' },
        });
      const result = await temporal
        .call(() => handle.result())
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowFailedError)) throw error;
          throw new Problem('backfill_impossible', `It cannot be planned: ${error.cause?.message}`);
        });
      const items = plannedRunSchema.array().parse((result as { items: unknown }).items);
      const runs = items.filter(({ does }) => does === 'run' || does === 'again').length;
      const listening = terms.downstream === 'hold' || runs === 0 ? [] : await listenersOf(terms.goal);
      const downstream = listening.map((goal) => ({ goal, runs }));
      return { goal: terms.goal, total: items.length, items, downstream };
    },
    async list(filter, limit, cursor) {
      const query = backfillQuery(filter);
      const token = cursor === undefined ? null : tokenOf(cursor, query);
      const page = await pages(query, limit, token).catch((error: unknown) => {
        throw token !== null && isInvalidArgument(error) ? badCursor() : error;
      });
      const items = (page.executions ?? []).flatMap((found) => viewOf(found) ?? []);
      const { nextPageToken } = page;
      return { items, next: nextPageToken?.length ? cursorOf(nextPageToken, query) : null };
    },
    async steer(what, id, by, reason) {
      const isClosed = new Problem('backfill_closed', `The backfill ${id.slice(0, 200)} is closed.`);
      if ((await find(id)).state === 'closed') throw isClosed;
      const handle = client.workflow.getHandle(id);
      const told: Steering = { at: new Date().toISOString(), by, reason };
      try {
        await temporal.call(() => handle.signal(backfillSignals[what], told));
        if (what === 'cancel') await temporal.call(() => handle.cancel());
      } catch (error) {
        throw error instanceof WorkflowNotFoundError ? isClosed : error;
      }
      return find(id);
    },
  };
}

const BACKFILL_ID = /^gk-backfill:[a-z][a-z0-9-]{0,59}:[0-9a-f]{24}$/;

const unknownBackfill = (id: string): Problem =>
  new Problem(
    'backfill_unknown',
    `There is no backfill ${id.slice(0, 200)}, or Temporal keeps it no longer.`,
  );

function requirePossible({ retired, schedules = [] }: Publication, terms: BackfillTerms): void {
  const { goal, schedule, stepMs, from, to } = terms;
  if (retired)
    throw new Problem('goal_retired', `${goal} is no longer declared; no more runs of it are started.`);
  if (schedule !== null && schedules.every(({ name }) => name !== schedule))
    throw new Problem('schedule_unknown', `${goal} has no schedule '${schedule}'.`);
  if (stepMs !== null && (Date.parse(to) - Date.parse(from)) / stepMs > BACKFILL_TIMES)
    throw new Problem('backfill_impossible', `It has more than ${BACKFILL_TIMES} times; split the range.`);
}

function backfillQuery({ goal, state }: BackfillFilter): string {
  const clauses = [`WorkflowType = '${BACKFILL}'`, "ExecutionStatus != 'ContinuedAsNew'"];
  if (goal !== undefined) clauses.push(`WorkflowId STARTS_WITH '${backfillIdPrefix(goal)}'`);
  if (state !== undefined) clauses.push(`ExecutionStatus ${state === 'open' ? '=' : '!='} 'Running'`);
  return clauses.join(' AND ');
}

/** Null for a dry run, and for what this gateway cannot read. */
function viewOf(found: proto.api.workflow.v1.IWorkflowExecutionInfo): BackfillView | null {
  const { execution, memo, startTime, closeTime, status } = found;
  const terms = backfillTermsSchema.safeParse(value(memo?.fields?.[memoNames.backfillTerms])).data;
  if (terms === undefined || terms.dryRun) return null;
  const { dryRun: _, ...asked } = terms;
  const told = backfillMemoSchema.safeParse(value(memo?.fields?.[memoNames.backfill])).data;
  const progress = told ?? NOTHING_BACKFILLED;
  const outcome = outcomeOf(status);
  const { paused, held = null } = progress;
  const open = paused !== null ? 'paused' : held !== null ? 'held' : 'pursuing';
  return {
    ...{ id: execution?.workflowId ?? '', execution: execution?.runId ?? '' },
    ...asked,
    ...{ state: outcome === null ? open : 'closed', outcome },
    ...progress,
    held: outcome === null ? held : null,
    // In a fresh history, that of its first.
    startedAt: progress.startedAt ?? isoOf(startTime) ?? '',
    closedAt: isoOf(closeTime),
  };
}
