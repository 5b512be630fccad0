// The errors of a window, one line for each trouble, across runs, goals and teams.
//
// It reads a bounded number of executions, those that struggle or closed last, and what it has read of a closed one
// it never reads again.

import { WorkflowNotFoundError } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { isoOf } from '../../views/event-time.ts';
import { type Hurt, hurtsOf, type Incident, incidentsOf } from '../../views/incidents.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { concurrently } from '../http/concurrently.ts';
import { invalid } from '../http/read-query.ts';
import { windowMs } from '../http/window.ts';
import type { Clock } from '../temporal/clock.ts';
import { grpcCodeOf } from '../temporal/grpc-code.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import { type IncidentFilter, incidentQuery, outcomeOf } from '../temporal/visibility-query.ts';
import type { Runs } from './runs.ts';

/** Executions that one answer is made from. */
const READ = 500;
const READS_AT_ONCE = 8;
const FRESH_MS = 3_000;

export interface IncidentPage {
  items: Incident[];
  /** What to give as `cursor` for the next page; null when this is the last. */
  next: string | null;
  /** The beginning of the window, or later when `truncated`. */
  since: string;
  /** More runs were hurt in the window than are looked at: only those that closed since then are told of. */
  truncated: boolean;
}

export type IncidentsAsked = Omit<IncidentFilter, 'since'> & { window: string };
export type Incidents = (
  asked: IncidentsAsked,
  limit: number,
  cursor: string | undefined,
) => Promise<IncidentPage>;

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;
type Found = Omit<IncidentPage, 'next'>;

interface IncidentsOptions {
  temporal: Temporal;
  catalogue: Catalogue;
  runs: Runs;
  clock: Clock;
  log: Logger;
}

/** Reads incidents; what they tell is at most a few seconds old. */
export function incidentsFrom({ temporal, catalogue, runs, clock, log }: IncidentsOptions): Incidents {
  const closed = new LRUCache<string, { hurts: Hurt[] }>({ max: 10_000 });
  const found = new LRUCache<string, Found, IncidentsAsked>({
    max: 100,
    ttl: FRESH_MS,
    fetchMethod: (_key, _stale, { context: asked }) => find(asked),
  });

  async function find({ window, ...asked }: IncidentsAsked): Promise<Found> {
    const from = new Date(clock.now() - (windowMs(window) ?? 0));
    const goals = await catalogue.all();
    const isTeamUnknown = asked.team !== undefined && goals.every(({ team }) => team !== asked.team);
    if (goals.length === 0 || isTeamUnknown)
      return { items: [], since: from.toISOString(), truncated: false };
    const { rows, truncated } = await list(incidentQuery({ ...asked, since: from }, goals));
    const oldest = truncated ? isoOf(rows.at(-1)?.closeTime) : null;
    const hurts = (await concurrently(READS_AT_ONCE, rows, read)).flat();
    const since = oldest ?? from.toISOString();
    const isMeant = ({ team, fate, lastSeen }: Hurt): boolean =>
      (asked.team === undefined || asked.team === team) &&
      (fate === 'failed' || fate === 'open' || lastSeen >= since);
    return { items: incidentsOf(hurts.filter(isMeant)), since, truncated };
  }

  async function list(query: string): Promise<{ rows: Row[]; truncated: boolean }> {
    const { namespace } = temporal;
    try {
      const page = await temporal.call((service) =>
        service.listWorkflowExecutions({ namespace, query, pageSize: READ }),
      );
      return { rows: page.executions ?? [], truncated: (page.nextPageToken?.length ?? 0) > 0 };
    } catch (error) {
      // No worker has registered the search attributes yet, so no run can have any.
      if (isInvalidArgument(error)) return { rows: [], truncated: false };
      throw error;
    }
  }

  async function read({ execution, type, status }: Row): Promise<Hurt[]> {
    const { workflowId: id = '', runId = '' } = execution as { workflowId?: string; runId?: string };
    if (parseRunId(id)?.goal !== type?.name) return [];
    const known = closed.get(runId)?.hurts;
    if (known !== undefined) return known;
    try {
      const hurts = hurtsOf(await runs.story(await runs.describe(id, runId)));
      if (outcomeOf(status) !== null) closed.set(runId, { hurts });
      return hurts;
    } catch (error) {
      // Its retention may have ended since it was listed.
      if (error instanceof WorkflowNotFoundError) return [];
      if (grpcCodeOf(error) !== null) throw error;
      log.error({ err: error, run: id }, 'the story of this run cannot be told: its errors are left out');
      return [];
    }
  }

  return async (asked, limit, cursor) => {
    const key = JSON.stringify([asked.window, asked.goal ?? null, asked.team ?? null]);
    const offset = cursor === undefined ? 0 : offsetOf(cursor, key);
    const { items, ...rest } = await found.forceFetch(key, { context: asked });
    const end = offset + limit;
    return { items: items.slice(offset, end), next: end < items.length ? cursorOf(end, key) : null, ...rest };
  };
}

const checkOf = (offset: number, key: string): string => sha256(`${offset}\n${key}`).slice(0, 16);
const cursorOf = (offset: number, key: string): string => `${checkOf(offset, key)}.${offset}`;

function offsetOf(cursor: string, key: string): number {
  const [check, text = ''] = cursor.split('.', 2);
  if (!/^\d{1,6}$/.test(text) || check !== checkOf(Number(text), key))
    throw invalid('cursor', 'is no cursor that a list with these filters gave');
  return Number(text);
}
