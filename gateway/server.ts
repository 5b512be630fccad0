// The gateway listening: on this machine only, until it is told to stop.

import { once, setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import { CALLBACK_SECRET, CALLBACK_SECRET_LENGTH } from '../goals/wire/callback.ts';
import { ALERTS_ID } from '../goals/wire/names.ts';
import { type MetricsPort, type MetricsPortOptions, openMetricsPort } from '../process/metrics-port.ts';
import { type Redact, redactionFrom } from '../process/redaction.ts';
import { StartProblem } from '../process/start-problem.ts';
import type { WatchedAccess } from './access/watched-access.ts';
import { createApp } from './app.ts';
import { isLoopback, protect } from './http/guards.ts';
import { Problem, problemResponse } from './http/problems.ts';
import type { MetricsText } from './metrics.ts';
import type { LogPlaces } from './runs/read-logs.ts';
import type { StreamBounds } from './streams/streams.ts';
import type { Temporal } from './temporal/temporal.ts';
import type { Hook } from './triggers/hooks.ts';

export interface GatewayOptions {
  /** Its address as browsers have it, such as one behind a proxy that speaks TLS. Default: the one it listens on. */
  publicUrl?: URL | null;
  /** Who may ask, and for what. Default: whoever reaches it, which is this machine only. */
  access?: WatchedAccess | null;
  host: string;
  /** 0 takes any that is free. */
  port: number;
  temporal: Temporal;
  /** Workflow ID of the alerts workflow, where it is not the namespace's own. */
  alertsId?: string;
  /** What tokens of callbacks are signed with. Default: callbacks are not taken. */
  callbackSecret?: string | undefined;
  /** Webhooks that become events. Default: none. */
  hooks?: readonly Hook[];
  /** A port of its own for metrics, which may be on any address. Default: none but the gateway's own. */
  metrics?: MetricsPortOptions | null;
  /** Names by which it may be asked for; with one at least it may listen for more than this machine. Default: none. */
  hosts?: readonly string[];
  /** A team's own patterns of secrets beside ours. Default: ours. */
  redact?: Redact;
  /** For how many executions requests may wait at once; beyond that `Prefer: wait` is ignored. Default 300. */
  mostAwaited?: number;
  /** How many streams there may be, and how much waits for their readers. Default: those of `gateway/streams/streams.ts`. */
  streams?: Partial<StreamBounds>;
  /** Whether assistants may be given tools that change something. Default: not. */
  mcpWrites?: boolean;
  /** For how long the task of a run must have failed for it to be stuck, in milliseconds. Default: a minute. */
  stuckAfterMs?: number | undefined;
  /** Where whole logs of attempts are kept, and the template of an address in another system. Default: nowhere. */
  logs?: LogPlaces;
  log: Logger;
}

export interface Gateway {
  /** Like `http://127.0.0.1:3000` */
  readonly url: string;
  /** The same for its metrics' own port; null where there is none. */
  readonly metricsUrl: string | null;
  /** Takes no more requests, and resolves when those under way are answered, or after a second and a half. */
  stop(): Promise<void>;
}

/** A client gets this long to send its request. */
const REQUEST_MS = 30_000;
/** Longer than proxies keep one, mostly for a minute: who sends a request while the other side closes has it reset. */
const IDLE_MS = 72_000;
const GRACE_MS = 1_500;
const SWEEP_MS = 20;
/** What was answered last is kept, too. */
const AUDIT_MS = 300;

/** Starts to listen; a `StartProblem` when it may not or cannot. Temporal need not be there yet. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    access = null,
    host,
    port,
    temporal,
    alertsId = ALERTS_ID,
    callbackSecret = null,
    hooks = [],
    hosts = [],
    log,
  } = options;
  if (!isLoopback(host) && hosts.length === 0 && access === null)
    throw new StartProblem(
      'host_not_loopback',
      `HOST is '${host}', but without an access file the gateway serves this machine only. ` +
        'Leave HOST unset, or set it to 127.0.0.1, or name an access file in GOALKEEPER_ACCESS. Where its network lets in only whom it should, as among containers, ' +
        'name it in GOALKEEPER_HOSTS.',
    );
  if (callbackSecret !== null && callbackSecret.length < CALLBACK_SECRET_LENGTH)
    throw new StartProblem(
      'callback_secret_short',
      `${CALLBACK_SECRET} has ${callbackSecret.length} characters; ${CALLBACK_SECRET_LENGTH} at least`,
    );
  const stopping = new AbortController();
  // One of each request that waits.
  setMaxListeners(0, stopping.signal);
  const { fetch, metrics, audit } = createApp({
    access,
    publicUrl: options.publicUrl ?? null,
    temporal,
    alertsId,
    callbackSecret,
    hooks,
    hosts,
    log,
    stopping: stopping.signal,
    redact: options.redact ?? redactionFrom({}),
    mostAwaited: options.mostAwaited,
    streams: options.streams,
    stuckAfterMs: options.stuckAfterMs,
    mcpWrites: options.mcpWrites,
    logs: options.logs,
  });
  // It comes here with what cannot be made a request of: an odd target or host.
  const errorHandler = (): Response =>
    protect(problemResponse(new Problem('request_malformed', 'Its target or host is not well formed.'), '/'));
  const listener = getRequestListener(fetch, { errorHandler });
  const timeouts = { requestTimeout: REQUEST_MS, keepAliveTimeout: IDLE_MS };
  const server = createServer(timeouts, (request, response) => {
    listener(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'a request could not be answered');
      response.destroy();
    });
  });
  server.listen({ host: host.replace(/^\[|\]$/g, ''), port });
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw listenProblem(error, host, port);
  });
  const { port: listening } = server.address() as AddressInfo;
  const metricsPort = options.metrics ? await metricsPortAt(options.metrics, metrics, server) : null;
  return {
    metricsUrl: metricsPort?.url ?? null,
    url: `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${listening}`,
    async stop() {
      stopping.abort();
      access?.stop();
      await metricsPort?.stop();
      const closed = once(server, 'close');
      server.close();
      // A connection that is kept alive becomes idle only when its answer is sent.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearInterval(sweep);
      clearTimeout(grace);
      await audit?.stop(AUDIT_MS);
    },
  };
}

async function metricsPortAt(
  options: MetricsPortOptions,
  metrics: MetricsText,
  server: Server,
): Promise<MetricsPort> {
  try {
    return await openMetricsPort(options, metrics, () => server.listening);
  } catch (error) {
    server.close();
    throw error;
  }
}

function listenProblem(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  if (error.code === 'EADDRINUSE')
    return new StartProblem(
      'port_busy',
      `Port ${port} of ${host} is taken by another process. Stop that one, or set PORT to another port.`,
    );
  if (error.code === 'EACCES')
    return new StartProblem(
      'port_forbidden',
      `This user may not listen on port ${port}. Set PORT to one above 1023.`,
    );
  return error;
}
