// A small port of a worker's or a gateway's own, for Prometheus and for whoever restarts it: `/metrics` and `/healthz`, and
// nothing that could be told to do something, so that it may listen where the others may not.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartProblem } from './start-problem.ts';

export interface MetricsPortOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** 0 takes any that is free. */
  port: number;
}

export interface MetricsPort {
  /** Like `http://127.0.0.1:9464` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Reads METRICS_PORT and METRICS_HOST; null where no port is set. Throws a `StartProblem`. */
export function metricsPortFrom(environment: NodeJS.ProcessEnv): MetricsPortOptions | null {
  const { METRICS_PORT: given, METRICS_HOST: host } = environment;
  if (!given) return null;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartProblem(
      'metrics_port_unusable',
      `METRICS_PORT is '${given}', which is no port. Set it to a number up to 65535.`,
    );
  return { port, ...(host ? { host } : {}) };
}

/** Starts to listen. Throws a `StartProblem` when it cannot. */
export async function openMetricsPort(
  { host = '127.0.0.1', port }: MetricsPortOptions,
  metrics: () => Promise<{ type: string; text: string }>,
  isHealthy: () => boolean,
): Promise<MetricsPort> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'application/json'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    };
    const path = request.url?.replace(/\?.*/s, '');
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, '{"error":"GET only"}');
    else if (path === '/metrics')
      metrics().then(
        ({ type, text }) => answer(200, text, type),
        () => answer(500, '{"error":"the metrics cannot be told"}'),
      );
    else if (path === '/healthz' && isHealthy()) answer(200, '{"status":"up"}');
    else if (path === '/healthz') answer(503, '{"status":"stopping"}');
    else answer(404, '{"error":"there are /metrics and /healthz"}');
  });
  server.listen({ host: host.replace(/^\[|\]$/g, ''), port });
  await once(server, 'listening').catch((error: Error) => {
    throw new StartProblem(
      'metrics_port_unusable',
      `Port ${port} of ${host} cannot be had for metrics (${error.message}). Set METRICS_PORT to another, or leave it unset.`,
    );
  });
  // By itself it keeps no process alive.
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
