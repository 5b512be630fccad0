// The errors of a window, one line for each trouble, across runs, goals and teams; and the outcomes that failed without any.
//
// It reads a bounded number of executions, those that met errors or failed and are open or closed last, and what it has read of a closed one
// it never reads again.

import { WorkflowNotFoundError } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { IncidentDetails, IncidentPage } from '../../goals/wire/answers.ts';
import { namesOf } from '../../goals/wire/former-names.ts';
import { hasLight } from '../../goals/wire/light.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { isCauseless, outOfTime } from '../../goals/wire/trouble.ts';
import { isoOf } from '../../views/event-time.ts';
import { type Hurt, hurtsOf, incidentDetails, incidentsOf } from '../../views/incidents.ts';
import type { AchievedRun } from '../../views/light-updates.ts';
import { value } from '../../views/payload.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { concurrently } from '../http/concurrently.ts';
import { offsetCursor, offsetIn } from '../http/cursor.ts';
import { windowMs } from '../http/window.ts';
import type { LightRows } from '../light/light-rows.ts';
import type { Clock } from '../temporal/clock.ts';
import { grpcCodeOf } from '../temporal/grpc-code.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import { earlierQuery, hasRunOut, type IncidentFilter, incidentQuery } from '../temporal/trouble-query.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';
import type { Runs } from './runs.ts';

/** Executions that one answer is made from. */
const READ = 500;
const READS_AT_ONCE = 8;
/** Troubles of which one look at the time before the window asks, and executions that it sees. */
const [ASKED_EARLIER, SEEN_EARLIER] = [100, 200];
const FRESH_MS = 3_000;

export type IncidentsAsked = Omit<IncidentFilter, 'since'> & { window: string };
export interface Incidents {
  page(asked: IncidentsAsked, limit: number, cursor: string | undefined): Promise<IncidentPage>;
  /** One of them; null where it hurt none of the runs that are looked at. */
  details(asked: IncidentsAsked, fingerprint: string): Promise<IncidentDetails | null>;
}

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;
type Found = Omit<IncidentPage, 'next'> & { hurts: readonly Hurt[] };

type Trouble = ReturnType<typeof incidentsOf>[number];

/** Of all that an execution met. */
function fingerprintsOf({ searchAttributes: has, type }: Row): unknown[] {
  const attribute = (name: string): unknown => value(has?.indexedFields?.[name]);
  return [
    ...[searchAttributes.fingerprints, searchAttributes.cause].flatMap(attribute),
    ...(hasRunOut(attribute) ? [outOfTime(type?.name ?? '')] : []),
  ];
}

interface IncidentsOptions {
  temporal: Temporal;
  catalogue: Catalogue;
  runs: Runs;
  clock: Clock;
  log: Logger;
  light: LightRows;
}

/** Reads incidents; what they tell is at most a few seconds old. */
export function incidentsFrom({ temporal, catalogue, runs, clock, log, light }: IncidentsOptions): Incidents {
  const closed = new LRUCache<string, { hurts: Hurt[] }>({ max: 10_000 });
  const found = new LRUCache<string, Found, IncidentsAsked>({
    max: 100,
    ttl: FRESH_MS,
    fetchMethod: (_key, _stale, { context: asked }) => find(asked),
  });

  async function find({ window, ...asked }: IncidentsAsked): Promise<Found> {
    const from = new Date(clock.now() - windowMs(window));
    const goals = await catalogue.all();
    const isTeamUnknown = asked.team !== undefined && goals.every(({ team }) => team !== asked.team);
    if (goals.length === 0 || isTeamUnknown)
      return { items: [], hurts: [], since: from.toISOString(), truncated: false };
    const listed = await list(incidentQuery({ ...asked, since: from }, goals));
    const oldest = listed.truncated ? isoOf(listed.rows.at(-1)?.closeTime) : null;
    // Their errors have healed, all of them.
    const isLight = goals.some((one) => hasLight(one));
    const lights = isLight
      ? await light.page({ ...asked, since: { at: from, text: '' } }, goals, null, READ, isHurt)
      : { rows: [], next: null };
    const oldestLight = lights.next === null ? null : new Date(lights.next.closed).toISOString();
    const truncated = listed.truncated || lights.next !== null;
    const hurts = (await concurrently(READS_AT_ONCE, [...listed.rows, ...lights.rows], read)).flat();
    const since = [from.toISOString(), oldest, oldestLight].reduce((a, b) =>
      (b ?? '') > (a ?? '') ? b : a,
    ) as string;
    const isMeant = ({ team, fate, lastSeen }: Hurt): boolean =>
      (asked.teams == null || (team !== null && asked.teams.includes(team))) &&
      (asked.team === undefined || asked.team === team) &&
      (fate === 'failed' || fate === 'open' || lastSeen >= since);
    const meant = hurts.filter(isMeant);
    const troubles = incidentsOf(meant);
    // Where all that is looked at is open, nothing is known of what closed.
    const isBlind = listed.truncated && oldest === null;
    const isEarlier = isBlind ? () => true : await earlierThan(since, asked, troubles, goals);
    const items = troubles.map((one) => ({ ...one, earlier: isEarlier(one) }));
    return { items, hurts: meant, since, truncated };
  }

  /** Which of these troubles hurt runs that closed before, as one look tells; true also where it cannot tell. */
  async function earlierThan(
    before: string,
    asked: Omit<IncidentFilter, 'since'>,
    troubles: readonly Trouble[],
    goals: readonly Publication[],
  ): Promise<(trouble: Trouble) => boolean> {
    const some = troubles.slice(0, ASKED_EARLIER);
    const fingerprints = some.map(({ fingerprint }) => fingerprint);
    if (fingerprints.length === 0) return () => false;
    const ranOut = goals
      .flatMap(namesOf)
      .filter((name) => some.some((one) => isCauseless(one) && one.fingerprint === outOfTime(name)));
    const { rows, truncated } = await list(
      earlierQuery({ ...asked, before, fingerprints, outOfTimeOf: ranOut }, goals),
      SEEN_EARLIER,
    );
    const seen = new Set(rows.flatMap(fingerprintsOf));
    // No query finds what Temporal ended: such a run could not say what its trouble was.
    const asks = new Set(
      some
        .filter((one) => !isCauseless(one) || one.kind === 'deadline')
        .map(({ fingerprint }) => fingerprint),
    );
    // No query finds what light runs met.
    const lights = new Set(goals.filter(hasLight).map(({ goal }) => goal));
    return (one) =>
      seen.has(one.fingerprint) ||
      truncated ||
      !asks.has(one.fingerprint) ||
      one.goals.some((goal) => lights.has(goal));
  }

  const isHurt = ({ answer }: AchievedRun): boolean =>
    answer.steps.some(({ ledger }) => ledger !== undefined);

  async function list(query: string, pageSize = READ): Promise<{ rows: Row[]; truncated: boolean }> {
    const { namespace } = temporal;
    try {
      const page = await temporal.call((service) =>
        service.listWorkflowExecutions({ namespace, query, pageSize }),
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

  const keyOf = (asked: IncidentsAsked): string =>
    JSON.stringify([asked.window, asked.goal ?? null, asked.team ?? null, asked.teams ?? null]);
  return {
    async page(asked, limit, cursor) {
      const key = keyOf(asked);
      const offset = cursor === undefined ? 0 : offsetIn(cursor, key);
      const { items, since, truncated } = await found.forceFetch(key, { context: asked });
      const end = offset + limit;
      return {
        items: items.slice(offset, end),
        next: end < items.length ? offsetCursor(end, key) : null,
        ...{ since, truncated },
      };
    },
    async details(asked, fingerprint) {
      const { items, hurts, since, truncated } = await found.forceFetch(keyOf(asked), { context: asked });
      const details = incidentDetails(hurts, fingerprint);
      const earlier = items.some((one) => one.fingerprint === fingerprint && one.earlier);
      return details && { ...details, earlier, from: since, truncated };
    },
  };
}
