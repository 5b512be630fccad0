// Which pages there are: what each asks the API, and what shows the answers. Their addresses are the API's own.

import type { Alert, Mute } from '../../goals/wire/alerts.ts';
import type {
  BulkActView,
  CriterionPage,
  GoalDetails,
  GoalSummary,
  IncidentDetails,
  IncidentPage,
  KeyPage,
  ScheduleSummaryView,
} from '../../goals/wire/answers.ts';
import type { DatasetPage, DatasetSummary, PartitionView } from '../../goals/wire/dataset-answers.ts';
import type { DuePage } from '../../goals/wire/due.ts';
import type { PoolMemo } from '../../goals/wire/pools.ts';
import type { RunRecord } from '../../goals/wire/run-record.ts';
import { approvalsPage } from './approvals-page.tsx';
import { artifactsRow } from './artifacts.tsx';
import { type Ask, asked, askedIfAny, pathWith } from './asking.ts';
import { attentionPage, readAttention } from './attention-page.tsx';
import { backfillPage, readBackfill } from './backfill-page.tsx';
import { bulkActPage, bulkActsPage, type ListedBulkActs } from './bulk-pages.tsx';
import { criterionPage } from './criterion-page.tsx';
import { datasetPage, datasetsPage, partitionPage } from './dataset-pages.tsx';
import { docsRow } from './docs-page.tsx';
import { duePage } from './due-page.tsx';
import { errorPage } from './error-page.tsx';
import { errorsPage } from './errors-page.tsx';
import { goalPage, type SaidByCriteria } from './goal-page.tsx';
import { itemsRow } from './items-page.tsx';
import { type KeysQuery, keysPage } from './keys-page.tsx';
import { lineageRow, runLineageRow } from './lineage-pages.tsx';
import { goalsPage, type ListedGoals, type ListedRuns, runsPage } from './list-pages.tsx';
import { logsRow } from './logs-page.tsx';
import { mapPage } from './map-page.tsx';
import { nearGoals, nearTeams } from './near.tsx';
import {
  alertPage,
  alertsPage,
  type ListedLeases,
  leasesPage,
  type Machinery,
  operationsPage,
  poolsPage,
} from './operations-pages.tsx';
import type { PageReader } from './reader.ts';
import { recordPage } from './record-page.tsx';
import { recoveriesRow, recoveryRow } from './recovery-pages.tsx';
import { problemRow } from './refused-page.tsx';
import { retractionRow, retractionsRow } from './retraction-pages.tsx';
import { readRun, runPage } from './run-page.tsx';
import type { ShownPage } from './shell.tsx';
import type { PageClock } from './times.ts';
import { backfillsPage, type ListedBackfills, schedulesPage } from './times-pages.tsx';

type Query = Readonly<Record<string, string | undefined>>;

interface PageRow {
  /** With one group where something of the path names what is shown. */
  path: RegExp;
  screen: string;
  /** Parameters that it takes: those of the API, and some of its own. */
  query: readonly string[];
  /** The page, or the path of another. */
  show(
    ask: Ask,
    query: Query,
    clock: PageClock,
    name: string,
    reader: PageReader,
    origin: string,
  ): Promise<ShownPage | string>;
}

const RUN_FILTERS = [
  ...['goal', 'owner', 'team', 'key', 'keyFrom', 'keyTo', 'keyPrefix', 'id', 'outcome', 'state'],
  ...['fingerprint', 'code', 'kind', 'late', 'accepted', 'why', 'tag', 'mark', 'since', 'until', 'cursor'],
];

const GOAL_FILTERS = ['window', 'team', 'owner', 'state', 'text', 'cursor'];

/** Criteria of which the page of a goal shows the values. */
const MOST_CHARTS = 8;

async function saidByCriteria(ask: Ask, { goal, criteria }: GoalDetails): Promise<SaidByCriteria> {
  const said = await Promise.all(
    criteria.slice(0, MOST_CHARTS).map(async (name) => {
      const path = `/goals/${encodeURIComponent(goal)}/criteria/${encodeURIComponent(name)}`;
      return [name, (await askedIfAny<CriterionPage>(ask, `${path}?limit=30`))?.items ?? []] as const;
    }),
  );
  return new Map(said);
}

/** The schedules of a goal as they stand; nothing is asked for where it has none. */
async function schedulesOf(ask: Ask, { goal, schedules = [] }: GoalDetails): Promise<ScheduleSummaryView[]> {
  if (schedules.length === 0) return [];
  const path = pathWith('/schedules', { goal });
  return (await askedIfAny<{ items: ScheduleSummaryView[] }>(ask, path))?.items ?? [];
}

const KEY_FILTERS = [
  ...['of', 'outcome', 'prefix', 'part', 'from', 'to'],
  ...['schedule', 'since', 'until', 'cursor'],
];

const PARTITION_FILTERS = ['of', 'state', 'part', 'from', 'to', 'cursor'];

const DUE_FILTERS = ['day', 'timezone', 'team', 'owner'];

const rows: readonly PageRow[] = [
  {
    path: /^\/$/,
    ...{ screen: '/', query: [] },
    show: async (ask, _, clock) => attentionPage(await readAttention(ask), clock),
  },
  {
    path: /^\/goals$/,
    ...{ screen: '/goals', query: GOAL_FILTERS },
    async show(ask, query, clock) {
      const filters = Object.fromEntries(GOAL_FILTERS.map((name) => [name, query[name]]));
      const goals = await asked<ListedGoals>(ask, pathWith('/goals', { limit: '50', ...filters }));
      const near = goals.items.length === 0 && query.team ? await nearTeams(ask, query.team) : [];
      return goalsPage(goals, filters, clock, near);
    },
  },
  {
    path: /^\/map$/,
    ...{ screen: '/goals', query: ['goal', 'team'] },
    show: async (ask, { goal, team }) =>
      mapPage((await asked<ListedGoals>(ask, '/goals')).items, { goal, team }),
  },
  {
    path: /^\/goals\/([^/]+)$/,
    ...{ screen: '/goals', query: ['window'] },
    async show(ask, { window }, clock, name, reader) {
      const path = `/goals/${encodeURIComponent(name)}`;
      const goal = await asked<GoalDetails>(ask, pathWith(path, { window }));
      const [runs, said, schedules] = await Promise.all([
        asked<ListedRuns>(ask, pathWith('/runs/rows', { goal: goal.goal, limit: '100' })),
        saidByCriteria(ask, goal),
        schedulesOf(ask, goal),
      ]);
      return goalPage(goal, runs, clock, reader, said, schedules);
    },
  },
  {
    path: /^\/goals\/([^/]+\/criteria\/[^/]+)$/,
    ...{ screen: '/goals', query: ['limit', 'cursor'] },
    async show(ask, { limit, cursor }, clock, name) {
      const [goal = '', , ...criterion] = name.split('/');
      const path = `/goals/${encodeURIComponent(goal)}/criteria/${encodeURIComponent(criterion.join('/'))}`;
      const query = { limit: limit ?? '30', cursor };
      return criterionPage(await asked<CriterionPage>(ask, pathWith(path, query)), query, clock);
    },
  },
  {
    path: /^\/goals\/([^/]+)\/keys$/,
    ...{ screen: '/goals', query: KEY_FILTERS },
    async show(ask, query, clock, name, reader) {
      const filters: KeysQuery = Object.fromEntries(KEY_FILTERS.map((field) => [field, query[field]]));
      const path = `/goals/${encodeURIComponent(name)}/keys`;
      return keysPage(
        await asked<KeyPage>(ask, pathWith(path, { ...filters, limit: '200' })),
        filters,
        clock,
        reader,
      );
    },
  },
  {
    path: /^\/runs$/,
    ...{ screen: '/runs', query: RUN_FILTERS },
    async show(ask, query, clock, _, reader) {
      const filters = Object.fromEntries(RUN_FILTERS.map((name) => [name, query[name]]));
      const rows = await asked<ListedRuns>(ask, pathWith('/runs/rows', { ...filters, count: 'true' }));
      const near =
        rows.items.length === 0 && query.goal
          ? await nearGoals(ask, query.goal, (goal) => pathWith('/runs', { ...filters, goal }))
          : [];
      return runsPage(rows, filters, clock, reader, near);
    },
  },
  {
    path: /^\/runs\/([^/]+)$/,
    ...{ screen: '/runs', query: ['execution', 'job', 'only', 'from'] },
    show: async (ask, query, clock, id, reader) => runPage(await readRun(ask, id, query, reader), clock),
  },
  logsRow,
  itemsRow,
  artifactsRow,
  {
    path: /^\/bulk-acts$/,
    ...{ screen: '/runs', query: ['cursor'] },
    show: async (ask, { cursor }, clock, _, reader) =>
      bulkActsPage(await asked<ListedBulkActs>(ask, pathWith('/bulk-acts', { cursor })), clock, reader),
  },
  {
    path: /^\/bulk-acts\/((?!new$)[^/]+)$/,
    ...{ screen: '/runs', query: [] },
    show: async (ask, _, clock, id, reader) =>
      bulkActPage(await asked<BulkActView>(ask, `/bulk-acts/${encodeURIComponent(id)}`), clock, reader),
  },
  {
    path: /^\/runs\/([^/]+)\/record$/,
    ...{ screen: '/runs', query: ['execution'] },
    async show(ask, { execution }, clock, id) {
      const path = pathWith(`/runs/${encodeURIComponent(id)}/record`, { execution });
      return recordPage(await asked<RunRecord>(ask, path), execution, clock);
    },
  },
  {
    path: /^\/errors$/,
    ...{ screen: '/errors', query: ['window', 'goal', 'team', 'cursor'] },
    async show(ask, { window, goal, team, cursor }, clock, _, reader) {
      const query = { window, goal, team, cursor };
      return errorsPage(await asked<IncidentPage>(ask, pathWith('/errors', query)), query, clock, reader);
    },
  },
  ...[recoveriesRow, recoveryRow, retractionsRow, retractionRow],
  ...[lineageRow, runLineageRow],
  {
    path: /^\/datasets$/,
    ...{ screen: '/goals', query: [] },
    show: async (ask, _, clock) =>
      datasetsPage((await asked<{ items: DatasetSummary[] }>(ask, '/datasets')).items, clock),
  },
  {
    path: /^\/datasets\/([^/]+)$/,
    ...{ screen: '/goals', query: PARTITION_FILTERS },
    async show(ask, query, clock, name, reader) {
      const filters = Object.fromEntries(PARTITION_FILTERS.map((field) => [field, query[field]]));
      const path = pathWith(`/datasets/${encodeURIComponent(name)}`, { ...filters, limit: '100' });
      return datasetPage(await asked<DatasetPage>(ask, path), filters, clock, reader);
    },
  },
  {
    path: /^\/datasets\/([^/]+\/partitions\/[^/]+)$/,
    ...{ screen: '/goals', query: [] },
    async show(ask, _, clock, name) {
      const [dataset = '', , key = ''] = name.split('/');
      const path = `/datasets/${encodeURIComponent(dataset)}/partitions/${encodeURIComponent(key)}`;
      return partitionPage(await asked<PartitionView>(ask, path), clock);
    },
  },
  {
    path: /^\/errors\/([^/]+)$/,
    ...{ screen: '/errors', query: ['window', 'goal', 'team'] },
    async show(ask, { window, goal, team }, clock, fingerprint) {
      const query = { window, goal, team };
      const path = `/errors/${encodeURIComponent(fingerprint)}`;
      return errorPage(await asked<IncidentDetails>(ask, pathWith(path, query)), query, clock);
    },
  },
  {
    path: /^\/due$/,
    ...{ screen: '/due', query: DUE_FILTERS },
    async show(ask, query, clock) {
      const filters = Object.fromEntries(DUE_FILTERS.map((name) => [name, query[name]]));
      const timezone = query.timezone ?? clock.zone;
      return duePage(await asked<DuePage>(ask, pathWith('/due', { ...filters, timezone })), filters, clock);
    },
  },
  {
    path: /^\/schedules$/,
    ...{ screen: '/schedules', query: ['goal'] },
    show: async (ask, { goal }, clock, _, reader) =>
      schedulesPage(
        (await asked<{ items: ScheduleSummaryView[] }>(ask, pathWith('/schedules', { goal }))).items,
        { goal },
        clock,
        reader,
      ),
  },
  {
    path: /^\/backfills$/,
    ...{ screen: '/schedules', query: ['goal', 'state', 'cursor'] },
    async show(ask, { goal, state, cursor }, clock, _, reader) {
      const query = { goal, state, cursor };
      return backfillsPage(
        await asked<ListedBackfills>(ask, pathWith('/backfills', query)),
        query,
        clock,
        reader,
      );
    },
  },
  {
    // The form of a new one is another page.
    path: /^\/backfills\/((?!new$)[^/]+)$/,
    ...{ screen: '/schedules', query: [] },
    show: async (ask, _, clock, id, reader) => backfillPage(await readBackfill(ask, id), clock, reader),
  },
  {
    path: /^\/approvals$/,
    ...{ screen: '/', query: ['cursor'] },
    show: async (ask, { cursor }, clock) =>
      approvalsPage(
        await asked<ListedRuns>(ask, pathWith('/runs/rows', { state: 'asking', cursor })),
        cursor,
        clock,
      ),
  },
  {
    path: /^\/leases$/,
    ...{ screen: '/operations', query: ['state', 'goal', 'cursor'] },
    async show(ask, { state, goal, cursor }, clock, _, reader) {
      const query = { state, goal, cursor };
      return leasesPage(await asked<ListedLeases>(ask, pathWith('/leases', query)), query, clock, reader);
    },
  },
  {
    path: /^\/pools$/,
    ...{ screen: '/operations', query: [] },
    show: async (ask, _, clock) =>
      poolsPage((await asked<{ items: PoolMemo[] }>(ask, '/pools')).items, clock),
  },
  {
    path: /^\/operations$/,
    ...{ screen: '/operations', query: [] },
    show: async (ask, _, clock) => operationsPage(await readOperations(ask), clock),
  },
  {
    path: /^\/alerts$/,
    ...{ screen: '/operations', query: ['state', 'goal'] },
    show: async (ask, { state, goal }, clock, _, reader) =>
      alertsPage(
        await asked<{ items: Alert[]; mutes: Mute[] }>(ask, pathWith('/alerts', { state, goal })),
        { state, goal },
        clock,
        reader,
      ),
  },
  {
    path: /^\/alerts\/([^/]+)$/,
    ...{ screen: '/operations', query: [] },
    show: async (ask, _, clock, id, reader) =>
      alertPage(await asked<Alert>(ask, `/alerts/${encodeURIComponent(id)}`), clock, reader),
  },
  docsRow,
  problemRow,
  {
    path: /^\/find$/,
    ...{ screen: '/runs', query: ['q'] },
    show: async (ask, { q }) => findPath(ask, (q ?? '').trim().slice(0, 300)),
  },
];

async function readOperations(ask: Ask): Promise<Machinery> {
  const [leases, pools, goals, alerts] = await Promise.all([
    asked<ListedLeases>(ask, '/leases?state=stuck'),
    asked<{ items: PoolMemo[] }>(ask, '/pools'),
    asked<{ items: GoalSummary[] }>(ask, '/goals?window=24h'),
    asked<{ items: Alert[] }>(ask, '/alerts?state=open'),
  ]);
  const queues = goals.items.filter(({ noWorker, retired }) => noWorker !== undefined && !retired);
  return {
    leases,
    pools: pools.items,
    alerts: alerts.items,
    queues: [...new Set(queues.map(({ taskQueue }) => taskQueue))].sort(),
  };
}

/** Where what was looked for is: a run by its ID, a goal by its name, an error by its fingerprint; else runs by their key. */
async function findPath(ask: Ask, wanted: string): Promise<string> {
  if (wanted === '') return '/goals';
  const name = encodeURIComponent(wanted);
  if (wanted.includes(':') && (await askedIfAny(ask, `/runs/${name}`)) !== null) return `/runs/${name}`;
  if (/^[0-9a-f]{16}$/.test(wanted)) return `/errors/${wanted}?window=30d`;
  if ((await askedIfAny(ask, `/goals/${name}`)) !== null) return `/goals/${name}`;
  return pathWith('/runs', { key: wanted });
}

/** A page, with what its address names. */
export interface FoundPage extends Pick<PageRow, 'screen' | 'query'> {
  /** `origin`: the address of the gateway as browsers have it. */
  show(
    ask: Ask,
    query: Query,
    clock: PageClock,
    reader: PageReader,
    origin: string,
  ): Promise<ShownPage | string>;
}

/** The page of a path; null where there is none. */
export function pageAt(path: string): FoundPage | null {
  for (const { path: pattern, screen, query, show } of rows) {
    const found = pattern.exec(path);
    if (found === null) continue;
    const name = decoded(found[1] ?? '');
    if (name === null) return null;
    return {
      screen,
      query,
      show: (ask, given, clock, reader, origin) => show(ask, given, clock, name, reader, origin),
    };
  }
  return null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
