// What is due on a day, read from Temporal's lists alone: no history, however many runs there are.

import { ScheduleNotFoundError } from '@temporalio/client';
import { instantOf, localDay } from '../../goals/wire/by-clock.ts';
import type { DuePage } from '../../goals/wire/due.ts';
import { namesOf } from '../../goals/wire/former-names.ts';
import { hasLight } from '../../goals/wire/light.ts';
import { memoNames, scheduledIdPrefix } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { type TriggeredRun, triggerMemoSchema } from '../../goals/wire/schedules.ts';
import { value } from '../../views/payload.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Alerts } from '../alerts.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { concurrently } from '../http/concurrently.ts';
import type { LightRows } from '../light/light-rows.ts';
import type { Pages } from '../temporal/pages.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { dueQuery, workflowsQuery } from '../temporal/visibility-query.ts';
import {
  begun,
  linesOf,
  mayHaveBegun,
  type Now,
  type Owned,
  ownedByTrigger,
  unbegun,
  unmet,
} from './due-lines.ts';
import { type ListedRow, runsIn } from './due-runs.ts';
import { type DueSpan, dueBy, leadMs, type ScheduledTime, scheduledTimes } from './due-times.ts';

export interface DueDeps {
  temporal: Temporal;
  catalogue: Catalogue;
  pages: Pages;
  light: LightRows;
  alerts: Alerts;
  scope: TeamScope;
}

export interface DueAsked {
  /** Default: today in the time zone. */
  day?: string | undefined;
  timezone: string;
  team?: string | undefined;
  owner?: string | undefined;
}

const DAY = 86_400_000;
const PAGE = 1_000;
const PAGES = 10;
const GOALS_AT_ONCE = 100;
/** Of a schedule that comes every second, too. */
const TIMES = 20_000;
/** Scheduled times without a run whose triggers are looked at. */
const TRIGGERS = 1_000;
const TRIGGERS_AT_ONCE = 100;
const SCHEDULES = 100;
const AT_ONCE = 8;
/** What is shown of one line, and of the line of the one owner that is asked for. */
const SHOWN = 20;
const SHOWN_OF_ONE = 500;

export async function readDue(deps: DueDeps, asked: DueAsked): Promise<DuePage> {
  const { timezone, owner, team } = asked;
  const day = asked.day === undefined ? localDay(Date.now(), timezone) : Date.parse(asked.day);
  const span = { from: instantOf(day, timezone), to: instantOf(day + DAY, timezone) };
  const publications = (await deps.catalogue.all()).filter(
    (one) =>
      !one.retired &&
      (dueBy(one) !== null || one.schedules !== undefined) &&
      (owner === undefined || one.owner === owner) &&
      (team === undefined || one.team === team),
  );
  const { owned, uncounted } = await ownedIn(deps, publications, span);
  return {
    items: linesOf(owned, owner === undefined ? SHOWN : SHOWN_OF_ONE),
    next: null,
    day: new Date(day).toISOString().slice(0, 10),
    timezone,
    from: new Date(span.from).toISOString(),
    to: new Date(span.to).toISOString(),
    uncounted,
  };
}

async function ownedIn(
  deps: DueDeps,
  publications: readonly Publication[],
  span: DueSpan,
): Promise<{ owned: Owned[]; uncounted: number }> {
  if (publications.length === 0) return { owned: [], uncounted: 0 };
  const { stuck } = await deps.alerts.kept();
  const { rows, rest } = await rowsOf(deps, publications, span);
  const now: Now = { at: Date.now(), stuck: new Set(stuck.map(({ execution }) => execution)) };
  const all = publications.flatMap((one) => scheduledTimes(one, span, TIMES));
  const times = all.slice(0, TIMES);
  const asked = { publications, span, times, runs: runsIn(rows) };
  const { owned, open } = begun(asked, now);
  owned.push(...(await unmatched(deps, open, now)));
  owned.push(...unmet(asked, owned, now));
  return { owned, uncounted: rest + all.length - times.length };
}

/** The executions of the goals that began by the end of the day after: what was mended until then counts. */
async function rowsOf(
  { temporal, pages, scope, light }: DueDeps,
  publications: readonly Publication[],
  { from, to }: DueSpan,
): Promise<{ rows: ListedRow[]; rest: number }> {
  const rows: ListedRow[] = [];
  let [left, rest] = [PAGES, 0];
  for (let i = 0; i < publications.length; i += GOALS_AT_ONCE) {
    const some = publications.slice(i, i + GOALS_AT_ONCE);
    const query = dueQuery({
      goals: some.flatMap(namesOf),
      teams: scope.teams,
      from: new Date(from - Math.max(...some.map(leadMs))),
      to: new Date(to + DAY),
    });
    const begins = new Date(from - Math.max(...some.map(leadMs)));
    const filter = {
      teams: scope.teams,
      since: { at: begins, text: '' },
      until: { at: new Date(to + DAY), text: '' },
    };
    const lights = some.some((one) => hasLight(one)) ? await light.page(filter, some, null, PAGE) : null;
    rows.push(...(lights?.rows ?? []));
    if (lights?.next) rest++;
    let token: Uint8Array | null = null;
    let read = 0;
    for (; left > 0 && (token === null || token.length > 0); left--) {
      const page = await pages(query, PAGE, token);
      read += page.executions?.length ?? 0;
      rows.push(...(page.executions ?? []));
      token = page.nextPageToken ?? new Uint8Array();
    }
    if (token?.length === 0) continue;
    const { count } = await temporal.call(() => temporal.client.workflow.count(query));
    rest += Math.max(0, count - read);
  }
  return { rows, rest };
}

/** Of scheduled times without a run of their own: what their triggers tell, or that they are missing, or ahead. */
async function unmatched(deps: DueDeps, open: readonly ScheduledTime[], now: Now): Promise<Owned[]> {
  const over = open.filter((time) => mayHaveBegun(time, now)).slice(0, TRIGGERS);
  const [told, kept] = await Promise.all([triggered(deps, over), schedulesOf(deps, open)]);
  return open.flatMap((time) => {
    const trigger = told.get(triggerId(time));
    const line = trigger?.find(({ at }) => Date.parse(at) === time.at);
    if (line?.run != null)
      return ownedByTrigger(time, { run: line.run, key: keyOf(line.run), outcome: line.outcome }, now);
    // It let the time pass, as the goal's own catch-up says.
    if (trigger !== undefined && line === undefined) return [];
    const schedule = kept.get(time.id);
    const isWanted = schedule === undefined || (!schedule.paused && schedule.createdAt <= time.at);
    return isWanted || trigger !== undefined ? unbegun(time, now) : [];
  });
}

const keyOf = (run: string): string => parseRunId(run)?.key ?? '';

/** As Temporal names the trigger of a scheduled time. */
const triggerId = ({ publication, schedule, at }: ScheduledTime): string =>
  `${scheduledIdPrefix(publication.goal, schedule.name)}-${new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')}`;

/** What triggers made of their times, by their IDs. */
async function triggered(
  { pages }: DueDeps,
  times: readonly ScheduledTime[],
): Promise<Map<string, TriggeredRun[]>> {
  const found = new Map<string, TriggeredRun[]>();
  for (let i = 0; i < times.length; i += TRIGGERS_AT_ONCE) {
    const ids = times.slice(i, i + TRIGGERS_AT_ONCE).map(triggerId);
    const { executions } = await pages(workflowsQuery(ids), TRIGGERS_AT_ONCE, null);
    for (const { execution, memo } of executions ?? []) {
      const told = triggerMemoSchema.safeParse(value(memo?.fields?.[memoNames.trigger])).data;
      if (told !== undefined) found.set(execution?.workflowId ?? '', told.runs);
    }
  }
  return found;
}

/** Since when Temporal has each schedule, and whether it is paused: no time of before is missing, nor one of a pause. */
async function schedulesOf(
  { temporal }: DueDeps,
  times: readonly ScheduledTime[],
): Promise<Map<string, { createdAt: number; paused: boolean }>> {
  const ids = [...new Set(times.map(({ id }) => id))].slice(0, SCHEDULES);
  const described = await concurrently(AT_ONCE, ids, async (id) => {
    try {
      const { info, state } = await temporal.call(() => temporal.client.schedule.getHandle(id).describe());
      return [[id, { createdAt: info.createdAt.getTime(), paused: state.paused }] as const];
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return [];
      throw error;
    }
  });
  return new Map(described.flat());
}
