// The worker's own small port: `/metrics` for Prometheus, `/healthz` for whoever restarts it.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { StartProblem } from './start-problem.ts';

export interface MetricsOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** 0 takes any that is free. */
  port: number;
}

export interface MetricsServer {
  /** Like `http://127.0.0.1:9464` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Reads METRICS_PORT and METRICS_HOST; null where no port is set. Throws a `StartProblem`. */
export function metricsFrom({ METRICS_PORT, METRICS_HOST }: NodeJS.ProcessEnv): MetricsOptions | null {
  if (!METRICS_PORT) return null;
  const port = Number(METRICS_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartProblem(
      'port_invalid',
      `METRICS_PORT is '${METRICS_PORT}', which is no port. Set it to a number up to 65535.`,
    );
  return { port, ...(METRICS_HOST ? { host: METRICS_HOST } : {}) };
}

/** Starts to listen. Throws a `StartProblem` when it cannot. */
export async function serveMetrics(
  { host = '127.0.0.1', port }: MetricsOptions,
  registry: Registry,
  isHealthy: () => boolean,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'application/json'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    };
    const path = request.url?.replace(/\?.*/s, '');
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, '{"error":"GET only"}');
    else if (path === '/metrics')
      registry.metrics().then(
        (text) => answer(200, text, registry.contentType),
        () => answer(500, '{"error":"the metrics cannot be told"}'),
      );
    else if (path === '/healthz' && isHealthy()) answer(200, '{"status":"up"}');
    else if (path === '/healthz') answer(503, '{"status":"stopping"}');
    else answer(404, '{"error":"there are /metrics and /healthz"}');
  });
  server.listen({ host: host.replace(/^\[|\]$/g, ''), port });
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new StartProblem(
      error.code === 'EADDRINUSE' ? 'port_busy' : 'port_forbidden',
      `port ${port} of ${host} cannot be had for metrics (${error.message}); set METRICS_PORT to another, or leave it unset`,
    );
  });
  // It alone keeps no process alive.
  server.unref();
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${listening}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
