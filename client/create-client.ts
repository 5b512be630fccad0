// The client of a gateway: a method for each of its routes.

import type { Alert, Mute } from '../goals/wire/alerts.ts';
import type {
  BackfillPlan,
  BackfillView,
  BulkActPlan,
  BulkActView,
  Delivered,
  GoalSummary,
  Incident,
  IncidentDetails,
  IncidentPage,
  LeaseView,
  RecoveryPlan,
  RecoveryView,
  RetractionDetails,
  RetractionView,
  ScheduleSummaryView,
  ScheduleView,
  ShownApproval,
} from '../goals/wire/answers.ts';
import type { Attention } from '../goals/wire/attention.ts';
import type { AuditEntry, AuditItem } from '../goals/wire/audit.ts';
import type { Reprocess } from '../goals/wire/backfill.ts';
import type { BulkActKind } from '../goals/wire/bulk-act.ts';
import type {
  DatasetPage,
  DatasetSummary,
  PartitionItem,
  PartitionView,
} from '../goals/wire/dataset-answers.ts';
import type { SubjectDeletion } from '../goals/wire/deletion.ts';
import type { DueLine, DuePage } from '../goals/wire/due.ts';
import type { CloudEvent } from '../goals/wire/events.ts';
import type { GoalState } from '../goals/wire/goal-state.ts';
import type { LeaseState } from '../goals/wire/lease.ts';
import type { PoolMemo } from '../goals/wire/pools.ts';
import type { ProblemCode } from '../goals/wire/problem-codes.ts';
import type { RunRecord } from '../goals/wire/run-record.ts';
import type { Outcome } from '../goals/wire/run-view.ts';
import { type Act, type GoalClient, goalClient, type MaybePending, type ReasonedAct } from './goal-client.ts';
import { linesOf } from './lines-of.ts';
import { type AnswerPage, type Listing, listing } from './listing.ts';
import { pathOfRun } from './path-of-run.ts';
import type { GoalShape } from './run-of.ts';
import { type OfExecution, type PageFilter, type RowsFilter, runsClient } from './runs-client.ts';
import { type CallOptions, type ClientOptions, json, type Send, sender } from './send.ts';
import { type Span, spanMs } from './span.ts';
import { type CamelCase, exactName, type ShapesOf } from './typed-goals.ts';

/** What a person decides; a rejection needs a reason. */
export interface ApprovalDecision extends Act {
  decision: 'approve' | 'reject';
  /** The answer, where the run asks for one. */
  data?: unknown;
  /** The execution that is meant; only the first one of a run needs none. */
  execution?: string;
  idempotencyKey?: string;
}

/** Which times are made up for, and how. */
export interface BackfillRequest extends Act {
  goal: string;
  /** Default: the goal's only one. */
  schedule?: string;
  /** Instead of a schedule, such as `1d`; with it goes `input`, in whose texts `{date}` and `{time}` stand for the time. */
  step?: string;
  input?: unknown;
  /** First time, included, and end of the range, excluded. */
  from?: string;
  to?: string;
  /** Instead of times: keys, as the IDs of runs have them; `input` then has what the input has beside the key. */
  keys?: readonly string[];
  /** Instead of times: the keys that the goal declares, in a range of a part of the key, both ends included. */
  expected?: { part?: string; from?: string; to?: string; prefix?: string };
  /** How many runs are open at once. Default: 4. */
  atOnce?: number;
  reprocess?: Reprocess;
  downstream?: 'start' | 'hold';
  idempotencyKey?: string;
  wait?: Span;
}

/** One act on all runs of a filter. */
export interface BulkActRequest extends Act {
  act: BulkActKind;
  /** As the list of rows takes it; by something. */
  filter: Omit<RowsFilter, 'limit' | 'cursor'>;
  /** With `tag`: the tags that each run gets, and those that it loses. */
  add?: readonly string[];
  remove?: readonly string[];
  /** On how many runs it acts at once. Default: 4. */
  atOnce?: number;
  idempotencyKey?: string;
}

/** The runs that one trouble ended, pursued once more. */
export interface TroubleRecovery extends Act {
  /** Of an error, as the list of errors gives it. */
  fingerprint: string;
  /** How far back, such as `24h`, which is the default. */
  window?: string;
  goal?: string;
  team?: string;
  /** How many runs are open at once. Default: 4. */
  atOnce?: number;
  /** How many runs are pursued to their end before the others begin. Default: 3. */
  trial?: number;
  idempotencyKey?: string;
}

/** What was retracted and what is in doubt by it, pursued once more. */
export interface RetractionRecovery extends Act {
  /** How many runs are open at once. Default: 4. */
  atOnce?: number;
  idempotencyKey?: string;
}

/** Records of runs that closed from `since` on, and before `until`. */
export interface RecordFilter {
  goal?: string;
  outcome?: Outcome;
  since: string;
  until?: string;
  /** Goes on after this execution, the last one of the answer before. */
  after?: string;
  limit?: number;
}

/** The goals by name, and in camel case. `list` is the list of them; a goal of that name has `client.goal('list')`. */
export type GoalClients<Goals> = Omit<
  {
    readonly [Name in keyof ShapesOf<Goals> & string as Name | CamelCase<Name>]: GoalClient<
      ShapesOf<Goals>[Name] & GoalShape
    >;
  },
  'list' | 'then'
> & {
  /** The published goals, each with its track record over `window`, such as `36h`. Default: `30d`. */
  list(filter?: GoalsFilter, options?: CallOptions): Listing<GoalSummary>;
};

/** Which goals to list; without a `limit`, all of them at once. */
export interface GoalsFilter extends PageFilter {
  window?: string;
  team?: string;
  owner?: string;
  state?: GoalState;
  /** In the name of a goal, or in its outcome. */
  text?: string;
}

/** The day, such as `2026-11-28`, in which time zone, and whose goals. */
export interface DueFilter {
  day?: string;
  timezone?: string;
  team?: string;
  owner?: string;
}

/** Which partitions of a dataset; `part`, `from` and `to` are of those that are expected. */
export interface PartitionsFilter extends PageFilter {
  of?: 'expected' | 'found';
  state?: 'made' | 'missing';
  part?: string;
  from?: string;
  to?: string;
  /** Of which partitions `fill` has those that are missing. Default: of the page. */
  fill?: 'page' | 'all';
}

/** Which entries of the audit. Times are such as `2026-11-20T06:00:00Z`; `since` may be `24h`. */
export interface AuditFilter {
  since?: string;
  until?: string;
  by?: string;
  goal?: string;
  run?: string;
  denied?: boolean;
  limit?: number;
}

/** The client that `createClient` makes. */
export type Client<Goals = Record<string, GoalShape>> = ReturnType<typeof createClient<Goals>>;

/**
 * A client of the gateway at `url`. It needs `fetch` and nothing else: it works in Node, in browsers and elsewhere. `Goals` is
 * the type of a team's goals module, or what `goalkeeper generate` wrote; nothing of it is loaded.
 *
 * Each method throws a `GoalkeeperProblem` with the `code` of what the gateway refuses, and a `GoalkeeperUnreachable` where no
 * gateway answers in time.
 *
 * @throws RangeError for a time limit that is none.
 * @example
 * const client = createClient<typeof import('./goals.ts').default>({ url: 'http://127.0.0.1:8080' });
 * const run = await client.goals.dailyRevenue.start({ day: '2026-11-20' }, { wait: '30s' });
 * if (run.outcome === 'achieved') console.log(run.output.rows);
 */
export function createClient<Goals = Record<string, GoalShape>>(options: ClientOptions) {
  const send = sender(options);
  const read = <Answer>(path: string, { signal, ...query }: OfExecution = {}): Promise<Answer> =>
    json(send, 'GET', path, { query, signal });
  const act = <Answer>(path: string, { signal, ...body }: Act = {}): Promise<Answer> =>
    json(send, 'POST', path, { body, signal });
  const at = (folder: string, id: string): string => `/${folder}/${encodeURIComponent(id)}`;
  type Shapes = ShapesOf<Goals>;
  return {
    goals: goalsOf(send) as GoalClients<Goals>,
    /** A goal by its exact name. */
    goal: <Name extends keyof Shapes & string>(name: Name) =>
      goalClient(send, name) as GoalClient<Shapes[Name] & GoalShape>,
    runs: runsClient(send),
    subjects: {
      /** Deletes the closed runs of a subject for good, up to 20 at once; with `dryRun` it says which. Ask again until it is `complete`. */
      delete: (asked: ReasonedAct & { subject: string; goals?: readonly string[]; dryRun?: boolean }) =>
        act<SubjectDeletion>('/subjects/delete', asked),
    },
    errors: {
      /** The errors of all runs, a row for each trouble, over `window`. Default: `24h`. */
      list: (
        filter?: PageFilter & { window?: string; goal?: string; team?: string },
        call?: CallOptions,
      ): Listing<Incident, IncidentPage> => listing(send, '/errors', filter, call),
      /** One trouble by its fingerprint: its errors by hour, and what it did to each goal, over `window`. Default: `24h`. */
      get: (
        fingerprint: string,
        { signal, ...filter }: { window?: string; goal?: string; team?: string } & CallOptions = {},
      ) =>
        json<IncidentDetails>(send, 'GET', `/errors/${encodeURIComponent(fingerprint)}`, {
          query: filter,
          signal,
        }),
      /** What resuming the runs that one trouble ended would do; nothing happens. */
      planRecovery: ({ fingerprint, idempotencyKey, signal, ...body }: TroubleRecovery) =>
        json<RecoveryPlan>(send, 'POST', `${at('errors', fingerprint)}/recoveries`, {
          body: { ...body, dryRun: true },
          idempotencyKey,
          signal,
        }),
      /** Resumes them, a few as a trial first. */
      recover: ({ fingerprint, idempotencyKey, signal, ...body }: TroubleRecovery) =>
        json<RecoveryView>(send, 'POST', `${at('errors', fingerprint)}/recoveries`, {
          body,
          idempotencyKey,
          signal,
        }),
    },
    due: {
      /** What is due on a day and is not there, a line for each owner. Default: today in UTC. */
      list: (filter?: DueFilter, call?: CallOptions): Listing<DueLine, DuePage> =>
        listing(send, '/due', filter, call),
    },
    datasets: {
      /** Every dataset, who produces and uses it, and the version that was made last. */
      list: (call?: CallOptions): Listing<DatasetSummary> => listing(send, '/datasets', {}, call),
      /** Its partitions with their latest version; where a goal declares which there shall be, with the gaps. */
      partitions: (
        name: string,
        filter?: PartitionsFilter,
        call?: CallOptions,
      ): Listing<PartitionItem, DatasetPage> =>
        listing(send, `/datasets/${encodeURIComponent(name)}`, filter, call),
      /** A partition: its versions, who made each, and who used it. */
      partition: (name: string, key: string, { signal }: CallOptions = {}) =>
        json<PartitionView>(
          send,
          'GET',
          `/datasets/${encodeURIComponent(name)}/partitions/${encodeURIComponent(key)}`,
          { signal },
        ),
    },
    records: {
      /** Oldest first, each as it comes. An answer that breaks off throws; go on `after` the last that came. */
      async *stream(filter: RecordFilter, call?: CallOptions): AsyncGenerator<RunRecord, void, undefined> {
        const response = await send('GET', '/records', { query: filter, ...call, streams: true });
        for await (const line of linesOf(response)) yield JSON.parse(line) as RunRecord;
      },
    },
    audit: {
      /** Who asked to change something, and who was refused, the latest first. */
      list: (filter: AuditFilter = {}, { signal }: CallOptions = {}) =>
        json<{ items: AuditItem[]; next: null; until: string | null }>(send, 'GET', '/audit', {
          query: filter,
          signal,
        }),
      /** All entries as they are kept, in no order: to be verified. */
      async *entries(
        filter: { since?: string } = {},
        call?: CallOptions,
      ): AsyncGenerator<AuditEntry, void, undefined> {
        const response = await send('GET', '/audit/entries', { query: filter, ...call, streams: true });
        for await (const line of linesOf(response)) yield JSON.parse(line) as AuditEntry;
      },
    },
    approvals: {
      /** What a run asks of people, and what they decided. */
      list: (run: string, of?: OfExecution) =>
        read<AnswerPage<ShownApproval> & { run: string; execution: string }>(
          `${pathOfRun(run)}/approvals`,
          of,
        ),
      /** Decides what a run asks, or answers it; `name` is its name, or its step. */
      decide: (run: string, name: string, { idempotencyKey, signal, ...body }: ApprovalDecision) =>
        json<ShownApproval>(send, 'POST', `${pathOfRun(run)}/approvals/${encodeURIComponent(name)}`, {
          ...{ body, idempotencyKey, signal },
          // So long the gateway waits for a worker to take it, if nothing else is said.
          waitMs: 12_000,
        }),
    },
    leases: {
      list: (filter?: PageFilter & { state?: LeaseState; goal?: string }, call?: CallOptions) =>
        listing<LeaseView>(send, '/leases', filter, call),
      get: (id: string, call?: CallOptions) => read<LeaseView>(at('leases', id), call),
      /** Retries the teardown of a stuck lease now. */
      retry: (id: string, given: ReasonedAct) => act<LeaseView>(`${at('leases', id)}/retry`, given),
    },
    /** What needs a person now: outcomes not reached, about to slip, waiting, stale; and how many. */
    attention: (call: CallOptions = {}) =>
      json<Attention>(send, 'GET', '/attention', { signal: call.signal }),
    pools: { list: (call?: CallOptions) => listing<PoolMemo>(send, '/pools', {}, call) },
    schedules: {
      list: (filter?: { goal?: string }, call?: CallOptions) =>
        listing<ScheduleSummaryView>(send, '/schedules', filter, call),
      get: (id: string, call?: CallOptions) => read<ScheduleView>(at('schedules', id), call),
      pause: (id: string, given: ReasonedAct) => act<ScheduleView>(`${at('schedules', id)}/pause`, given),
      unpause: (id: string, given: ReasonedAct) => act<ScheduleView>(`${at('schedules', id)}/unpause`, given),
      /** Now, whatever its overlap policy says. */
      trigger: (id: string, { idempotencyKey, signal, ...body }: Act & { idempotencyKey?: string } = {}) =>
        json<{ schedule: string; trigger: string; at: string }>(
          send,
          'POST',
          `${at('schedules', id)}/trigger`,
          {
            ...{ body, idempotencyKey, signal },
          },
        ),
    },
    bulkActs: {
      list: (filter?: PageFilter, call?: CallOptions) =>
        listing<BulkActView>(send, '/bulk-acts', filter, call),
      get: (id: string, call?: CallOptions) => read<BulkActView>(at('bulk-acts', id), call),
      /** How many runs it would act on, and the first of them; it does nothing. */
      plan: ({ idempotencyKey, signal, ...body }: BulkActRequest) =>
        json<BulkActPlan>(send, 'POST', '/bulk-acts', {
          body: { ...body, dryRun: true },
          idempotencyKey,
          signal,
        }),
      start: ({ idempotencyKey, signal, ...body }: BulkActRequest) =>
        json<BulkActView>(send, 'POST', '/bulk-acts', { body, idempotencyKey, signal }),
      /** It acts on no more runs. */
      cancel: (id: string, given?: Act) => act<BulkActView>(`${at('bulk-acts', id)}/cancel`, given),
    },
    retractions: {
      list: (filter?: PageFilter, call?: CallOptions) =>
        listing<RetractionView>(send, '/retractions', filter, call),
      /** With what is in doubt by it. */
      get: (id: string, call?: CallOptions) => read<RetractionDetails>(at('retractions', id), call),
      /** Which runs would be pursued once more, in which order, and what each keeps; nothing happens. */
      planRecovery: (id: string, { idempotencyKey, signal, ...body }: RetractionRecovery = {}) =>
        json<RecoveryPlan>(send, 'POST', `${at('retractions', id)}/recoveries`, {
          body: { ...body, dryRun: true },
          idempotencyKey,
          signal,
        }),
      /** Pursues them, what is needed before what needs it. */
      recover: (id: string, { idempotencyKey, signal, ...body }: RetractionRecovery = {}) =>
        json<RecoveryView>(send, 'POST', `${at('retractions', id)}/recoveries`, {
          body,
          idempotencyKey,
          signal,
        }),
    },
    recoveries: {
      list: (filter?: PageFilter, call?: CallOptions) =>
        listing<RecoveryView>(send, '/recoveries', filter, call),
      get: (id: string, call?: CallOptions) => read<RecoveryView>(at('recoveries', id), call),
      pause: (id: string, given?: Act) => act<RecoveryView>(`${at('recoveries', id)}/pause`, given),
      unpause: (id: string, given?: Act) => act<RecoveryView>(`${at('recoveries', id)}/unpause`, given),
      /** It begins no more runs; those that are open go on. */
      cancel: (id: string, given?: Act) => act<RecoveryView>(`${at('recoveries', id)}/cancel`, given),
    },
    backfills: {
      list: (filter?: PageFilter & { goal?: string; state?: 'open' | 'closed' }, call?: CallOptions) =>
        listing<BackfillView>(send, '/backfills', filter, call),
      get: (id: string, call?: CallOptions) => read<BackfillView>(at('backfills', id), call),
      /** What would run; nothing does. */
      plan: ({ wait: _, idempotencyKey, signal, ...body }: BackfillRequest) =>
        json<BackfillPlan>(send, 'POST', '/backfills', {
          ...{ body: { ...body, dryRun: true }, idempotencyKey, signal },
        }),
      start: ({ wait = 0, idempotencyKey, signal, ...body }: BackfillRequest) =>
        json<BackfillView>(send, 'POST', '/backfills', {
          body,
          waitMs: spanMs(wait),
          idempotencyKey,
          signal,
        }),
      pause: (id: string, given?: Act) => act<BackfillView>(`${at('backfills', id)}/pause`, given),
      unpause: (id: string, given?: Act) => act<BackfillView>(`${at('backfills', id)}/unpause`, given),
      /** It starts no more runs; those that are open go on. */
      cancel: (id: string, given?: Act) => act<BackfillView>(`${at('backfills', id)}/cancel`, given),
    },
    alerts: {
      list: (filter?: { state?: 'open' | 'closed'; goal?: string }, call?: CallOptions) =>
        listing<Alert, AnswerPage<Alert> & { mutes: Mute[] }>(send, '/alerts', filter, call),
      get: (id: string, call?: CallOptions) => read<Alert>(at('alerts', id), call),
      /** Records that somebody is on it. */
      acknowledge: (id: string, given?: Act) => act<Alert & MaybePending>(`${at('alerts', id)}/ack`, given),
    },
    events: {
      /** Delivers CloudEvents, one or up to 1000. */
      send: (events: CloudEvent | readonly CloudEvent[], call?: CallOptions) =>
        json<AnswerPage<Delivered>>(send, 'POST', '/events', {
          ...call,
          body: events,
          contentType: `application/cloudevents${Array.isArray(events) ? '-batch' : ''}+json`,
        }),
    },
    hooks: {
      /** Delivers a webhook as its sender does: the exact text that was signed, with the headers of the signature. */
      deliver: (name: string, body: string, headers: Readonly<Record<string, string>>, call?: CallOptions) =>
        json<AnswerPage<Delivered>>(send, 'POST', at('hooks', name), { ...call, body, headers }),
    },
    callbacks: {
      /** Reports how work that went on elsewhere ended. */
      end: async (
        token: string,
        body: { output: unknown } | { goalkeeper: 1; error: { code: string; message: string } },
        call?: CallOptions,
      ): Promise<void> => {
        await send('POST', at('callbacks', token), { ...call, body });
      },
    },
    problems: {
      /** What a code means, and how to mend it. */
      explain: (code: ProblemCode, call?: CallOptions) =>
        read<{ code: ProblemCode; status: number; title: string; means: string; mend: string }>(
          at('problems', code),
          call,
        ),
    },
    api: {
      /** The API as an OpenAPI 3.1 document, with what each goal takes and gives. */
      openApi: (call?: CallOptions) => read<Record<string, unknown>>('/openapi.json', call),
      /** The same as a page in HTML. */
      docs: async (call?: CallOptions): Promise<string> =>
        (await send('GET', '/docs', { ...call, headers: { accept: 'text/html' } })).text(),
    },
    health: {
      up: (call?: CallOptions) => read<{ status: 'up' }>('/healthz', call),
      /** Throws `temporal_unavailable` where Temporal does not answer. */
      ready: (call?: CallOptions) => read<{ status: 'ready' }>('/readyz', call),
      /** In the text format of Prometheus. */
      metrics: async (call?: CallOptions): Promise<string> => (await send('GET', '/metrics', call)).text(),
    },
  };
}

/** A goal by whatever name it is asked for. */
const goalsOf = (send: Send): object =>
  new Proxy(
    { list: (filter?: object, call?: CallOptions) => listing<GoalSummary>(send, '/goals', filter, call) },
    {
      // What awaits an object asks for `then`, and what prints one for symbols.
      get: (own, name) =>
        name === 'list'
          ? own.list
          : typeof name === 'string' && name !== 'then'
            ? goalClient(send, exactName(name))
            : undefined,
    },
  );
