// The warehouse team's goals: what shall be true, and the path to it. Temporal runs this in its sandbox.

import { dataset, goal } from 'goalkeeper';
import { z } from 'zod';
import {
  batch,
  extractPartition,
  importAirports,
  importFares,
  listPartitions,
  loadPartition,
  reconcile,
  reconciliation,
  reportSummary,
  writeReport,
} from './contracts.ts';

const ours = { team: 'warehouse', owner: 'warehouse-on-call' };

const flights = dataset({
  name: 'flights',
  team: ours.team,
  description: 'The flights of a delivery, as they agree with its control file',
  partition: ['batch'],
  schema: z.object({
    date: z.string(),
    delay: z.int(),
    distance: z.int(),
    origin: z.string(),
    destination: z.string(),
  }),
});

const delays = dataset({
  name: 'delays',
  team: ours.team,
  description: 'When and where the flights of a delivery ran late, as a page to read',
  partition: ['batch'],
});

const fares = dataset({
  name: 'fares',
  team: ours.team,
  description: 'The fares of a delivery',
  partition: ['batch'],
});

const equal = (found: number, expected: number, of: string) =>
  found === expected || `${found} ${of} in the warehouse, ${expected} in the control file`;

export const flightsInWarehouse = goal({
  name: 'flights-in-warehouse',
  outcome: 'All flights of the landing zone are in the warehouse and agree with the control file',
  ...ours,
  input: z.object({ batch }),
  output: reconciliation,
  key: ['batch'],
  deadline: '5m',
  criteria: {
    'every flight arrived': (o) => equal(o.rows, o.expectedRows, 'flights'),
    'delays agree': (o) => equal(o.totalDelay, o.expectedDelay, 'minutes of delay'),
    'distances agree': (o) => equal(o.totalDistance, o.expectedDistance, 'miles'),
    'every partition agrees': (o) =>
      o.differingPartitions.length === 0 || `not so: ${o.differingPartitions.join(', ')}`,
  },
  jobs: [listPartitions, extractPartition, loadPartition, reconcile],
  produces: [flights],
  async pursue({ batch }, { run, produce, artifact }) {
    const { partitions } = await run(listPartitions, { batch });
    await Promise.all(
      partitions.map(async (partition) => {
        const { file } = await run(extractPartition, { batch, partition });
        await run(loadPartition, { batch, partition, file });
      }),
    );
    const found = await run(reconcile, { batch });
    await produce(flights, { partition: { batch }, rows: found.rows });
    artifact.table('the warehouse and its control file', [
      { of: 'flights', warehouse: found.rows, control: found.expectedRows },
      { of: 'minutes of delay', warehouse: found.totalDelay, control: found.expectedDelay },
      { of: 'miles', warehouse: found.totalDistance, control: found.expectedDistance },
    ]);
    return found;
  },
});

export const delayReport = goal({
  name: 'delay-report',
  outcome: 'Whoever plans a trip can read when and where flights run late',
  ...ours,
  input: z.object({ batch }),
  output: reportSummary.extend({ flightsInWarehouse: z.int() }),
  key: ['batch'],
  deadline: '10m',
  criteria: {
    'every flight of the warehouse is in the report': (o) =>
      o.flights === o.flightsInWarehouse || `${o.flights} of ${o.flightsInWarehouse} flights are`,
    'every airport is called by its city': (o) =>
      o.airportsWithoutCity.length === 0 || `without a city: ${o.airportsWithoutCity.join(', ')}`,
  },
  jobs: [importAirports, writeReport],
  needs: [flightsInWarehouse],
  uses: [flights],
  produces: [delays],
  async pursue({ batch }, { achieve, produce, run, use }) {
    const [loaded] = await Promise.all([
      achieve(flightsInWarehouse, { batch }),
      run(importAirports, { batch }),
    ]);
    await use(flights, { batch });
    const summary = await run(writeReport, { batch });
    await produce(delays, { partition: { batch }, rows: summary.flights, where: summary.report });
    return { ...summary, flightsInWarehouse: loaded.rows };
  },
});

export const faresInWarehouse = goal({
  name: 'fares-in-warehouse',
  outcome: 'All fares of the landing zone are in the warehouse',
  ...ours,
  input: z.object({ batch }),
  output: z.object({ rows: z.int() }),
  key: ['batch'],
  deadline: '5m',
  criteria: { 'fares arrived': (o) => o.rows > 0 || 'there are none' },
  jobs: [importFares],
  produces: [fares],
  async pursue({ batch }, { run, produce }) {
    const imported = await run(importFares, { batch });
    await produce(fares, { partition: { batch }, rows: imported.rows });
    return imported;
  },
});

export default [flightsInWarehouse, delayReport, faresInWarehouse];
