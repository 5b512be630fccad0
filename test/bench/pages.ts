// Pages of the dashboard: what lists of 10,000 runs ask of Temporal, how long the gateway takes for a page, and how large it is. For
// the reads the gateway is in this process, so that they can be counted; its times are those of the gateway's own process.

import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { startGateway } from '../../gateway/server.ts';
import { type Temporal, temporalAt } from '../../gateway/temporal/temporal.ts';
import { begin } from './begin.ts';
import { milliseconds, p50 } from './measure.ts';
import type { Stage } from './stage.ts';
import type { Result, Work } from './work.ts';

const RUNS = 10_000;
const ROWS = 50;
const STEPS = 2_000;
const AT_ONCE = 50;
const PAGE_BYTES = 100_000;
/** Its runs that begin here are on a queue that no worker takes from. */
const GOAL = 'bench-waiting';
const QUEUE = 'nobody-polls';

interface Read {
  text: string;
  bytes: number;
}

async function read(url: string, accept: string): Promise<Read> {
  const response = await fetch(url, { headers: { accept } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
  return { text, bytes: Buffer.byteLength(text) };
}

/** Temporal that says of each list whether it is of the goal's runs. */
function counted(temporal: Temporal, listed: () => void): Temporal {
  type Service = Parameters<Parameters<Temporal['call']>[0]>[0];
  const counting = (service: Service): Service =>
    new Proxy(service, {
      get(of, name) {
        const value = Reflect.get(of, name);
        if (typeof value !== 'function') return value;
        if (name !== 'listWorkflowExecutions') return value.bind(of);
        return (asked: { query?: string }) => {
          if (asked.query?.includes(GOAL)) listed();
          return value.call(of, asked);
        };
      },
    });
  return { ...temporal, call: (make, ms) => temporal.call((service) => make(counting(service)), ms) };
}

async function started(stage: Stage, runs: number): Promise<void> {
  let left = runs;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await begin(stage, GOAL, undefined, randomUUID(), QUEUE);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  while ((await stage.client.workflow.count(`TaskQueue = '${QUEUE}'`)).count < runs)
    await new Promise((resolve) => setTimeout(resolve, 500));
}

/** Every page of a list of so many runs, `items` at most. */
export const evenPages: Work = async (stage, items) => {
  const runs = Math.min(RUNS, items);
  await started(stage, runs);
  let lists = 0;
  const temporal = counted(temporalAt(stage.address, 'default'), () => lists++);
  const log = pino({ level: 'silent' });
  const gateway = await startGateway({ host: '127.0.0.1', port: 0, temporal, log });
  const [perPage, bytes, seen]: [number[], number[], string[]] = [[], [], []];
  try {
    let next: string | null = null;
    do {
      lists = 0;
      const cursor: string = next === null ? '' : `&cursor=${encodeURIComponent(next)}`;
      const path = `${gateway.url}/runs/rows?goal=${GOAL}&state=pursuing&limit=${ROWS}${cursor}`;
      const page = await read(path, 'application/json');
      const told = JSON.parse(page.text) as { items: { id: string }[]; next: string | null };
      perPage.push(lists);
      bytes.push(page.bytes);
      seen.push(...told.items.map(({ id }) => id));
      next = told.next;
    } while (next !== null);
  } finally {
    await gateway.stop();
    await temporal.close();
  }
  const work = `list of ${runs} runs, ${ROWS} a page`;
  const row = (variant: string, value: number, unit: string, wanted: Result['wanted']): Result => ({
    ...{ work, variant, value, unit, ratio: null, against: '', wanted },
  });
  return [
    row('runs seen', new Set(seen).size, 'runs', { least: runs }),
    row('seen twice', seen.length - new Set(seen).size, 'runs', { most: 0 }),
    row('fewest reads a page', Math.min(...perPage), 'reads', { least: 1 }),
    row('most reads a page', Math.max(...perPage), 'reads', { most: 2 }),
    row('largest page', Math.max(...bytes), 'bytes', { most: PAGE_BYTES }),
  ];
};

/** What the gateway takes for a page of 50 rows and for that of a long run: the first time, and when it is known. */
export const pageTimes: Work = async (stage) => {
  await started(stage, 2 * ROWS);
  const key = randomUUID();
  await (await begin(stage, 'bench-all', STEPS, key)).result();
  const pages: [work: string, path: string, cold: number | undefined, warm: number][] = [
    ['page: attention', '/', undefined, 50],
    ['page: goals', '/goals', undefined, 50],
    [`page: runs, ${ROWS} rows`, `/runs?goal=${GOAL}`, 800, 50],
    [`page: run of ${STEPS} steps`, `/runs/bench-all:${key}`, 1_000, 50],
    ['page: 60 of its steps', `/runs/bench-all:${key}?from=901`, undefined, 50],
  ];
  const results: Result[] = [];
  for (const [work, path, mostCold, mostWarm] of pages) {
    let bytes = 0;
    const open = async (): Promise<void> => {
      ({ bytes } = await read(stage.gateway + path, 'text/html'));
    };
    const row = (variant: string, value: number, unit: string, most: number | undefined): Result => ({
      ...{ work, variant, value, unit, ratio: null, against: '', wanted: most === undefined ? {} : { most } },
    });
    results.push(row('first', await milliseconds(open), 'ms', mostCold));
    results.push(row('known', await p50(20, open), 'ms', mostWarm));
    results.push(row('size', bytes, 'bytes', PAGE_BYTES));
  }
  return results;
};
