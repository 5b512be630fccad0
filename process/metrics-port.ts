// A small port of a worker's or a gateway's own, for Prometheus and for whoever restarts it: `/metrics` and `/healthz`, and
// nothing that could be told to do something, so that it may listen where the others may not. It answers who asks for it by
// an address, by `localhost`, or by a name in GOALKEEPER_HOSTS: to no page whose name was made to point here.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostsFrom, isKnownHost } from './known-hosts.ts';
import { StartProblem } from './start-problem.ts';

export interface MetricsPortOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** 0 takes any that is free. */
  port: number;
  /** Names by which it may be asked for, beside addresses and `localhost`. */
  names?: readonly string[];
}

export interface MetricsPort {
  /** Like `http://127.0.0.1:9464` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Reads METRICS_PORT, METRICS_HOST and GOALKEEPER_HOSTS; null where no port is set. Throws a `StartProblem`. */
export function metricsPortFrom(environment: NodeJS.ProcessEnv): MetricsPortOptions | null {
  const { METRICS_PORT: given, METRICS_HOST: host } = environment;
  if (!given) return null;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartProblem(
      'metrics_port_unusable',
      `METRICS_PORT is '${given}', which is not a port. Set it to a number up to 65535.`,
    );
  const names = [...hostsFrom(environment), ...(host ? [host.toLowerCase()] : [])];
  return { port, ...(host ? { host } : {}), names };
}

/** Starts to listen. Throws a `StartProblem` when it cannot. */
export async function openMetricsPort(
  { host = '127.0.0.1', port, names = [] }: MetricsPortOptions,
  metrics: () => Promise<{ type: string; text: string }>,
  isHealthy: () => boolean,
): Promise<MetricsPort> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'application/json'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    };
    const path = request.url?.replace(/\?.*/s, '');
    if (!isKnownHost(request.headers.host, names))
      answer(403, '{"error":"ask by an address, by localhost, or by a name in GOALKEEPER_HOSTS"}');
    else if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, '{"error":"GET only"}');
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
