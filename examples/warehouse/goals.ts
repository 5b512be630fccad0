// The warehouse team's goals: what shall be true, and the path to it. Temporal runs this in its sandbox.

import { z } from 'zod';
import { goal } from '../../goals/index.ts';
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
  async pursue({ batch }, { run }) {
    const { partitions } = await run(listPartitions, { batch });
    await Promise.all(
      partitions.map(async (partition) => {
        const { file } = await run(extractPartition, { batch, partition });
        await run(loadPartition, { batch, partition, file });
      }),
    );
    return run(reconcile, { batch });
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
  async pursue({ batch }, { achieve, run }) {
    const [flights] = await Promise.all([
      achieve(flightsInWarehouse, { batch }),
      run(importAirports, { batch }),
    ]);
    const summary = await run(writeReport, { batch });
    return { ...summary, flightsInWarehouse: flights.rows };
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
  pursue: ({ batch }, { run }) => run(importFares, { batch }),
});

export default [flightsInWarehouse, delayReport, faresInWarehouse];
