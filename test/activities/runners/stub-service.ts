// An HTTP service that does what a test says, over real sockets.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Behaviour = (request: Received, response: ServerResponse) => unknown;

/** A service for the test that asks, or for whom `ended` is of: `host` as in `127.0.0.1:4711`, and what it received. */
export async function stubService(behave: Behaviour, ended: (stop: () => void) => void = onTestFinished) {
  const received: Received[] = [];
  let open = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body });
    await behave({ method, url, headers, body }, response);
  });
  server.on('connection', (socket) => {
    open++;
    socket.on('close', () => open--).on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  ended(stop);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    received,
    /** Connections that are open. */
    connections: () => open,
  };
}

/** Answers with a status, a body and headers. */
export const answer =
  (status: number, body: unknown = '', headers: Record<string, string> = {}): Behaviour =>
  (_request, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };
