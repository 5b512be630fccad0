// The routes. Each answers from Temporal alone: no worker need be up, and no code of a team runs here.

import { type Context, type Handler, Hono } from 'hono';
import type { Logger } from 'pino';
import type { Run, Why } from '../goals/wire/run-view.ts';
import type { Redact } from '../process/redaction.ts';
import { recordOf } from '../views/run-record.ts';
import { alertRoutes } from './alert-routes.ts';
import { alertsOf } from './alerts.ts';
import { catalogueOf } from './catalogue/catalogue.ts';
import { goalOf, listGoals, showGoal } from './catalogue/goals.ts';
import { listPools } from './catalogue/pools.ts';
import { servedBy, withNoWorker } from './catalogue/served.ts';
import { standingsOf } from './catalogue/standing.ts';
import { recordsOf } from './catalogue/track-records.ts';
import { withCheckTime } from './http/check-time.ts';
import { hostGuard, originGuard, protect } from './http/guards.ts';
import { applyWait, preferredWait } from './http/prefer.ts';
import { Problem, problemResponse, problems } from './http/problems.ts';
import { limitBody, readBody } from './http/read-body.ts';
import { readQuery } from './http/read-query.ts';
import {
  cancelBody,
  errorsQuery,
  goalsQuery,
  noQuery,
  recordsQuery,
  resumeBody,
  runQuery,
  runsQuery,
  startBody,
} from './http/requests.ts';
import { metricsOf, type TellMetrics } from './metrics.ts';
import { withAccepted } from './runs/accepted.ts';
import { approvalRoutes } from './runs/approval-routes.ts';
import { callbackRoutes } from './runs/callbacks.ts';
import { idempotencyKey } from './runs/idempotency-key.ts';
import { incidentsFrom } from './runs/incidents.ts';
import { leaseRoutes } from './runs/lease-routes.ts';
import { leasesOf } from './runs/leases.ts';
import { listRuns } from './runs/list-runs.ts';
import { resumeRun } from './runs/resume-run.ts';
import { runsOf } from './runs/runs.ts';
import { startRun } from './runs/start-run.ts';
import { storiesOf, tellBegun, tellClosed } from './runs/stories.ts';
import { streamRecords } from './runs/stream-records.ts';
import { clockOf } from './temporal/clock.ts';
import { grpcCodeOf } from './temporal/grpc-code.ts';
import { pagesOf } from './temporal/pages.ts';
import { problemOfTemporal, type Temporal } from './temporal/temporal.ts';
import { untilClosedBy } from './temporal/until-closed.ts';
import { backfillRoutes } from './triggers/backfill-routes.ts';
import { backfillsOf } from './triggers/backfills.ts';
import { eventRoutes } from './triggers/event-routes.ts';
import type { Hook } from './triggers/hooks.ts';
import { pauseRoutes } from './triggers/pause-routes.ts';
import { scheduleRoutes } from './triggers/schedule-routes.ts';
import { schedulesOf } from './triggers/schedules.ts';

export interface AppOptions {
  temporal: Temporal;
  /** Workflow ID of the alerts workflow. */
  alertsId: string;
  /** What tokens of callbacks are signed with; null takes no callbacks. */
  callbackSecret: string | null;
  /** Webhooks that become events. */
  hooks: readonly Hook[];
  /** For how long the task of a run must have failed for it to be stuck, in milliseconds. Default: a minute. */
  stuckAfterMs?: number | undefined;
  /** Names, beside those of loopback, by which it may be asked for. */
  hosts: readonly string[];
  log: Logger;
  /** Ends what waits for a run to close. */
  stopping: AbortSignal;
  /** Takes out of what others tell what nobody may see. */
  redact: Redact;
  /** For how many executions requests may wait at once. */
  mostAwaited?: number | undefined;
}

/** Whoever asks for a run hears within 3 seconds that Temporal does not answer, however many calls it takes. */
const START_MS = 2_600;

type Fetch = (request: Request, env?: object) => Promise<Response>;
type Routes = Record<string, { [method in 'GET' | 'POST']?: Handler }>;

/** The gateway as a function from request to response, and its metrics by themselves. */
export function createApp(options: AppOptions): { fetch: Fetch; metrics: TellMetrics } {
  const { temporal, alertsId, callbackSecret, hooks, hosts, log, stopping } = options;
  const { mostAwaited, redact, stuckAfterMs } = options;
  const catalogue = catalogueOf(temporal, log);
  const clock = clockOf();
  const standings = standingsOf(temporal, clock);
  const served = servedBy(temporal);
  const alerts = alertsOf(temporal, alertsId);
  const runs = runsOf(
    temporal,
    catalogue,
    withNoWorker(withAccepted(storiesOf(temporal, clock, stuckAfterMs), alerts), served, clock.now),
  );
  const incidents = incidentsFrom({ temporal, catalogue, runs, clock, log });
  const records = recordsOf(temporal);
  const pages = pagesOf(temporal);
  const metrics = metricsOf(temporal, catalogue, alerts, log);
  const leases = leasesOf(temporal, pages, runs);
  const untilClosed = untilClosedBy(temporal, mostAwaited);

  /** The same run once it has closed or `wait` seconds are over; at once where it cannot be waited for. */
  const afterWait = async (c: Context, wait: number, id: string, execution: string): Promise<Response> => {
    const ends = [stopping, c.req.raw.signal];
    if (await untilClosed({ workflowId: id, runId: execution }, wait * 1000, ends)) applyWait(c, wait);
    return answer(c, (await runs.story(await runs.describe(id, execution))).run);
  };

  const backfills = backfillsOf(temporal, catalogue, pages, untilClosed);

  const started: Handler = async (c) => {
    readQuery(c, noQuery);
    const body = await readBody(c, startBody);
    const { input, reason = null, by = null, force, priority } = body;
    const key = idempotencyKey(c.req.header('idempotency-key'));
    const goal = param(c, 'goal');
    const why: Why = { kind: 'request', at: new Date().toISOString(), by, reason, ref: null };
    const begun = await temporal.within(START_MS, async () => {
      const asked = { publication: await goalOf(catalogue, goal), input, why, force, priority };
      return startRun(temporal, runs, asked, key === null ? null : { key, body });
    });
    const { id, execution, how, described: found, first } = begun;
    log.info({ goal, run: id, execution, how }, 'a run was asked for');
    const wait = preferredWait(c.req.header('prefer'));
    const isOpen = found === null || found.status.name === 'RUNNING';
    if (wait && isOpen) return afterWait(c, wait, id, execution);
    applyWait(c, wait);
    if (found !== null) return answer(c, (await runs.story(found)).run);
    const { run } = await tellBegun(temporal, clock)(id, execution, first, Date.parse(why.at));
    return answer(c, run);
  };

  const cancelled: Handler = async (c) => {
    readQuery(c, noQuery);
    const { reason = 'asked for at the gateway', by } = await readBody(c, cancelBody, { optional: true });
    const id = param(c, 'id');
    const run = await runs.cancel(id, reason, by);
    log.info({ run: id }, 'the cancellation of a run was asked for');
    return c.json(run, 202);
  };

  const resumed: Handler = async (c) => {
    readQuery(c, noQuery);
    const asked = await readBody(c, resumeBody, { optional: true });
    const id = param(c, 'id');
    const found = await resumeRun({ temporal, catalogue, runs }, id, asked);
    if ('plan' in found) return c.json(found.plan);
    const { execution } = found.run;
    if (found.started) log.info({ run: id, execution }, 'a run goes on');
    const wait = preferredWait(c.req.header('prefer'));
    if (wait && found.run.state !== 'closed') return afterWait(c, wait, id, execution);
    applyWait(c, wait);
    return answer(c, found.run);
  };

  const routes: Routes = {
    '/goals': {
      GET: async (c) =>
        c.json(await listGoals(catalogue, records, standings, served, readQuery(c, goalsQuery).window)),
    },
    '/goals/:goal': {
      GET: async (c) => {
        const { window } = readQuery(c, goalsQuery);
        return c.json(await showGoal(catalogue, records, standings, served, param(c, 'goal'), window));
      },
    },
    '/goals/:goal/runs': { POST: started },
    ...pauseRoutes({ temporal, catalogue, backfills, log }),
    '/runs': {
      GET: async (c) => {
        const { limit, cursor, ...filter } = readQuery(c, runsQuery);
        return c.json(await listRuns({ pages, catalogue, runs, alerts, log }, filter, limit, cursor));
      },
    },
    '/runs/:id': {
      GET: async (c) => {
        const { execution } = readQuery(c, runQuery);
        const { run } = await runs.story(await runs.find(param(c, 'id'), execution));
        return c.json(await leases.withLeases(run));
      },
    },
    '/runs/:id/errors': {
      GET: async (c) => {
        const { execution } = readQuery(c, runQuery);
        const { errors, omitted, hourly } = await runs.story(await runs.find(param(c, 'id'), execution));
        return c.json({ items: errors, next: null, omitted, hourly });
      },
    },
    '/errors': {
      GET: async (c) => {
        const { limit, cursor, ...asked } = readQuery(c, errorsQuery);
        return c.json(await incidents(asked, limit, cursor));
      },
    },
    '/runs/:id/record': {
      GET: async (c) => {
        const { execution } = readQuery(c, runQuery);
        return c.json(recordOf(await runs.story(await runs.find(param(c, 'id'), execution))));
      },
    },
    '/records': {
      GET: async (c) => {
        const { until = new Date(), ...asked } = readQuery(c, recordsQuery);
        const tell = withAccepted(tellClosed(temporal), alerts);
        const stream = { temporal, catalogue, tell, log, stopping };
        return streamRecords(stream, { ...asked, until });
      },
    },
    '/runs/:id/cancel': { POST: cancelled },
    '/runs/:id/resume': { POST: resumed },
    ...approvalRoutes({ temporal, runs, log }),
    ...leaseRoutes(leases, log),
    ...scheduleRoutes(schedulesOf(temporal, catalogue, pages), log),
    ...backfillRoutes({
      backfills,
      ...{ catalogue, log, stopping },
    }),
    '/pools': {
      GET: async (c) => {
        readQuery(c, noQuery);
        return c.json({ items: await listPools(temporal), next: null });
      },
    },
    ...alertRoutes({ alerts, catalogue, runs, log }),
    ...callbackRoutes({ temporal, catalogue, runs, secret: callbackSecret, redact, log }),
    '/metrics': {
      GET: async (c) => {
        readQuery(c, noQuery);
        const { type, text } = await metrics();
        return c.body(text, 200, { 'content-type': type });
      },
    },
    ...eventRoutes({ temporal, catalogue, hooks, log }),
    '/healthz': { GET: (c) => c.json({ status: 'up' }) },
    '/readyz': {
      GET: async (c) => {
        await temporal.call((service) => service.describeNamespace({ namespace: temporal.namespace }));
        return c.json({ status: 'ready' });
      },
    },
  };

  const app = new Hono();
  app.use(hostGuard(hosts), originGuard);
  for (const [path, handlers] of Object.entries(routes)) {
    if (handlers.GET) app.get(path, handlers.GET);
    if (handlers.POST) app.post(path, limitBody, handlers.POST);
    const allow = [handlers.GET && 'GET, HEAD', handlers.POST && 'POST'].filter(Boolean).join(', ');
    app.all(path, () => {
      throw new Problem('method_not_allowed', `This route takes ${allow}.`, { headers: { allow } });
    });
  }
  app.notFound((c) => problemResponse(new Problem('route_unknown', 'There is nothing here.'), c.req.path));
  app.onError((error, c) => problemResponse(problemOf(error, log), c.req.path));
  return {
    fetch: async (request, env) => protect(await withCheckTime(() => app.fetch(request, env))),
    metrics,
  };
}

/** 202 as long as the run goes on; then 200, whatever its outcome: a goal that was not reached is a result. */
function answer(c: Context, run: Run): Response {
  c.header('Location', `/runs/${run.id}`);
  return c.json(run, run.state === 'closed' ? 200 : 202);
}

// Every route that asks for a parameter has it.
const param = (c: Context, name: string): string => c.req.param(name) ?? '';

function problemOf(error: unknown, log: Logger): Problem {
  const problem = error instanceof Problem ? error : problemOfTemporal(error);
  if (problem === null) {
    log.error({ err: error }, problems.internal.title);
    return new Problem('internal', 'It is not your fault. The log of the gateway says more.');
  }
  if (problem.code === 'temporal_unavailable')
    log.warn({ grpc: grpcCodeOf(error), reason: (error as Error).message }, problem.message);
  return problem;
}
