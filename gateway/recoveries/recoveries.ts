// Recoveries: planned, begun, watched and steered. Their workflows pursue the runs, on any worker.

import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { RecoveryPlan, RecoveryView } from '../../goals/wire/answers.ts';
import {
  memoNames,
  RECOVERY,
  recoveryId,
  recoverySignals,
  SYSTEM_TASK_QUEUE,
  searchAttributes,
} from '../../goals/wire/names.ts';
import {
  NOTHING_RECOVERED,
  RECOVERY_PRIORITY,
  RECOVERY_RUNS,
  type RecoveryOf,
  type RecoveryStart,
  type RecoverySteering,
  type RecoveryTerms,
  recoveryMemoSchema,
  recoveryTermsSchema,
} from '../../goals/wire/recovery.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { canonicalJson } from '../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { isoOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import { concurrently } from '../http/concurrently.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { Problem } from '../http/problems.ts';
import type { RouteDeps } from '../route-deps.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';
import type { ListedExecution } from './latest-executions.ts';
import { plannedRun } from './planned-run.ts';
import type { MeantRecovery } from './trouble.ts';

const READS_AT_ONCE = 8;

export type RecoveryDeps = Pick<RouteDeps, 'temporal' | 'catalogue' | 'pages' | 'scope'>;

/** What it would do, run by run: there are as many as one recovery takes. */
export async function planRecovery(
  { temporal, catalogue }: RecoveryDeps,
  of: RecoveryOf,
  { runs, achieved, open, left }: MeantRecovery,
): Promise<RecoveryPlan> {
  const planned = await concurrently(READS_AT_ONCE, runs, async (meant) => {
    const publication = await catalogue.find(parseRunId(meant.run)?.goal ?? '');
    if (publication === null || publication.retired)
      return { ...meant, kept: null, again: null, repeats: null, codeChanged: null };
    return plannedRun(temporal, meant, publication);
  });
  const sum = (field: 'kept' | 'again' | 'repeats'): number =>
    planned.reduce((total, one) => total + (one[field] ?? 0), 0);
  const goals = new Map<string, number>();
  for (const { run } of runs) {
    const goal = parseRunId(run)?.goal ?? '';
    goals.set(goal, (goals.get(goal) ?? 0) + 1);
  }
  const some = (ids: readonly string[]) => ({ total: ids.length, runs: ids.slice(0, RECOVERY_RUNS) });
  return {
    ...{ of, total: runs.length, kept: sum('kept'), again: sum('again'), repeats: sum('repeats') },
    codeChanged: planned.filter(({ codeChanged }) => codeChanged === true).length,
    goals: [...goals].map(([goal, count]) => ({ goal, runs: count })),
    items: planned.map(({ run, execution, how, kept, again, repeats, codeChanged }, i) => ({
      ...{ run, execution, how, kept, again, repeats, codeChanged },
      after: (runs[i]?.after ?? []).flatMap((place) => runs[place]?.run ?? []),
    })),
    ...{ achieved: some(achieved), open: some(open), left },
  };
}

/** Begins it. One of the same that is under way, or was asked for under this key before, is returned as it is. */
export async function beginRecovery(
  deps: RecoveryDeps,
  asked: Omit<RecoveryTerms, 'team' | 'total'>,
  find: () => Promise<MeantRecovery>,
  key: string | null,
): Promise<RecoveryView> {
  const { call, client } = deps.temporal;
  const { of, atOnce, trial } = asked;
  const request = sha256(canonicalJson({ of, atOnce, trial, teams: deps.scope.teams })).slice(0, 24);
  const own = sha256(canonicalJson({ of, teams: deps.scope.teams }));
  const workflowId = recoveryId((key === null ? own : sha256(`key\n${key}`)).slice(0, 24));
  const before = await viewIfAny(deps, workflowId);
  if (before !== null && (key !== null || before.state !== 'closed'))
    return requireSame(deps, before, key, request);
  const { runs, team } = await find();
  if (runs.length === 0) throw new Problem('recovery_impossible', 'There is no run to be pursued once more.');
  const terms: RecoveryTerms = { ...asked, team, total: runs.length };
  const start: RecoveryStart = { terms, runs };
  const teamKey = defineSearchAttributeKey(searchAttributes.team, SearchAttributeType.KEYWORD);
  try {
    await call(() =>
      client.workflow.start(RECOVERY, {
        ...{ workflowId, taskQueue: SYSTEM_TASK_QUEUE, args: [start] },
        memo: { [memoNames.recoveryTerms]: terms, [memoNames.asked]: request },
        ...(team === null ? {} : { typedSearchAttributes: [{ key: teamKey, value: team }] }),
        staticSummary: boundedText(`recovery of ${runs.length} runs`, 120),
        priority: { priorityKey: RECOVERY_PRIORITY },
        workflowIdReusePolicy: key === null ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const begun = await viewIfAny(deps, workflowId);
  if (begun === null) throw unknownRecovery(workflowId);
  return requireSame(deps, begun, key, request);
}

async function requireSame(
  deps: RecoveryDeps,
  view: RecoveryView,
  key: string | null,
  request: string,
): Promise<RecoveryView> {
  if (key === null || (await describe(deps, view.id)).memo?.[memoNames.asked] === request) return view;
  throw new Problem(
    'idempotency_key_reused',
    'This Idempotency-Key came with another body before. Send what was sent then, or choose another key.',
  );
}

/** One recovery; a `Problem` when there is none, or it is of another team. */
export async function findRecovery(deps: RecoveryDeps, id: string): Promise<RecoveryView> {
  if (!/^gk-recovery:[0-9a-f]{24}$/.test(id)) throw unknownRecovery(id);
  const view = viewOf((await describe(deps, id)).raw.workflowExecutionInfo ?? {});
  if (view === null || (deps.scope.teams !== null && !deps.scope.admits(view.team)))
    throw unknownRecovery(id);
  return view;
}

/** Whoever asks: its ID is made of whose runs it is about. */
async function viewIfAny(deps: RecoveryDeps, id: string): Promise<RecoveryView | null> {
  try {
    return viewOf((await describe(deps, id)).raw.workflowExecutionInfo ?? {});
  } catch (error) {
    if (error instanceof Problem && error.code === 'recovery_unknown') return null;
    throw error;
  }
}

export async function pageOfRecoveries(deps: RecoveryDeps, limit: number, cursor: string | undefined) {
  const { scope, pages } = deps;
  const whose = scope.teams?.map((team) => `'${team}'`).join(', ');
  if (whose === '') return { items: [], next: null };
  const query = [
    `WorkflowType = '${RECOVERY}'`,
    "ExecutionStatus != 'ContinuedAsNew'",
    ...(whose === undefined ? [] : [`${searchAttributes.team} IN (${whose})`]),
  ].join(' AND ');
  const token = cursor === undefined ? null : tokenOf(cursor, query);
  const page = await pages(query, limit, token).catch((error: unknown) => {
    throw token !== null && isInvalidArgument(error) ? badCursor() : error;
  });
  const items = (page.executions ?? []).flatMap((row) => viewOf(row) ?? []);
  return { items, next: page.nextPageToken?.length ? cursorOf(page.nextPageToken, query) : null };
}

export async function steerRecovery(
  deps: RecoveryDeps,
  verb: 'pause' | 'unpause' | 'cancel',
  id: string,
  asked: Omit<RecoverySteering, 'at'>,
): Promise<RecoveryView> {
  const isClosed = new Problem('recovery_closed', `The recovery ${id.slice(0, 200)} is closed.`);
  if ((await findRecovery(deps, id)).state === 'closed') throw isClosed;
  const { call, client } = deps.temporal;
  const handle = client.workflow.getHandle(id);
  const steering: RecoverySteering = { at: new Date().toISOString(), ...asked };
  try {
    await call(() => handle.signal(recoverySignals[verb], steering));
    if (verb === 'cancel') await call(() => handle.cancel());
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? isClosed : error;
  }
  return findRecovery(deps, id);
}

async function describe({ temporal }: RecoveryDeps, id: string): Promise<WorkflowExecutionDescription> {
  try {
    const found = await temporal.call(() => temporal.client.workflow.getHandle(id).describe());
    if (found.type === RECOVERY) return found;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  throw unknownRecovery(id);
}

const unknownRecovery = (id: string): Problem =>
  new Problem(
    'recovery_unknown',
    `There is no recovery ${id.slice(0, 200)}, or Temporal keeps it no longer.`,
  );

/** Null for what this gateway cannot read. */
function viewOf({ execution, memo, startTime, closeTime, status }: ListedExecution): RecoveryView | null {
  const terms = recoveryTermsSchema.safeParse(value(memo?.fields?.[memoNames.recoveryTerms])).data;
  if (terms === undefined) return null;
  const told = recoveryMemoSchema.safeParse(value(memo?.fields?.[memoNames.recovery])).data;
  const progress = told ?? NOTHING_RECOVERED;
  const outcome = outcomeOf(status);
  return {
    ...{ id: execution?.workflowId ?? '', ...terms, ...progress },
    state: outcome !== null ? 'closed' : progress.paused !== null ? 'paused' : 'pursuing',
    ...{ outcome, startedAt: isoOf(startTime) ?? '', closedAt: isoOf(closeTime) },
  };
}
