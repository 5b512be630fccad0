// What runs the warehouse team's jobs, in the worker's Node process.
//
// LANDING_URL: where the landing zone is. WAREHOUSE_DIR: where the warehouse, its staged files and its reports lie,
// default `.goalkeeper/warehouse` under the current directory.

import { bind } from 'goalkeeper/worker';
import { z } from 'zod';
import {
  extractPartition,
  importAirports,
  importFares,
  listPartitions,
  loadPartition,
  reconcile,
  writeReport,
} from './contracts.ts';
import { download } from './jobs/download.ts';
import { pathOf, writeWhole } from './jobs/files.ts';
import { flightFigures, loadFlights } from './jobs/flights.ts';
import { read, write } from './jobs/warehouse.ts';
import { reportFigures } from './report/figures.ts';
import { reportPage } from './report/page.ts';

export const jobs = [
  bind(listPartitions, async ({ batch }, { signal }) =>
    JSON.parse((await download('flights/index.json', batch, signal)).toString()),
  ),

  bind(extractPartition, async ({ batch, partition }, { signal }) => {
    const rows = await download(`flights/${partition}.json`, batch, signal);
    const file = `staged/${batch}/flights-${partition}.json`;
    await writeWhole(file, rows);
    return { file, bytes: rows.length };
  }),

  bind(loadPartition, async (partition) => ({ rows: await loadFlights(partition) })),

  bind(reconcile, async ({ batch }, { signal }) => {
    const control = controlFile.parse(
      JSON.parse((await download('flights/control.json', batch, signal)).toString()),
    );
    const { total, partitions } = await flightFigures(batch);
    const names = new Set([...Object.keys(control.partitions), ...Object.keys(partitions)]);
    return {
      rows: total.rows,
      expectedRows: control.total.rows,
      totalDelay: total.delay,
      expectedDelay: control.total.delay,
      totalDistance: total.distance,
      expectedDistance: control.total.distance,
      partitions: names.size,
      differingPartitions: [...names].filter((name) => !agree(partitions[name], control.partitions[name])),
    };
  }),

  bind(importAirports, async ({ batch }, { signal }) => {
    const file = `staged/${batch}/airports.csv`;
    await writeWhole(file, await download('airports/airports.csv', batch, signal));
    return {
      rows: await replaceTable('airports', 'read_csv($file, header = true, all_varchar = true)', file),
    };
  }),

  bind(importFares, async ({ batch }, { signal }) => {
    const file = `staged/${batch}/fares.json`;
    await writeWhole(file, await download('fares/all.json', batch, signal));
    return { rows: await replaceTable('fares', 'read_json($file)', file) };
  }),

  bind(writeReport, async ({ batch }) => {
    const figures = await reportFigures(batch);
    const file = `reports/delays-${batch}.html`;
    await writeWhole(file, reportPage(figures));
    const { flights, latePercent, airportsWithoutCity } = figures;
    return { report: pathOf(file), flights, latePercent, airportsWithoutCity };
  }),
];

const delivered = z.object({ rows: z.int(), delay: z.int(), distance: z.int() });
const controlFile = z.object({ total: delivered, partitions: z.record(z.string(), delivered) });

type Figures = z.output<typeof delivered>;

const agree = (a: Figures | undefined, b: Figures | undefined): boolean =>
  a?.rows === b?.rows && a?.delay === b?.delay && a?.distance === b?.distance;

/** Small data that is always delivered whole replaces what was there. */
async function replaceTable(table: 'airports' | 'fares', source: string, file: string): Promise<number> {
  await write([[`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM ${source}`, { file: pathOf(file) }]]);
  const [counted] = await read(
    z.object({ rows: z.coerce.number() }),
    `SELECT count(*) AS rows FROM ${table}`,
  );
  return counted?.rows ?? 0;
}
