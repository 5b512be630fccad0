// The landing zone: an upstream in a process of its own, with real data and the manners of real upstreams.
//
//   node --import tsx examples/warehouse/landing.ts
//
// HOST and PORT: where it listens, by default 127.0.0.1 and any free port. FAULTS: `real` (default), see landing/faults.ts,
// or `none`. Its URL goes to stdout, and to a parent process as a message `{ ready: true, url }`.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Delivery, readDeliveries } from './landing/deliveries.ts';
import { FaultPlan } from './landing/faults.ts';
import { ShortDeliveries } from './landing/short.ts';

const { HOST = '127.0.0.1', PORT = '0', FAULTS = 'real' } = process.env;
if (FAULTS !== 'real' && FAULTS !== 'none') {
  console.error(`FAULTS is '${FAULTS}'; give 'real' or 'none'`);
  process.exit(1);
}

const { whole, short } = await readDeliveries();
const wrong = new ShortDeliveries(short);
const plan = FAULTS === 'real' ? new FaultPlan() : null;

const server = createServer((request, response) => {
  const url = urlOf(request);
  if (url?.pathname.startsWith('/fares/'))
    return refuse(
      response,
      403,
      'licence_expired',
      'The licence for fares has expired; renew it to read them.',
    );
  const delivery = url && (wrong.of(url) ?? whole.get(url.pathname));
  if (!delivery) return refuse(response, 404, 'not_found', 'There is no such delivery in the landing zone.');
  switch (plan?.next(url)) {
    case 'unavailable':
      response.setHeader('retry-after', '1');
      return refuse(response, 503, 'unavailable', 'The landing zone is busy; come back in a second.');
    case 'hang':
      return;
    case 'break-off':
      return breakOff(response, delivery);
    default:
      promise(response, delivery).end(delivery.body);
      wrong.taken(url);
  }
});

function urlOf({ url = '' }: IncomingMessage): URL | null {
  return URL.canParse(url, 'http://landing') ? new URL(url, 'http://landing') : null;
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, message }));
}

function promise(response: ServerResponse, { type, body }: Delivery): ServerResponse {
  return response.writeHead(200, { 'content-type': type, 'content-length': body.length });
}

function breakOff(response: ServerResponse, delivery: Delivery): void {
  const half = delivery.body.subarray(0, delivery.body.length / 2);
  promise(response, delivery).write(half, () => response.destroy());
}

const stop = () => process.exit(0);
process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);

server.on('error', ({ message }) => {
  console.error(`the landing zone cannot listen on port ${PORT}: ${message}`);
  process.exit(1);
});
server.listen(Number(PORT), HOST, () => {
  const url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  console.log(`landing zone: ${url} (faults: ${FAULTS})`);
  process.send?.({ ready: true, url });
});
