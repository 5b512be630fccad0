// The code of the jobs. This is ordinary Node: read files, call services, use any package.

import { readFile } from 'node:fs/promises';
import { bind } from 'goalkeeper/worker';
import { countOrders } from './goals.ts';

const orders = new URL('./orders.csv', import.meta.url);

export const jobs = [
  bind(countOrders, async ({ day }, { log }) => {
    const lines = (await readFile(orders, 'utf8')).trim().split('\n').slice(1);
    const ofDay = lines.filter((line) => line.startsWith(`${day},`));
    log.info({ orders: ofDay.length }, 'counted');
    return {
      orders: ofDay.length,
      revenue: ofDay.reduce((sum, line) => sum + Number(line.split(',')[2]), 0),
    };
  }),
];
