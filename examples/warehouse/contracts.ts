// The contracts of the warehouse team's jobs: what each takes and gives, and how patient it is. What runs them is in
// jobs.ts; this file also travels into Temporal's sandbox, so it knows nothing but zod and the language.

import { job } from 'goalkeeper';
import { z } from 'zod';

// Both end up in paths of files, so what they may look like is settled here, once.
export const batch = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/);
const partition = z.string().regex(/^\d{4}-\d{2}$/);

/** Steps pass on where a file is, below the warehouse's directory, and never its rows. */
const file = z.string();

// What hangs is given up quickly, and a blip is no reason to give up at all.
const download = { timeout: '2s', retry: { attempts: 8, delay: '200ms' } } as const;
const query = { timeout: '30s', retry: { attempts: 8, delay: '200ms' } } as const;

export const listPartitions = job({
  name: 'list-partitions',
  input: z.object({ batch }),
  output: z.object({ partitions: z.array(partition) }),
  ...download,
});

export const extractPartition = job({
  name: 'extract-partition',
  input: z.object({ batch, partition }),
  output: z.object({ file, bytes: z.int() }),
  ...download,
});

export const loadPartition = job({
  name: 'load-partition',
  input: z.object({ batch, partition, file }),
  output: z.object({ rows: z.int() }),
  ...query,
});

export const reconciliation = z.object({
  rows: z.int(),
  expectedRows: z.int(),
  totalDelay: z.int().describe('minutes'),
  expectedDelay: z.int().describe('minutes'),
  totalDistance: z.int().describe('miles'),
  expectedDistance: z.int().describe('miles'),
  partitions: z.int(),
  differingPartitions: z.array(partition),
});

export const reconcile = job({
  name: 'reconcile',
  input: z.object({ batch }),
  output: reconciliation,
  ...download,
});

export const importAirports = job({
  name: 'import-airports',
  input: z.object({ batch }),
  output: z.object({ rows: z.int() }),
  ...download,
});

export const reportSummary = z.object({
  report: z.string().describe('path of an HTML file'),
  flights: z.int(),
  latePercent: z.number(),
  airportsWithoutCity: z.array(z.string()),
});

export const writeReport = job({
  name: 'write-report',
  input: z.object({ batch }),
  output: reportSummary,
  ...query,
});

export const importFares = job({
  name: 'import-fares',
  input: z.object({ batch }),
  output: z.object({ rows: z.int() }),
  ...download,
});
