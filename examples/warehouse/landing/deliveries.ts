// What lies in the landing zone: real flights of the U.S. Bureau of Transportation Statistics (a sample of 20,000,
// January to March 2001) and the airports they left from, as the npm package vega-datasets brings them.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { controlOf, controlWithout } from './control.ts';

export interface Delivery {
  type: string;
  body: Buffer;
}

// The package exports its code only; its data lies beside it.
const dataFile = (name: string) =>
  fileURLToPath(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')));

export interface Deliveries {
  /** Everything that can be fetched, by path. */
  whole: ReadonlyMap<string, Delivery>;
  /** The index and the control file of a delivery whose last month is missing. */
  short: ReadonlyMap<string, Delivery>;
}

export async function readDeliveries(): Promise<Deliveries> {
  const flightsFile = dataFile('flights-20k.json');
  const flights: { date: string }[] = JSON.parse(await readFile(flightsFile, 'utf8'));
  const months = new Map<string, unknown[]>();
  for (const flight of flights) {
    const month = flight.date.slice(0, 7).replace('/', '-');
    if (!months.has(month)) months.set(month, []);
    months.get(month)?.push(flight);
  }
  const partitions = [...months.keys()];
  const control = await controlOf(flightsFile);
  const whole = new Map([
    ['/flights/index.json', json({ partitions })],
    ['/flights/control.json', json(control)],
    ...[...months].map(([month, rows]) => [`/flights/${month}.json`, json(rows)] as const),
    ['/airports/airports.csv', { type: 'text/csv', body: await readFile(dataFile('airports.csv')) }],
  ]);
  const short = new Map([
    ['/flights/index.json', json({ partitions: partitions.slice(0, -1) })],
    ['/flights/control.json', json(controlWithout(control, partitions.at(-1) ?? ''))],
  ]);
  return { whole, short };
}

const json = (content: unknown): Delivery => ({
  type: 'application/json',
  body: Buffer.from(JSON.stringify(content)),
});
