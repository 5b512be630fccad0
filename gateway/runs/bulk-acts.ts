// Bulk acts: planned, begun, watched and stopped. Their workflows act, on any worker.

import { randomUUID } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';
import type { BulkActPlan, BulkActView } from '../../goals/wire/answers.ts';
import {
  type BulkActKind,
  type BulkActMemo,
  type BulkActStart,
  type BulkActTerms,
  bulkActMemoSchema,
  bulkActTermsSchema,
  NOTHING_DONE,
} from '../../goals/wire/bulk-act.ts';
import {
  BULK_ACT,
  bulkActId,
  memoNames,
  SYSTEM_TASK_QUEUE,
  searchAttributes,
  signalNames,
} from '../../goals/wire/names.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { canonicalJson } from '../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { isoOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { Problem } from '../http/problems.ts';
import type { RouteDeps } from '../route-deps.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';
import type { MeantRuns } from './meant-runs.ts';

const PLAN_SHOWN = 100;

type BulkDeps = Pick<RouteDeps, 'temporal' | 'pages' | 'scope'>;
type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

export const planOf = (act: BulkActKind, { runs }: MeantRuns): BulkActPlan => ({
  ...{ act, total: runs.length },
  items: runs.slice(0, PLAN_SHOWN),
});

/** Begins it. The same under the same key is returned as it is. */
export async function beginBulkAct(
  deps: BulkDeps,
  asked: Pick<BulkActTerms, 'act' | 'filter' | 'atOnce' | 'by' | 'verified' | 'reason' | 'add' | 'remove'>,
  { runs, team }: MeantRuns,
  alerts: string,
  key: string | null,
): Promise<BulkActView> {
  const { call, client } = deps.temporal;
  const terms: BulkActTerms = { ...asked, team, total: runs.length };
  const { by: _, verified: __, reason: ___, ...meant } = asked;
  const request = sha256(canonicalJson(meant)).slice(0, 24);
  const workflowId = bulkActId(sha256(key === null ? randomUUID() : `key\n${key}`).slice(0, 24));
  const start: BulkActStart = { terms, runs, alerts };
  const teamKey = defineSearchAttributeKey(searchAttributes.team, SearchAttributeType.KEYWORD);
  try {
    await call(() =>
      client.workflow.start(BULK_ACT, {
        ...{ workflowId, taskQueue: SYSTEM_TASK_QUEUE, args: [start] },
        memo: { [memoNames.bulkActTerms]: terms, [memoNames.asked]: request },
        ...(team === null ? {} : { typedSearchAttributes: [{ key: teamKey, value: team }] }),
        staticSummary: boundedText(`${asked.act} of ${runs.length} runs`, 120),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const found = await describe(deps, workflowId);
  const view = viewOf(found.raw.workflowExecutionInfo ?? {});
  if (view !== null && found.memo?.[memoNames.asked] === request) return view;
  throw new Problem(
    'idempotency_key_reused',
    'This Idempotency-Key came with another body before. Send what was sent then, or choose another key.',
  );
}

/** One that this key has begun; null where it has begun none. */
export async function begunUnder(deps: BulkDeps, key: string | null): Promise<boolean> {
  if (key === null) return false;
  const id = bulkActId(sha256(`key\n${key}`).slice(0, 24));
  return (await describe(deps, id).catch(() => null)) !== null;
}

/** One bulk act; a `Problem` when there is none, or it is of another team. */
export async function findBulkAct(deps: BulkDeps, id: string): Promise<BulkActView> {
  if (!/^gk-bulk-act:[0-9a-f]{24}$/.test(id)) throw unknownAct(id);
  const view = viewOf((await describe(deps, id)).raw.workflowExecutionInfo ?? {});
  if (view === null || (deps.scope.teams !== null && !deps.scope.admits(view.team))) throw unknownAct(id);
  return view;
}

export async function pageOfBulkActs(deps: BulkDeps, limit: number, cursor: string | undefined) {
  const { scope, pages } = deps;
  const whose = scope.teams?.map((team) => `'${team}'`).join(', ');
  if (whose === '') return { items: [], next: null };
  const query = `WorkflowType = '${BULK_ACT}'${whose === undefined ? '' : ` AND ${searchAttributes.team} IN (${whose})`}`;
  const token = cursor === undefined ? null : tokenOf(cursor, query);
  const page = await pages(query, limit, token).catch((error: unknown) => {
    throw token !== null && isInvalidArgument(error) ? badCursor() : error;
  });
  const items = (page.executions ?? []).flatMap((row) => viewOf(row) ?? []);
  return { items, next: page.nextPageToken?.length ? cursorOf(page.nextPageToken, query) : null };
}

/** It begins nothing more; what it has begun is done. */
export async function stopBulkAct(
  deps: BulkDeps,
  id: string,
  by: NonNullable<BulkActMemo['stopped']>,
): Promise<BulkActView> {
  const isClosed = new Problem('bulk_act_closed', `The bulk act ${id} is closed.`);
  if ((await findBulkAct(deps, id)).state === 'closed') throw isClosed;
  const { call, client } = deps.temporal;
  try {
    await call(() => client.workflow.getHandle(id).signal(signalNames.stopBulkAct, by));
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? isClosed : error;
  }
  return findBulkAct(deps, id);
}

async function describe({ temporal }: BulkDeps, id: string): Promise<WorkflowExecutionDescription> {
  try {
    const found = await temporal.call(() => temporal.client.workflow.getHandle(id).describe());
    if (found.type === BULK_ACT) return found;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  throw unknownAct(id);
}

const unknownAct = (id: string): Problem =>
  new Problem(
    'bulk_act_unknown',
    `There is no bulk act ${id.slice(0, 200)}, or Temporal keeps it no longer.`,
  );

/** Null for what this gateway cannot read. */
function viewOf({ execution, memo, startTime, closeTime, status }: Row): BulkActView | null {
  const terms = bulkActTermsSchema.safeParse(value(memo?.fields?.[memoNames.bulkActTerms])).data;
  if (terms === undefined) return null;
  const told = bulkActMemoSchema.safeParse(value(memo?.fields?.[memoNames.bulkAct])).data;
  const ended = outcomeOf(status);
  const outcome = ended !== null && told?.stopped != null ? ('cancelled' as const) : ended;
  return {
    ...{ id: execution?.workflowId ?? '', ...terms, ...(told ?? NOTHING_DONE) },
    ...{ state: outcome === null ? ('acting' as const) : ('closed' as const), outcome },
    ...{ startedAt: isoOf(startTime) ?? '', closedAt: isoOf(closeTime) },
  };
}
