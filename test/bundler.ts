// A process that makes the bundles of the tests' goals: a POST of a module's path is answered once its bundle is in the
// user's cache. What bundles is warm after the first, and compiles anew the goals alone, so that each costs a sixth of what it costs
// the process of a test.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { shareCompilations } from './shared-compilations.ts';

shareCompilations();
const underWay = new Map<string, Promise<unknown>>();
let last: Promise<unknown> = Promise.resolve();

async function bundle(goalsModule: string): Promise<void> {
  const { bundleGoals } = await import('../activities/bundle.ts');
  await bundleGoals(goalsModule);
}

const server = createServer(async (request, response) => {
  const path = await text(request);
  const made =
    underWay.get(path) ??
    last
      .then(() => bundle(path))
      // What is wrong with it, the worker says.
      .catch(() => undefined)
      .finally(() => underWay.delete(path));
  underWay.set(path, made);
  last = made;
  await made;
  response.writeHead(204).end();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
