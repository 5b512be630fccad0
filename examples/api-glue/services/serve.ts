// What the services written in TypeScript have in common: JSON over HTTP on a free port of this machine, and the faults.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  url: URL;
  request: IncomingMessage;
  response: ServerResponse;
}

const { PORT = '0', FAULTS = 'real' } = process.env;

/** Whether the services fail now and then, as real ones do; FAULTS=none makes them perfect. */
export const hasFaults = FAULTS !== 'none';

/** Listens; tells its URL on stdout, and a parent process as a message `{ ready: true, url }`. */
export function serve(name: string, handle: (asked: Asked) => unknown): void {
  const server = createServer((request, response) => {
    const { url: target = '' } = request;
    if (!URL.canParse(target, 'http://service')) return void response.writeHead(400).end();
    return handle({ url: new URL(target, 'http://service'), request, response });
  });
  const stop = () => process.exit(0);
  process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);
  server.listen(Number(PORT), '127.0.0.1', () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    console.log(`${name}: ${url} (faults: ${FAULTS})`);
    process.send?.({ ready: true, url });
  });
}

export function answer(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Counts what comes again and again: each batch meets the same faults, the first as well as the tenth. */
export class Counter {
  readonly #counts = new Map<string, number>();

  /** How often this was counted before. */
  next(what: string): number {
    const before = this.#counts.get(what) ?? 0;
    this.#counts.set(what, before + 1);
    return before;
  }
}
