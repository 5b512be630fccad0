// The pipelines that the migration guides put beside those of Airflow, Prefect and Dagster, pursued with a virtual clock.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fake, simulate } from 'goalkeeper/testing';
import { describe, expect, test } from 'vitest';
import { check } from '../../goals/check.ts';
import { declaredSchedules } from '../../goals/schedule.ts';
import * as airflow from './migrated/airflow.ts';
import * as dagster from './migrated/dagster.ts';
import * as prefect from './migrated/prefect.ts';

const guides = ['from-airflow', 'from-prefect', 'from-dagster'].map((name) => ({
  name,
  text: readFileSync(`docs/guide/${name}.md`, 'utf8'),
}));

describe('the guides', () => {
  test.each(guides)('%s shows the goals that this test pursues', ({ name, text }) => {
    const [, file, code] = /<!-- file: (\S+) -->\n```ts\n([\s\S]*?)```/.exec(text) ?? [];
    expect(file).toBe(`test/docs/migrated/${name.replace('from-', '')}.ts`);
    expect(code).toBe(readFileSync(String(file), 'utf8'));
  });

  test('quote Python that Python can read', () => {
    const code = guides.flatMap(({ text }) =>
      [...text.matchAll(/```python\n([\s\S]*?)```/g)].map(([, one]) => one),
    );
    expect(code).toHaveLength(guides.length);
    const program = 'import ast, json, sys\nfor code in json.load(sys.stdin): ast.parse(code)';
    const read = spawnSync('python3', ['-c', program], { input: JSON.stringify(code), encoding: 'utf8' });
    expect(read.stderr).toBe('');
    expect(read.status).toBe(0);
  });

  test('declare nothing that a worker would refuse', () => {
    expect(check([airflow.ordersLoaded], [airflow.listRegions, airflow.loadRegion])).toEqual([]);
    expect(check([prefect.invoicesPaid], [prefect.collectInvoices, prefect.payInvoice])).toEqual([]);
    expect(check([dagster.orders, dagster.revenue], [dagster.loadOrders, dagster.sumRevenue])).toEqual([]);
  });
});

describe("Airflow's pipeline", () => {
  const regions = fake(airflow.listRegions, ['eu', 'us']);
  const day = '2026-11-20';

  test('loads every region, and the region that failed twice is no failure', async () => {
    const loading = fake(airflow.loadRegion, ({ region }, { attempt }) => {
      if (region === 'us' && attempt < 3) throw new Error('the warehouse is away');
      return region === 'us' ? 70 : 30;
    });
    const run = await simulate(airflow.ordersLoaded, { input: { day }, jobs: [regions, loading] });
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { rows: 100 },
      errors: { recovered: 2, fatal: 0 },
    });
  });

  test('fails on a day without orders, though every job succeeded', async () => {
    const run = await simulate(airflow.ordersLoaded, {
      input: { day },
      jobs: [regions, fake(airflow.loadRegion, 0)],
    });
    expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'criteria' } });
  });

  test("asks at five in Berlin for Berlin's day before", () => {
    const [schedule] = declaredSchedules(airflow.ordersLoaded);
    expect(schedule?.input(new Date('2026-11-21T04:00:00Z'))).toEqual({ day });
  });
});

describe("Prefect's pipeline", () => {
  const jobs = [
    fake(prefect.collectInvoices, [
      { id: 'a', amount: 12 },
      { id: 'b', amount: 30 },
    ]),
    fake(prefect.payInvoice, ({ amount }) => amount),
  ];
  const input = { month: '2026-10' };

  test('pays what a person approved, hours later', async () => {
    const run = await simulate(prefect.invoicesPaid, {
      input,
      jobs,
      decide: { pay: { decision: 'approve', by: 'ada', after: '5h' } },
    });
    expect(run).toMatchObject({ outcome: 'achieved', output: { paid: 42 } });
  });

  test('pays nothing that nobody approved in two days', async () => {
    const run = await simulate(prefect.invoicesPaid, { input, jobs, decide: { pay: () => null } });
    expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'rejected', code: 'approval_expired' } });
  });

  test('asks on the first of a month for the month before', () => {
    const [schedule] = declaredSchedules(prefect.invoicesPaid);
    expect(schedule?.input(new Date('2026-11-01T08:00:00Z'))).toEqual(input);
  });
});

describe("Dagster's pipeline", () => {
  const input = { day: '2026-11-20' };
  const revenue = fake(dagster.sumRevenue, { revenue: 900 });

  test('has the orders loaded before it sums them', async () => {
    const jobs = [fake(dagster.loadOrders, { rows: 12 }), revenue];
    const run = await simulate(dagster.revenue, { input, jobs });
    expect(run).toMatchObject({ outcome: 'achieved', output: { revenue: 900 } });
  });

  test('names the unmet criterion of the orders as the cause of the missing revenue', async () => {
    const jobs = [fake(dagster.loadOrders, { rows: 0 }), revenue];
    const run = await simulate(dagster.revenue, { input, jobs });
    expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'dependency' } });
    expect(run.failure?.cause?.message).toContain('not a single order');
  });
});
