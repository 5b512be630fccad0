// All that Temporal has of a closed run: its executions, its shards' and its leases', and the records of the requests that started
// it. Found by their IDs, so that what an earlier deletion has left is found without the run.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { DoomedRun, DoomedWorkflow } from '../../goals/wire/deletion.ts';
import { leaseMemoSchema } from '../../goals/wire/lease.ts';
import {
  ANNOTATIONS,
  annotationsPrefix,
  datasetBookId,
  LEASE,
  MAP_SHARD,
  mapShardId,
  memoNames,
  partitionBookId,
  REQUEST,
  requestRecordId,
  TAGGED,
  taggedPrefix,
} from '../../goals/wire/names.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { type Why, whySchema } from '../../goals/wire/run-view.ts';
import { workflowExecutionStatus } from '../../goals/wire/temporal-enums.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { runView } from '../../views/run-view.ts';
import { concurrently } from '../http/concurrently.ts';
import { historyOf } from '../runs/stories.ts';
import type { Page } from '../temporal/pages.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';

/** Executions of one run and of what belongs to it; of more the rest is found by the next request. */
const LIMIT = 2_000;
const PAGE = 500;
const READS_AT_ONCE = 8;

interface Row extends DoomedWorkflow {
  isOpen: boolean;
  memo: Record<string, unknown>;
}

export interface Found {
  doomed: DoomedRun;
  /** An execution of it that is open. */
  open: string | null;
  /** Open workflows that belong to it, which are left. */
  left: { place: string; why: string }[];
  elsewhere: { kind: Why['kind']; ref: string }[];
  /** There is more than one request takes. */
  more: boolean;
}

/** `latest`: what Temporal says of the run; a list may not have it yet. */
export async function doomedRun(
  temporal: Temporal,
  latest: WorkflowExecutionDescription,
  of: Pick<DoomedRun, 'goal' | 'team' | 'taskQueue'>,
): Promise<Found> {
  const run = latest.workflowId;
  const rows: Row[] = [rowOf(latest)];
  const prefixes = [
    ...[mapShardId(run, '', 0).replace(/[^:]*$/, ''), leasePrefix(run)],
    ...[annotationsPrefix(run), taggedPrefix(run)],
  ];
  const begins = prefixes.map((prefix) => `WorkflowId STARTS_WITH '${prefix}'`).join(' OR ');
  for await (const row of listed(temporal, `WorkflowId = '${run}' OR ${begins}`)) {
    // Without the latest the next request would find no run.
    if (rows.length >= LIMIT) return told(temporal, run, rows.slice(1), of, true);
    if (!belongsTo(row, run) || rows.some(({ execution }) => execution === row.execution)) continue;
    rows.push(row);
  }
  for (const { execution } of rows.filter(({ id }) => id === run)) {
    // A list may not have yet what was written a moment ago.
    const beside = await describe(temporal, `${annotationsPrefix(run)}${execution}`);
    if (beside !== null && rows.every((row) => row.execution !== beside.runId)) rows.push(rowOf(beside));
  }
  return told(temporal, run, rows, of, false);
}

async function told(
  temporal: Temporal,
  run: string,
  rows: readonly Row[],
  of: Pick<DoomedRun, 'goal' | 'team' | 'taskQueue'>,
  more: boolean,
): Promise<Found> {
  const executions = rows.filter(({ id }) => id === run);
  const open = executions.find(({ isOpen }) => isOpen)?.execution ?? null;
  // What stands beside a closed run is open as long as that is kept, and goes with it.
  const closed = rows.filter(({ isOpen, type }) => !isOpen || isBeside(type));
  const requests = await requestsOf(temporal, executions);
  const whys = executions.map(({ memo }) => whySchema.safeParse(memo[memoNames.why]).data);
  const books = await booksNaming(temporal, executions);
  const elsewhere = whys.flatMap((why) =>
    why === undefined || why.ref === null || why.kind === 'resume' ? [] : [{ kind: why.kind, ref: why.ref }],
  );
  return {
    doomed: {
      ...of,
      run,
      workflows: [...closed, ...requests].map(({ id, type, execution }) => ({ id, type, execution })),
      ...(books.length === 0 ? {} : { books }),
    },
    open,
    left: rows
      .filter(({ id, isOpen, type }) => isOpen && id !== run && !isBeside(type))
      .map(({ id }) => ({ place: id, why: 'it is open; delete the run again once it has closed' })),
    elsewhere: [...new Map(elsewhere.map((one) => [`${one.kind} ${one.ref}`, one])).values()],
    more,
  };
}

/** The books of datasets that name these executions, as their histories tell: of what they made, and of what they used. */
async function booksNaming(temporal: Temporal, executions: readonly Row[]): Promise<string[]> {
  const found = await concurrently(READS_AT_ONCE, executions, async ({ id, execution, isOpen }) => {
    if (isOpen) return [];
    try {
      const events = await historyOf(temporal, id, execution);
      const { produced = [], used = [] } = runView({
        id,
        execution,
        events,
        pendingActivities: [],
        now: 0,
      }).run;
      return [
        ...[...produced, ...used].map(({ dataset, key }) => partitionBookId(dataset, key)),
        ...produced.map(({ dataset }) => datasetBookId(dataset)),
      ];
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  });
  return [...new Set(found.flat())];
}

/** The IDs of leases are cut where they are long. */
const leasePrefix = (run: string): string => `${LEASE}:${run}:`.slice(0, 174);

/** Keeps tags and notes of a run, or finds it by them. */
const isBeside = (type: string): boolean => type === ANNOTATIONS || type === TAGGED;

const belongsTo = ({ id, type, memo }: Row, run: string): boolean => {
  if (id === run) return type !== '';
  if (isBeside(type)) return id.startsWith(`${type}:${run}:`);
  if (type === MAP_SHARD) return id.startsWith(`gk-map:${run}:`);
  return type === LEASE && leaseMemoSchema.safeParse(memo[memoNames.lease]).data?.run === run;
};

/** Of those requests whose keys the run's executions tell. */
async function requestsOf(temporal: Temporal, executions: readonly Row[]): Promise<DoomedWorkflow[]> {
  const ids = executions.flatMap(({ id, memo }) => {
    const [, key] = /^request:(.+)$/.exec(String(memo[memoNames.request] ?? '')) ?? [];
    const goal = parseRunId(id)?.goal;
    return key === undefined || goal === undefined
      ? []
      : [requestRecordId(sha256(`${goal}\n${key}`).slice(0, 32))];
  });
  const found: DoomedWorkflow[] = [];
  for (const id of new Set(ids)) {
    const described = await describe(temporal, id);
    // One that no worker has closed yet says nothing, and ends by itself.
    if (described !== null && described.type === REQUEST && described.status.name !== 'RUNNING')
      found.push({ id, type: REQUEST, execution: described.runId });
  }
  return found;
}

/** Null where Temporal has none. */
export async function describe(temporal: Temporal, id: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await temporal.call(() => temporal.client.workflow.getHandle(id).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isNotFound(error)) return null;
    throw error;
  }
}

const rowOf = ({ workflowId, type, runId, status, memo }: WorkflowExecutionDescription): Row => ({
  ...{ id: workflowId, type, execution: runId },
  isOpen: status.name === 'RUNNING',
  memo: memo ?? {},
});

async function* listed({ call, namespace }: Temporal, query: string): AsyncGenerator<Row> {
  let token: Uint8Array | null = null;
  do {
    const nextPageToken: Uint8Array | null = token;
    const page: Page = await call((service) =>
      service.listWorkflowExecutions({ namespace, query, pageSize: PAGE, nextPageToken }),
    );
    for (const { execution, type, status, memo } of page.executions ?? [])
      yield {
        ...{ id: execution?.workflowId ?? '', type: type?.name ?? '', execution: execution?.runId ?? '' },
        isOpen: status === workflowExecutionStatus.RUNNING,
        memo: valuesIn(memo?.fields ?? {}),
      };
    token = page.nextPageToken ?? null;
  } while (token?.length);
}

/** What cannot be read says nothing. */
function valuesIn(fields: Record<string, Payload>): Record<string, unknown> {
  const read = (payload: Payload): unknown => {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch {
      return undefined;
    }
  };
  return Object.fromEntries(Object.entries(fields).map(([name, payload]) => [name, read(payload)]));
}
