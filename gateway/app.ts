// The gateway as a function from request to response. Each route answers from Temporal alone: no worker need be up, and no
// code of a team runs here.

import { type Context, Hono } from 'hono';
import type { Logger } from 'pino';
import { problems } from '../goals/wire/problem-codes.ts';
import { OWN_VERSION } from '../process/own-version.ts';
import type { Redact } from '../process/redaction.ts';
import { KeyProblem } from '../process/sealing/key-problem.ts';
import { type Admission, admissionBy, everybody } from './access/admission.ts';
import { anybody, may, namesOf, teamsOf } from './access/principal.ts';
import { everything } from './access/scope.ts';
import { signInBy } from './access/sign-in.ts';
import type { WatchedAccess } from './access/watched-access.ts';
import { alertsOf } from './alerts.ts';
import type { AskedOfApi } from './assistants/tools.ts';
import { auditChain } from './audit/audit-chain.ts';
import { type Auditing, auditing, isDenial, isUnsafe } from './audit/auditing.ts';
import { auditHeads } from './audit/read-audit.ts';
import { type Catalogue, catalogueOf } from './catalogue/catalogue.ts';
import { criterionValues } from './catalogue/criterion-values.ts';
import { goalKeys } from './catalogue/goal-keys.ts';
import { movedAfter, movedInAMoment } from './catalogue/renamed.ts';
import { servedBy, withNoWorker } from './catalogue/served.ts';
import { standingsOf } from './catalogue/standing.ts';
import { recordsOf } from './catalogue/track-records.ts';
import { codecCors, isListed } from './codec/codec-cors.ts';
import { onlyReads, type PageReader } from './dashboard/reader.ts';
import { servePages } from './dashboard/serve-pages.tsx';
import { describing } from './described/openapi.ts';
import { deletionsOf } from './forget/deletions.ts';
import { withCheckTime } from './http/check-time.ts';
import { withEtag } from './http/etag.ts';
import { hostGuard, originGuard, protect } from './http/guards.ts';
import { nearMembers, nearPaths } from './http/near-names.ts';
import { Problem, problemResponse } from './http/problems.ts';
import { mayMove, type RouteFacts } from './http/route.ts';
import { type Admit, serveRoutes, type Witness } from './http/serve-routes.ts';
import { lightRows } from './light/light-rows.ts';
import { type MetricsText, metricsOf } from './metrics.ts';
import type { RouteDeps } from './route-deps.ts';
import { routes } from './routes.ts';
import { withAccepted } from './runs/accepted.ts';
import { attentionReader } from './runs/attention.ts';
import { incidentsFrom } from './runs/incidents.ts';
import { lightRunsOf } from './runs/light-runs.ts';
import { type LogPlaces, logReader } from './runs/read-logs.ts';
import { runsOf } from './runs/runs.ts';
import { storiesOf } from './runs/stories.ts';
import { depsFor } from './scoped-deps.ts';
import { type StreamBounds, streamsOf } from './streams/streams.ts';
import { clockOf } from './temporal/clock.ts';
import { describeListedBy } from './temporal/describe-listed.ts';
import { grpcCodeOf } from './temporal/grpc-code.ts';
import { pagesOf } from './temporal/pages.ts';
import { problemOfTemporal, type Temporal } from './temporal/temporal.ts';
import { trueEnds, trueOutcomes } from './temporal/true-outcomes.ts';
import { untilClosedBy } from './temporal/until-closed.ts';
import { collectorsOf } from './triggers/collectors.ts';
import { delivering } from './triggers/deliver-event.ts';
import type { Hook } from './triggers/hooks.ts';
import { listedSchedules } from './triggers/listed-schedules.ts';
import { mailboxesOf } from './triggers/mailboxes.ts';
import { pacersOf } from './triggers/pacers.ts';
import { scheduleStandings } from './triggers/schedule-standings.ts';

export interface AppOptions {
  /** Who may ask, and for what; null: whoever reaches it. */
  access: WatchedAccess | null;
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
  /** Its address as browsers have it, where that is another than it listens on. */
  publicUrl: URL | null;
  log: Logger;
  /** Ends what waits for a run to close. */
  stopping: AbortSignal;
  /** Takes out of what others tell what nobody may see. */
  redact: Redact;
  /** Whether assistants may be given tools that change something. Default: not. */
  mcpWrites?: boolean | undefined;
  /** Where whole logs are. Default: nowhere. */
  logs?: LogPlaces | undefined;
  /** For how many executions requests may wait at once. */
  mostAwaited?: number | undefined;
  /** How many streams there may be, and how much waits for their readers. */
  streams?: Partial<StreamBounds> | undefined;
  /** Whether a problem that its route does not declare is answered as a bug. Default: where NODE_ENV is `test` or `development`. */
  refuseUndeclared?: boolean;
}

type Fetch = (request: Request, env?: object) => Promise<Response>;

/** The gateway as a function from request to response, and its metrics by themselves. */
export function createApp(options: AppOptions): {
  fetch: Fetch;
  metrics: MetricsText;
  audit: Auditing | null;
} {
  const { hosts, publicUrl, log, refuseUndeclared = isDeveloping() } = options;
  const app = new Hono();
  const deps: RouteDeps = {
    ...depsOf(options),
    askAs: async (c, asked) => app.fetch(requestAs(c, asked), c.env),
  };
  const admission = options.access === null ? everybody : admissionBy(options.access, log, publicUrl);
  const depsIn = depsFor(deps);
  const notes = { foreign: new WeakSet<Context>(), revealed: new WeakSet<Context>() };
  const isUi = (c: Context): boolean => isListed(options.access, c.req.path, c.req.header('origin'));
  app.use(hostGuard(hosts, publicUrl), originGuard(publicUrl, isUi), codecCors(options.access));
  app.use(
    servePages({
      askAs: deps.askAs,
      readerOf: readerBy(admission, deps.catalogue),
      publicUrl,
      failed: (error, path) => problemResponse(problemOf(error, log), path),
      signsIn: () => options.access?.current().file.signIn !== undefined && publicUrl !== null,
    }),
  );
  const admit: Admit<RouteDeps> = async (c, route) => {
    const { principal, headers } = await admission.admit(c, route);
    const admitAgain = () => admission.again(c, route);
    const scoped = depsIn(principal, route.role, {
      foreign: () => notes.foreign.add(c),
      revealed: () => notes.revealed.add(c),
    });
    return { caller: principal, headers, deps: { ...scoped, admitAgain } };
  };
  const witness = deps.audit === null ? null : witnessOf(deps.audit, admission, notes);
  serveRoutes(app, Object.values(routes), admit, {
    ...{ problemIn, refuseUndeclared, witness, log },
    moved: async (c, route, known, error) => {
      if (!mayMove(route)) return null;
      return error === null ? movedInAMoment(known, route, c) : movedAfter(known, route, c, error);
    },
  });
  app.notFound((c) => {
    const near = nearMembers(nearPaths(c.req.path, Object.values(routes)));
    return problemResponse(new Problem('route_unknown', 'There is nothing here.', near), c.req.path);
  });
  app.onError((error, c) => problemResponse(problemOf(error, log), c.req.path));
  return {
    fetch: async (request, env) =>
      protect(await withEtag(request, await withCheckTime(() => app.fetch(request, env)))),
    metrics: deps.metrics,
    audit: deps.audit,
  };
}

/** Who reads a page. Whoever may not look hears so from the API, and may do nothing. */
const readerBy =
  (admission: Admission, catalogue: Catalogue) =>
  async (c: Context): Promise<PageReader> => {
    const principal = await admission.again(c, { role: 'viewer' }).catch((error: unknown) => {
      if (error instanceof Problem) return null;
      throw error;
    });
    if (principal === null) return onlyReads;
    return {
      name: principal.name,
      may: (role, team) =>
        team === null ? teamsOf(principal, role) === 'all' : may(principal, role, team ?? null),
      async goesBy(names) {
        // Held only against who is verified, as the run itself holds it.
        if (names.length === 0 || !principal.verified) return true;
        const teams = new Set((await catalogue.all()).map(({ team }) => team));
        return namesOf(principal, names, [...teams]).length > 0;
      },
    };
  };

/** They show of runs no value. */
const LISTS: ReadonlySet<RouteFacts> = new Set<RouteFacts>([
  routes.listRuns,
  routes.listRows,
  routes.listExecutions,
  routes.showAttention,
  routes.streamRuns,
  routes.listErrors,
  routes.showError,
]);

/** Keeps what routes are asked for. `foreign`: requests that were for another team's thing; `revealed`: that were shown sealed values. */
function witnessOf(
  audit: Auditing,
  admission: Admission,
  { foreign, revealed }: { foreign: WeakSet<Context>; revealed: WeakSet<Context> },
): Witness<RouteDeps> {
  return {
    refused(c, route, { code }) {
      if (isDenial(code))
        audit.denied({ c, route, principal: admission.known(c) }, { code, status: problems[code].status });
    },
    async admitted(c, route, { deps: { principal } }) {
      const asked = { c, route, principal: principal.kind === 'anybody' ? null : principal };
      if (isUnsafe(route)) {
        const done = await audit.act(asked);
        return () => done(foreign.has(c));
      }
      return () => {
        const code = foreign.has(c) ? 'foreign' : c.error instanceof Problem ? c.error.code : '';
        if (foreign.has(c) || isDenial(code)) audit.denied(asked, { code, status: c.res.status });
        else if (route === routes.finishSignIn && c.res.status === 303)
          audit.note(asked, { kind: 'signed-in' });
        else if (revealed.has(c) && !LISTS.has(route)) audit.note(asked, { kind: 'revealed' });
        else if (route === routes.signOut) audit.note(asked, { kind: 'signed-out' });
      };
    },
  };
}

/** What the headers of a request say of its caller, and nothing of its body. */
const OF_CALLER = ['host', 'authorization', 'cookie', 'origin', 'sec-fetch-site', 'forwarded'];

function requestAs(c: Context, { method, path, body, headers: given = {} }: AskedOfApi): Request {
  const headers = new Headers(given);
  for (const [name, value] of c.req.raw.headers)
    if (OF_CALLER.includes(name) || name.startsWith('x-')) headers.set(name, value);
  const url = new URL(path, c.req.url);
  if (body === undefined) return new Request(url, { method, headers });
  const text = JSON.stringify(body);
  headers.set('content-type', 'application/json');
  headers.set('content-length', String(Buffer.byteLength(text)));
  return new Request(url, { method, headers, body: text });
}

function depsOf(options: AppOptions): Omit<RouteDeps, 'askAs'> {
  const { temporal, alertsId, callbackSecret, hooks, log, stopping, redact } = options;
  const catalogue = catalogueOf(temporal, log);
  const clock = clockOf();
  const served = servedBy(temporal);
  const alerts = alertsOf(temporal, alertsId);
  const pages = pagesOf(temporal);
  const light = lightRows(temporal, pages);
  const stories = withAccepted(storiesOf(temporal, clock, options.stuckAfterMs), alerts);
  const ends = trueEnds(temporal);
  const streams = streamsOf({
    stopping,
    bounds: options.streams,
    onTrouble: (err, watched) => log.warn({ err, watched }, 'what is watched can be followed no longer'),
  });
  const runs = runsOf(temporal, catalogue, withNoWorker(stories, served, clock.now));
  return {
    access: options.access,
    principal: anybody,
    audit: auditOf(options, catalogue),
    publicUrl: options.publicUrl,
    shown: (run) => run,
    shownStory: (story) => story,
    reveals: () => true,
    signIn: signInBy(options.access, options.publicUrl, log),
    admitAgain: async () => anybody,
    scope: everything,
    temporal,
    clock,
    pages,
    describeListed: describeListedBy(runs.describe),
    schedules: listedSchedules(temporal),
    light,
    untilClosed: untilClosedBy(temporal, options.mostAwaited),
    catalogue,
    ends,
    records: recordsOf(temporal, trueOutcomes(ends), { rows: light, goals: catalogue.all }),
    criteria: criterionValues(temporal, pages, { rows: light, goals: catalogue.all }),
    goalKeys: goalKeys(temporal, pages, scheduleStandings(temporal), light),
    standings: standingsOf(temporal, clock, lightRunsOf(temporal, catalogue).last),
    served,
    runs,
    describe: describing({
      routes,
      start: routes.startRun,
      version: OWN_VERSION,
      secured: options.access !== null,
    }),
    attention: attentionReader(),
    incidents: incidentsFrom({ temporal, catalogue, runs, clock, log, light }),
    alerts,
    alertsId,
    deletions: deletionsOf(temporal, alertsId),
    metrics: metricsOf({ temporal, catalogue, alerts, streams, log, teams: null }),
    streams,
    deliver: delivering({
      temporal,
      catalogue,
      collectors: collectorsOf(temporal),
      mailboxes: mailboxesOf(temporal),
      pacers: pacersOf(temporal),
    }),
    hooks,
    callbackSecret,
    mcpWrites: options.mcpWrites ?? false,
    logs: logReader(options.logs ?? { store: null, link: null }, temporal.namespace, temporal.sealing),
    redact,
    log,
    stopping,
  };
}

/** Null of a gateway that knows nobody. */
function auditOf({ access, temporal, log }: AppOptions, catalogue: Catalogue): Auditing | null {
  if (access === null) return null;
  return auditing({
    chain: auditChain({ temporal, log, heads: () => auditHeads(temporal) }),
    teamOf: async (goal) => (await catalogue.find(goal))?.team ?? null,
    proxies: () => access.current().file.proxy?.peers ?? [],
    log,
  });
}

const isDeveloping = (): boolean => ['test', 'development'].includes(process.env.NODE_ENV ?? '');

/** The problem that an error is for whoever asked; null when it is a bug of ours. */
function problemIn(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof KeyProblem)
    return new Problem('sealing_unavailable', `Nothing was written: ${error.message}.`);
  return problemOfTemporal(error);
}

function problemOf(error: unknown, log: Logger): Problem {
  const problem = problemIn(error);
  if (problem === null) {
    log.error({ err: error }, problems.internal.title);
    return new Problem('internal', 'Unexpected error. See the gateway log.');
  }
  if (problem.code === 'temporal_unavailable')
    log.warn({ grpc: grpcCodeOf(error), reason: (error as Error).message }, problem.message);
  return problem;
}
