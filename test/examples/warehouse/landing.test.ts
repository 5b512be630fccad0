import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Landing, rawFile, startLanding } from './landing-process.ts';

interface Flight {
  date: string;
  delay: number;
  distance: number;
}

const FILES = [
  'flights/2001-01.json',
  'flights/2001-02.json',
  'flights/2001-03.json',
  'flights/control.json',
];
const PATIENCE_MS = 1000;

let real: Landing;
let none: Landing;
beforeAll(async () => {
  [real, none] = await Promise.all([startLanding('real'), startLanding('none')]);
});
afterAll(() => Promise.all([real.stop(), none.stop()]));

/** What one request met: its status, or how it failed. */
async function meet(url: string): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  let response: Response | undefined;
  try {
    response = await fetch(url, { signal });
    await response.arrayBuffer();
    return response.status === 503
      ? `503, retry after ${response.headers.get('retry-after')}`
      : String(response.status);
  } catch {
    if (!signal.aborted) return response === undefined ? 'no connection' : 'broken off';
    return response === undefined ? 'hung' : 'slow';
  }
}

/** What a pursuit meets on its way to each file, until it has it. */
async function deliveryOf({ url }: Landing, batch: string): Promise<string[][]> {
  return Promise.all(
    FILES.map(async (file) => {
      const met: string[] = [];
      while (met.at(-1) !== '200' && met.length < 8) met.push(await meet(`${url}/${file}?batch=${batch}`));
      return met;
    }),
  );
}

describe('with real faults', () => {
  test('every delivery meets each kind of fault and then succeeds, ten of them at a time', async () => {
    const batches = Array.from({ length: 10 }, (_, i) => `day-${i}`);
    const met = await Promise.all(batches.map((batch) => deliveryOf(real, batch)));
    for (const files of met)
      expect(files).toEqual([
        ['503, retry after 1', 'broken off', '200'],
        ['hung', '200'],
        ['broken off', '200'],
        ['broken off', '200'],
      ]);
  });

  test('a delivery that is fetched again meets the same faults again', async () => {
    const first = await deliveryOf(real, 'again');
    expect(await deliveryOf(real, 'again')).toEqual(first);
  });

  test('a body that breaks off had promised its whole length', async () => {
    const whole = await (await fetch(`${none.url}/flights/2001-03.json`)).arrayBuffer();
    const response = await fetch(`${real.url}/flights/2001-03.json?batch=promised`);
    expect(response.headers.get('content-length')).toBe(String(whole.byteLength));
    await expect(response.arrayBuffer()).rejects.toThrow();
  });
});

describe('without faults', () => {
  test('every request succeeds at once', async () => {
    for (let i = 0; i < 3; i++)
      expect(await deliveryOf(none, 'calm')).toEqual([['200'], ['200'], ['200'], ['200']]);
  });

  test('the partitions that the index lists are the whole data set, cut by month', async () => {
    const { partitions } = (await (await fetch(`${none.url}/flights/index.json`)).json()) as {
      partitions: string[];
    };
    const rows = await Promise.all(
      partitions.map(async (name) => {
        const partition = (await (await fetch(`${none.url}/flights/${name}.json`)).json()) as Flight[];
        expect(partition.every(({ date }) => date.startsWith(name.replace('-', '/')))).toBe(true);
        return partition;
      }),
    );
    expect(rows.flat()).toEqual(JSON.parse(await readFile(rawFile('flights-20k.json'), 'utf8')));
  });

  test('the control figures are those of the raw file', async () => {
    const flights: Flight[] = JSON.parse(await readFile(rawFile('flights-20k.json'), 'utf8'));
    const figuresOf = (rows: Flight[]) => ({
      rows: rows.length,
      delay: rows.reduce((sum, { delay }) => sum + delay, 0),
      distance: rows.reduce((sum, { distance }) => sum + distance, 0),
    });
    const month = (n: string) => figuresOf(flights.filter(({ date }) => date.startsWith(`2001/${n}`)));
    const control = await (await fetch(`${none.url}/flights/control.json`)).json();
    expect(control).toEqual({
      total: figuresOf(flights),
      partitions: { '2001-01': month('01'), '2001-02': month('02'), '2001-03': month('03') },
    });
  });
});

test('a short delivery agrees with its control file, and is whole once that was taken', async () => {
  const get = async (path: string) =>
    (await fetch(`${none.url}/flights/${path}?batch=2026-11-short`)).json() as Promise<{
      partitions: string[] | object;
      total: { rows: number };
    }>;
  expect((await get('index.json')).partitions).toEqual(['2001-01', '2001-02']);
  const months = await Promise.all(['2001-01.json', '2001-02.json'].map(get));
  const rows = months.reduce((sum, flights) => sum + (flights as unknown as Flight[]).length, 0);
  const wrong = await get('control.json');
  expect([wrong.total.rows, Object.keys(wrong.partitions)]).toEqual([rows, ['2001-01', '2001-02']]);
  expect((await get('index.json')).partitions).toHaveLength(3);
  expect((await get('control.json')).total.rows).toBe(20_000);
});

test('fares are refused for good, with and without faults', async () => {
  for (const { url } of [real, none])
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${url}/fares/all.json`);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'licence_expired' });
    }
});

test('what is not there is a 404', async () => {
  const response = await fetch(`${none.url}/flights/1999-01.json`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: 'not_found' });
});

test('it ends with the process that started it', async () => {
  const { child } = await startLanding('none');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
