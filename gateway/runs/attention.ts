// What needs a person now, from what Temporal lists alone: right at once, and with every worker down. Alerts only add who was
// notified and who is on it.
//
// However many look, and however many runs there are, it is read once in a while: three looks at visibility and one for the
// leases, beside what the lists of goals know.

import { LRUCache } from 'lru-cache';
import type { Attention } from '../../goals/wire/attention.ts';
import { namesOf } from '../../goals/wire/former-names.ts';
import { leaseMemoSchema } from '../../goals/wire/lease.ts';
import { LEASE, memoNames, searchAttributes } from '../../goals/wire/names.ts';
import { slips, troublesOf } from '../../views/attention.ts';
import { isoOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import type { Standings } from '../catalogue/standing.ts';
import type { Records } from '../catalogue/track-records.ts';
import type { Page, Pages } from '../temporal/pages.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { visibilityQuery } from '../temporal/visibility-query.ts';
import { type RowListDeps, readRows } from './list-rows.ts';

/** Executions that one answer is made from, failed and open ones each. */
const LOOK = 200;
const BACK_MS = 7 * 86_400_000;
const FRESH_MS = 1_500;
const SETS_LIMIT = 100;

export interface AttentionDeps extends RowListDeps {
  records: Records;
  standings: Standings;
}

/** Reads what needs a person, as the caller may see it. */
export type ReadAttention = (deps: AttentionDeps) => Promise<Attention>;

/** At most a second and a half old; read once for all who may see the same teams. */
export function attentionReader(): ReadAttention {
  const cache = new LRUCache<string, Attention, AttentionDeps>({
    ...{ max: SETS_LIMIT, ttl: FRESH_MS },
    fetchMethod: (_key, _stale, { context }) => readAttention(context),
  });
  return (deps) => cache.forceFetch(JSON.stringify(deps.scope.teams), { context: deps });
}

async function readAttention(deps: AttentionDeps): Promise<Attention> {
  const { scope, temporal, pages, catalogue, alerts, clock, records, standings } = deps;
  const since = new Date(clock.now() - BACK_MS).toISOString();
  const [goals, kept] = await Promise.all([catalogue.all(), alerts.kept()]);
  // Without goals there are no runs; nor, perhaps, the search attributes that a query speaks of.
  if (goals.length === 0) return { ...NOTHING, since };
  const { teams } = scope;
  const failed = `${visibilityQuery({ outcome: 'failed', teams }, goals)} AND CloseTime >= '${since}'`;
  const ofTrouble = [
    `${searchAttributes.state} IN ('waiting', 'struggling')`,
    `${searchAttributes.pace} IN ('at-risk', 'late')`,
  ];
  const stuck = kept.stuck.map(({ execution }) => execution);
  const open = (also: string): string =>
    `${visibilityQuery({ state: 'pursuing', teams }, goals)} AND (${also})`;
  const [lost, troubled, ended, leases, recorded] = await Promise.all([
    listed(pages, failed),
    listed(pages, open(ofTrouble.join(' OR '))),
    stuck.length === 0
      ? NO_PAGE
      : listed(pages, visibilityQuery({ state: 'stuck', executions: stuck, teams }, goals)),
    listed(
      pages,
      `WorkflowType = '${LEASE}' AND ExecutionStatus = 'Running' AND ${searchAttributes.state} = 'stuck'`,
    ),
    records.of(goals.flatMap(namesOf), '24h'),
  ]);
  // One answer is for all who may see the same teams, whether or not they may see values.
  const reveals = (): boolean => temporal.sealing.ring().ids.length === 0;
  const rows = await readRows({ ...deps, reveals }, [
    ...(lost.executions ?? []),
    ...distinct([...(ended.executions ?? []), ...(troubled.executions ?? [])]),
  ]);
  const shown = rows.filter((row) => row !== null);
  const troubles = troublesOf(
    shown.filter(({ outcome }) => outcome === 'failed'),
    {
      reachedAt: (name) => {
        const last = recorded.get(name)?.last;
        const heals = goals.find(({ goal }) => goal === name)?.heals === 'any';
        return heals && last?.outcome === 'achieved' ? last.closedAt : null;
      },
      alerts: kept.alerts,
    },
  );
  const slipping = shown
    .filter((row) => row.closedAt === null && slips(row))
    .sort((a, b) => (a.deadline ?? '~').localeCompare(b.deadline ?? '~'));
  const waiting = shown.filter((row) => row.closedAt === null && !slips(row) && row.waiting.length > 0);
  const stale = (
    await Promise.all(
      goals.map(async ({ goal, outcome, team, retired }) => {
        const standing = retired ? null : await standings.of(goal);
        return standing?.state === 'stale' ? [{ goal, outcome, team, since: standing.since }] : [];
      }),
    )
  ).flat();
  const stuckLeases = leasesIn(leases, (team) => scope.holds(team));
  const isCut = [lost, troubled].map(({ nextPageToken }) => (nextPageToken?.length ?? 0) > 0);
  const unattended = troubles.filter(({ alert }) => alert?.acknowledged == null);
  return {
    since: isCut[0] ? (isoOf(lost.executions?.at(-1)?.closeTime) ?? since) : since,
    truncated: isCut.some(Boolean),
    ...{ troubles, slipping, waiting, stale, leases: stuckLeases },
    count: unattended.length + slipping.length + waiting.length + stale.length + stuckLeases.length,
  };
}

const NOTHING: Omit<Attention, 'since'> = {
  ...{ truncated: false, troubles: [], slipping: [], waiting: [], stale: [], leases: [], count: 0 },
};

async function listed(pages: Pages, query: string): Promise<Page> {
  try {
    return await pages(query, LOOK, null);
  } catch (error) {
    // No worker has registered the search attributes of troubles yet, so no run can have any.
    if (isInvalidArgument(error)) return {};
    throw error;
  }
}

const NO_PAGE: Page = {};

type Listed = NonNullable<Page['executions']>;

const distinct = (rows: Listed): Listed => [
  ...new Map(rows.map((row) => [row.execution?.runId ?? '', row])).values(),
];

function leasesIn({ executions }: Page, holds: (team: string) => boolean): Attention['leases'] {
  return (executions ?? []).flatMap(({ execution, memo }) => {
    const told = leaseMemoSchema.safeParse(value(memo?.fields?.[memoNames.lease])).data;
    if (told === undefined || !holds(told.team)) return [];
    const { name, goal, job, run } = told;
    return [{ id: execution?.workflowId ?? '', name, goal, job, run }];
  });
}
