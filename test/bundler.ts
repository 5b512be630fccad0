// A process that makes the bundles of the tests' goals: a POST of a module's path is answered once its bundle is in the
// user's cache. What bundles is warm after the first, so that each costs half of what it costs the process of a test.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const underWay = new Map<string, Promise<unknown>>();

async function bundle(goalsModule: string): Promise<void> {
  const { bundleGoals } = await import('../activities/bundle.ts');
  await bundleGoals(goalsModule);
}

const server = createServer(async (request, response) => {
  const path = await text(request);
  const made =
    underWay.get(path) ??
    bundle(path)
      // What is wrong with it, the worker says.
      .catch(() => undefined)
      .finally(() => underWay.delete(path));
  underWay.set(path, made);
  await made;
  response.writeHead(204).end();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
