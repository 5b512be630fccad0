import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { batch as batchSchema } from '../../../examples/warehouse/contracts.ts';
import goals, {
  delayReport,
  faresInWarehouse,
  flightsInWarehouse,
} from '../../../examples/warehouse/goals.ts';
import { read } from '../../../examples/warehouse/jobs/warehouse.ts';
import { jobs } from '../../../examples/warehouse/jobs.ts';
import { reportFigures } from '../../../examples/warehouse/report/figures.ts';
import { reportPage } from '../../../examples/warehouse/report/page.ts';
import { check } from '../../../goals/check.ts';
import { type Landing, startLanding } from './landing-process.ts';
import { pursue } from './run-job.ts';

let landing: Landing;
let directory: string;
const codes: string[] = [];
let summary: z.output<typeof delayReport.output>;
let html: string;

beforeAll(async () => {
  landing = await startLanding('real');
  directory = await mkdtemp(join(tmpdir(), 'warehouse-'));
  vi.stubEnv('LANDING_URL', landing.url);
  vi.stubEnv('WAREHOUSE_DIR', directory);
  summary = (await pursue(delayReport, { batch: 'whole' }, codes)) as typeof summary;
  html = await readFile(summary.report, 'utf8');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await landing.stop();
  await rm(directory, { recursive: true });
});

test('nothing is wrong with the goals and their jobs', () => {
  expect(
    check(
      goals,
      jobs.map(({ job }) => job),
    ),
  ).toEqual([]);
});

test('a pursuit meets every kind of fault and reaches its goal', () => {
  expect(summary).toMatchObject({ flights: 20_000, flightsInWarehouse: 20_000, airportsWithoutCity: [] });
  expect(codes.toSorted()).toEqual([
    'body_truncated',
    'body_truncated',
    'body_truncated',
    'http_503',
    'http_503',
    'timeout',
  ]);
});

test('the goal of the fares fails at the first attempt, with its true cause', async () => {
  const met: string[] = [];
  await expect(pursue(faresInWarehouse, { batch: 'whole' }, met)).rejects.toThrow('licence');
  expect(met).toEqual(['licence_expired']);
});

test('an unmet criterion says what was found', () => {
  const found = {
    rows: 13_063,
    expectedRows: 20_000,
    totalDelay: 1,
    expectedDelay: 1,
    differingPartitions: ['2001-01'],
  };
  const verdict = (criterion: string) => flightsInWarehouse.judge(criterion, found, {});
  expect(verdict('every flight arrived')).toBe('13063 flights in the warehouse, 20000 in the control file');
  expect(verdict('delays agree')).toBe(true);
  expect(verdict('every partition agrees')).toBe('not so: 2001-01');
  expect(
    delayReport.judge(
      'every flight of the warehouse is in the report',
      { flights: 19_000, flightsInWarehouse: 20_000 },
      {},
    ),
  ).toBe('19000 of 20000 flights are');
});

test('a batch that would leave its directory is no batch', () => {
  for (const evil of ['../etc', 'a/b', '.hidden', '', 'x'.repeat(61), 'a\nb', 'a?b'])
    expect(batchSchema.safeParse(evil).success).toBe(false);
});

test('the report has the figures of the warehouse', async () => {
  const [truth] = await read(
    z.object({ flights: z.string(), late: z.string(), mean: z.string() }),
    `SELECT format('{:,}', count(*)) AS flights, printf('%.1f%%', 100 * avg((delay >= 15)::INTEGER)) AS late,
            printf('%.1f min', avg(delay)) AS mean
     FROM flights WHERE batch = 'whole'`,
  );
  const figures = Object.fromEntries(
    [...html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => [name, value]),
  );
  expect(figures).toEqual({
    Flights: truth?.flights,
    'Arrived late': truth?.late,
    'Mean delay': truth?.mean,
    'Best hour': '5 am',
    'Worst hour': '11 pm',
  });
});

test('the table of the report has every flight, hour by hour', async () => {
  const truth = await read(
    z.object({ flights: z.string() }),
    "SELECT format('{:,}', count(*)) AS flights FROM flights WHERE batch = 'whole' GROUP BY hour(departed) ORDER BY hour(departed)",
  );
  const body = html.slice(html.indexOf('<tbody>'), html.indexOf('</tbody>'));
  const cells = [...body.matchAll(/<tr><th scope="row">.*?<\/th><td>(.*?)<\/td>/g)].map(([, cell]) => cell);
  expect(cells).toEqual(truth.map(({ flights }) => flights));
  expect(cells.reduce((sum, cell) => sum + Number(cell?.replace(',', '')), 0)).toBe(20_000);
});

test('the charts have a mark for each hour and airport', () => {
  const [hours, airports] = [...html.matchAll(/<svg.*?<\/svg>/gs)].map(([svg]) => svg);
  expect(hours?.match(/<rect class="bar"/g)).toHaveLength(19);
  expect(airports?.match(/<rect class="bar"/g)).toHaveLength(15);
  expect(airports).toContain('Phoenix (PHX): 28.4% of 633 flights late');
  expect(html).not.toContain('NaN');
});

test('the report needs nothing from elsewhere', () => {
  expect(html).not.toMatch(/<script|<link|<img|\b(src|href)=|url\(|@import|https?:/);
});

test('names from the data cannot become markup', async () => {
  const figures = await reportFigures('whole');
  const airports = figures.airports.map((airport) => ({ ...airport, city: '<b>"&' }));
  const page = reportPage({ ...figures, airports });
  expect(page).not.toContain('<b>');
  expect(page).toContain('&#60;b&#62;&#34;&#38;');
});

test('a report of nothing is refused', async () => {
  await expect(reportFigures('unheard-of')).rejects.toMatchObject({ code: 'nothing_to_report' });
});
