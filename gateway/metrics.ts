// `GET /metrics`: what no worker can tell, read from Temporal. With Temporal down it still answers, and says so.

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { Gauge, Registry } from 'prom-client';
import { type NoticeKind, noticeKinds } from '../goals/wire/alerts.ts';
import type { PublishedGoal } from '../goals/wire/pause.ts';
import type { Alerts, AlertsSnapshot } from './alerts.ts';
import { type Backlog, readBacklogs } from './backlogs.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { type GoalGauges, openStates, readOpenRuns } from './goal-gauges.ts';
import type { Streams } from './streams/streams.ts';
import { problemOfTemporal, type Temporal } from './temporal/temporal.ts';

const FRESH_MS = 5_000;

/** Whoever scrapes hears within 3 seconds, whatever Temporal does. */
const ANSWER_MS = 2_600;

/** For runs whose goal is published no more, and beyond so many goals. */
const OTHER = { team: 'other', goal: 'other' };
const GOALS_LIMIT = 2_000;

const DAY_MS = 86_400_000;

interface Seen {
  goals: PublishedGoal[];
  open: GoalGauges;
  backlogs: Backlog[];
  alerts: AlertsSnapshot;
}

/** Tells the metrics as Prometheus reads them, each at most five seconds old. */
export type MetricsText = () => Promise<{ type: string; text: string }>;

export interface MetricsSource {
  temporal: Temporal;
  catalogue: Catalogue;
  alerts: Alerts;
  /** Of the whole gateway; null where they are not told. */
  streams: Streams | null;
  log: Logger;
  /** Whose goals, runs and queues; null: every team's, and goalkeeper's own queue. */
  teams: readonly string[] | null;
}

export function metricsOf({ temporal, catalogue, alerts, streams, log, teams }: MetricsSource): MetricsText {
  const read = async (): Promise<Seen> => {
    const [goals, kept] = await Promise.all([catalogue.all(), alerts.kept()]);
    const [open, backlogs] = await Promise.all([
      readOpenRuns(temporal, new Set(kept.stuck.map(({ execution }) => execution)), teams),
      readBacklogs(temporal, goals, teams === null),
    ]);
    return { goals, open, backlogs, alerts: kept };
  };
  const cache = new LRUCache<string, Seen>({ max: 1, ttl: FRESH_MS, fetchMethod: read });

  return async () => {
    const registry = new Registry();
    const seen = await inTime(cache.forceFetch('all')).catch((error: unknown) => {
      if (error !== LATE && problemOfTemporal(error) === null) throw error;
      log.warn({ reason: (error as Error).message }, 'the metrics are without what Temporal would tell');
      return null;
    });
    const help = 'Whether Temporal answered; if not, all else here is missing.';
    const up = new Gauge({ name: 'goalkeeper_temporal_up', help, registers: [registry] });
    up.set(seen === null ? 0 : 1);
    if (streams !== null) reportStreams(registry, streams);
    if (seen !== null) tell(gaugesIn(registry), seen);
    return { type: registry.contentType, text: await registry.metrics() };
  };
}

function reportStreams(registry: Registry, streams: Streams): void {
  const { open, followed } = streams.count();
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  gauge('goalkeeper_gateway_streams', 'Streams that are open at this gateway.').set(open);
  gauge(
    'goalkeeper_gateway_streams_followed',
    'Runs and lists that this gateway follows for its streams.',
  ).set(followed);
}

function gaugesIn(registry: Registry) {
  const gauge = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
    new Gauge<T>({ name, help, labelNames, registers: [registry] });
  return {
    open: gauge('goalkeeper_goal_open_runs', 'Runs that are open, by state.', 'team', 'goal', 'state'),
    late: gauge(
      'goalkeeper_goal_late_runs',
      'Open runs past the time by which they were expected.',
      ...(['team', 'goal'] as const),
    ),
    oldest: gauge(
      'goalkeeper_goal_oldest_open_run_seconds',
      'Age of the oldest open run; 0 where none is open.',
      ...(['team', 'goal'] as const),
    ),
    uncounted: gauge('goalkeeper_open_runs_uncounted', 'Open runs beyond the 5000 that are told apart.'),
    paused: gauge('goalkeeper_goal_paused', 'Whether the goal is paused.', 'team', 'goal'),
    alerts: gauge('goalkeeper_goal_open_alerts', 'Alerts of the goal that are open.', 'team', 'goal', 'kind'),
    deliveries: gauge(
      'goalkeeper_alert_deliveries',
      'Messages of alerts that wait for their sink, or were delivered or given up within a day.',
      ...(['sink', 'state'] as const),
    ),
    waiting: gauge(
      'goalkeeper_alert_delivery_oldest_seconds',
      'Age of the oldest message that a sink has not taken yet; 0 where none waits.',
      'sink',
    ),
    tasks: gauge(
      'goalkeeper_task_queue_backlog',
      'Tasks that wait for a worker, as Temporal estimates them.',
      ...(['task_queue', 'type'] as const),
    ),
    age: gauge(
      'goalkeeper_task_queue_backlog_age_seconds',
      'How long the oldest task has waited for a worker.',
      ...(['task_queue', 'type'] as const),
    ),
    pollers: gauge(
      'goalkeeper_task_queue_pollers',
      'Workers that asked for tasks within the last two minutes.',
      ...(['task_queue', 'type'] as const),
    ),
  };
}

function tell(gauges: ReturnType<typeof gaugesIn>, { goals, open, backlogs, alerts }: Seen): void {
  const teams = new Map(goals.slice(0, GOALS_LIMIT).map(({ goal, team }) => [goal, team]));
  const labelsOf = (goal: string) => {
    const team = teams.get(goal);
    return team === undefined ? OTHER : { team, goal };
  };
  for (const { goal, paused, retired } of goals.slice(0, GOALS_LIMIT)) {
    if (retired) continue;
    const labels = labelsOf(goal);
    for (const state of openStates) gauges.open.set({ ...labels, state }, 0);
    gauges.late.set(labels, 0);
    gauges.oldest.set(labels, 0);
    gauges.paused.set(labels, paused === null ? 0 : 1);
    for (const kind of noticeKinds) gauges.alerts.set({ ...labels, kind }, 0);
  }
  const oldest = new Map<string, number>();
  for (const [goal, runs] of open.goals) {
    const labels = labelsOf(goal);
    for (const state of openStates) gauges.open.inc({ ...labels, state }, runs.open[state]);
    gauges.late.inc(labels, runs.late);
    const begun = Math.min(oldest.get(labels.goal) ?? Number.POSITIVE_INFINITY, runs.oldest ?? Date.now());
    oldest.set(labels.goal, begun);
    gauges.oldest.set(labels, Math.max(0, Date.now() - begun) / 1000);
  }
  gauges.uncounted.set(open.uncounted);
  tellAlerts(gauges, alerts, labelsOf);
  for (const { queue: task_queue, type, ...backlog } of backlogs) {
    gauges.tasks.set({ task_queue, type }, backlog.tasks);
    gauges.age.set({ task_queue, type }, backlog.seconds);
    gauges.pollers.set({ task_queue, type }, backlog.pollers);
  }
}

function tellAlerts(
  gauges: ReturnType<typeof gaugesIn>,
  { alerts }: AlertsSnapshot,
  labelsOf: (goal: string) => { team: string; goal: string },
): void {
  const count = (goal: string, kind: NoticeKind) => gauges.alerts.inc({ ...labelsOf(goal), kind });
  const oldest = new Map<string, number>();
  for (const { kind, goals, state: stands, messages } of alerts) {
    for (const { goal, settled } of goals) if (stands === 'open' && settled === null) count(goal, kind);
    for (const { at, deliveries } of messages)
      for (const [sink, { state, at: settledAt }] of Object.entries(deliveries)) {
        const isOld = settledAt !== null && Date.parse(settledAt) < Date.now() - DAY_MS;
        gauges.deliveries.inc({ sink, state }, isOld ? 0 : 1);
        const age = state === 'waiting' ? Math.max(0, Date.now() - Date.parse(at)) / 1000 : 0;
        oldest.set(sink, Math.max(oldest.get(sink) ?? 0, age));
      }
  }
  for (const [sink, seconds] of oldest) gauges.waiting.set({ sink }, seconds);
}

const LATE = new Error('Temporal took too long');

async function inTime<T>(reading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(LATE), ANSWER_MS);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}
