// The audit as it is read: from the histories of its parts, a bounded number of them and of their entries, with no worker up.

import type { temporal as proto } from '@temporalio/proto';
import { z } from 'zod';
import { type AuditEntry, type AuditHead, type AuditItem, auditEntrySchema } from '../../goals/wire/audit.ts';
import { AUDIT, signalNames } from '../../goals/wire/names.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { firstValue } from '../../views/payload.ts';
import { concurrently } from '../http/concurrently.ts';
import type { Temporal } from '../temporal/temporal.ts';

type Event = proto.api.history.v1.IHistoryEvent;

/** Parts that one answer looks at, the latest first. */
const PARTS = 200;
/** Parts whose ends a new part names. */
const SEEN_PARTS = 50;
const AT_ONCE = 8;
const PAGE_EVENTS = 500;

const entriesSchema = z.array(auditEntrySchema);

interface Part {
  workflowId: string;
  runId: string;
}

/** The entries of an event: of a signal of ours, in their order. */
function entriesIn(event: Event): AuditEntry[] {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal?.signalName !== signalNames.audit) return [];
  return entriesSchema.safeParse(firstValue(signal.input)).data ?? [];
}

/** Parts that may have entries of a time, the latest first. */
async function partsOf(
  temporal: Temporal,
  { since, until }: { since?: Date; until?: Date },
): Promise<Part[]> {
  const clauses = [
    `WorkflowType = '${AUDIT}'`,
    ...(until === undefined ? [] : [`StartTime <= '${until.toISOString()}'`]),
    ...(since === undefined
      ? []
      : [`(ExecutionStatus = 'Running' OR CloseTime >= '${since.toISOString()}')`]),
  ];
  const { namespace } = temporal;
  const query = clauses.join(' AND ');
  const { executions } = await temporal.call((service) =>
    service.listWorkflowExecutions({ namespace, query, pageSize: PARTS }),
  );
  return (executions ?? []).map(({ execution }) => ({
    workflowId: execution?.workflowId ?? '',
    runId: execution?.runId ?? '',
  }));
}

/** The entries of a part from its last on, page by page; none where its retention has ended. */
async function* backwards(temporal: Temporal, execution: Part): AsyncGenerator<AuditEntry> {
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const page = await temporal
      .call((service) =>
        service.getWorkflowExecutionHistoryReverse({
          namespace: temporal.namespace,
          execution,
          maximumPageSize: PAGE_EVENTS,
          ...(nextPageToken && { nextPageToken }),
        }),
      )
      .catch((error: unknown) => {
        if (isNotFound(error)) return null;
        throw error;
      });
    for (const event of page?.history?.events ?? []) yield* entriesIn(event).reverse();
    nextPageToken = page?.nextPageToken;
  } while (nextPageToken?.length);
}

/** How far each chain goes: by the last entry of its latest part. */
export async function auditHeads(temporal: Temporal): Promise<AuditHead[]> {
  const heads = new Map<string, AuditHead>();
  const latest = (await partsOf(temporal, {})).slice(0, SEEN_PARTS);
  await concurrently(AT_ONCE, latest, async (part) => {
    for await (const { chain, seq, hash } of backwards(temporal, part)) {
      if (seq > (heads.get(chain)?.seq ?? 0)) heads.set(chain, { chain, seq, hash });
      break;
    }
  });
  return [...heads.values()].sort((a, b) => (a.chain < b.chain ? -1 : 1));
}

/** Every entry of every part that may have some since, to be verified: in no order. */
export async function* auditEntries(temporal: Temporal, since: Date | undefined): AsyncGenerator<AuditEntry> {
  for (const part of await partsOf(temporal, since === undefined ? {} : { since }))
    yield* backwards(temporal, part);
}

export interface AuditAsked {
  since?: Date | undefined;
  until?: Date | undefined;
  by?: string | undefined;
  goal?: string | undefined;
  run?: string | undefined;
  denied?: boolean | undefined;
  limit: number;
}

export interface AuditPage {
  items: AuditItem[];
  /** Goes on before that time. */
  until: string | null;
}

/** Acts and denials, the latest first. `teams`: of things of these only; null: all. */
export async function auditItems(
  temporal: Temporal,
  asked: AuditAsked,
  teams: readonly string[] | null,
): Promise<AuditPage> {
  const found = await concurrently(AT_ONCE, await partsOf(temporal, timesOf(asked)), async (part) => {
    const items: AuditItem[] = [];
    const results = new Map<number, AuditEntry>();
    for await (const entry of backwards(temporal, part)) {
      if (asked.since !== undefined && entry.at < asked.since.toISOString()) break;
      if (entry.what.kind === 'result') results.set(entry.what.of, entry);
      else if (isMeant(entry, results.get(entry.seq), asked, teams))
        items.push(itemOf(entry, results.get(entry.seq)));
      if (items.length > asked.limit) break;
    }
    return items;
  });
  const all = found.flat().sort((a, b) => b.at.localeCompare(a.at) || b.seq - a.seq);
  const items = all.slice(0, asked.limit);
  return { items, until: all.length > items.length ? (items.at(-1)?.at ?? null) : null };
}

const timesOf = ({ since, until }: AuditAsked) => ({
  ...(since === undefined ? {} : { since }),
  ...(until === undefined ? {} : { until }),
});

function isMeant(
  entry: AuditEntry,
  result: AuditEntry | undefined,
  { until, by, goal, run, denied }: AuditAsked,
  teams: readonly string[] | null,
): boolean {
  const { kind } = entry.what;
  const team = entry.team ?? result?.team ?? null;
  return (
    kind !== 'anchor' &&
    (until === undefined || entry.at < until.toISOString()) &&
    (teams === null || (team !== null && teams.includes(team))) &&
    (by === undefined || entry.who?.name === by) &&
    (goal === undefined || (entry.goal ?? result?.goal) === goal) &&
    (run === undefined || entry.params.id === run || locationOf(result) === `/runs/${run}`) &&
    (denied === undefined || isDenial(entry, result) === denied)
  );
}

const locationOf = (result: AuditEntry | undefined): string | undefined =>
  result?.what.kind === 'result' ? result.what.location : undefined;

const isDenial = ({ what }: AuditEntry, result: AuditEntry | undefined): boolean =>
  what.kind === 'denied' || (result?.what.kind === 'result' && [401, 403, 429].includes(result.what.status));

function itemOf(entry: AuditEntry, result: AuditEntry | undefined): AuditItem {
  const { chain, seq, at, who, route, params, what } = entry;
  const said = result?.what.kind === 'result' ? result.what : null;
  return {
    ...{ chain, seq, at, who, route, params },
    goal: entry.goal ?? result?.goal ?? null,
    team: entry.team ?? result?.team ?? null,
    kind: what.kind as AuditItem['kind'],
    result:
      what.kind === 'denied'
        ? { status: what.status, code: what.code, reason: null }
        : said && {
            ...{ status: said.status, code: said.code, reason: said.reason },
            ...(said.location === undefined ? {} : { location: said.location }),
          },
    ...(said?.dryRun && { dryRun: said.dryRun }),
    ...(what.kind === 'dropped' ? { count: what.count } : {}),
  };
}
