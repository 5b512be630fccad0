// The installation's way to pages that would themselves answer anybody: Prometheus, Temporal's UI. PAGES has each as
// `port=http://host:port`, divided by commas; HOST says where they are guarded (deploy/local/page-guard.ts).

import { openPageGuard } from '../local/page-guard.ts';

const { HOST: host = '127.0.0.1', PAGES: pages = '' } = process.env;
for (const page of pages.split(',').filter((one) => one !== '')) {
  const [, port, target] = /^(\d+)=(http:\/\/\S+)$/.exec(page) ?? [];
  if (port === undefined || target === undefined)
    throw new Error(`PAGES has '${page}'; write each as 9090=http://prometheus:9090`);
  const { url } = await openPageGuard({ host, port: Number(port), target });
  console.log(`${target} at ${url}`);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
process.send?.({ ready: true });
