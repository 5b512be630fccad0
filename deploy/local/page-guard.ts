// In front of pages that answer whoever asks (Temporal's own UI, Prometheus): a proxy that lets through programs and pages
// of this machine only. A page of elsewhere whose name was made to point here still sends its own name; and what changes
// something is taken from the pages' own origin alone.

import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PageGuardOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** 0 takes any that is free. */
  port: number;
  /** Whose pages they are, like `http://127.0.0.1:8080`. */
  target: string;
}

export interface PageGuard {
  /** Like `http://127.0.0.1:8233` */
  readonly url: string;
  stop(): Promise<void>;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Starts to listen. Throws when it cannot. */
export async function openPageGuard({
  host = '127.0.0.1',
  port,
  target,
}: PageGuardOptions): Promise<PageGuard> {
  const server = createServer((request, response) => {
    const why = refusal(request);
    if (why !== null) refuse(response, 403, why);
    else forward(request, response, new URL(target));
  });
  server.listen({ host, port });
  await once(server, 'listening');
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${listening}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function refusal({ method, headers }: IncomingMessage): string | null {
  const { host = '', origin } = headers;
  if (!LOOPBACK.test(host)) return 'Ask for localhost or 127.0.0.1: these pages are for this machine.';
  if (method === 'GET' || method === 'HEAD') return null;
  const isCrossSite =
    headers['sec-fetch-site'] === 'cross-site' ||
    (origin !== undefined && origin.toLowerCase() !== `http://${host}`.toLowerCase());
  return isCrossSite ? 'The request comes from a page of another site.' : null;
}

function forward(request: IncomingMessage, response: ServerResponse, target: URL): void {
  const { connection: _, upgrade: __, ...headers } = request.headers;
  const onward = ask(
    new URL(request.url?.replace(/^[^/]*/, '') || '/', target),
    { method: request.method, headers: { ...headers, host: target.host } },
    (answer) => {
      // Nor may a page of elsewhere show it in a frame, and have it clicked.
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'x-frame-options': 'DENY' });
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    },
  );
  onward.once('error', ({ message }) => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `${target.host} does not answer (${message}); is it started?`);
  });
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${why}\n`);
}
