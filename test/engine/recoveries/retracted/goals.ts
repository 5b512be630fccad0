// What stands on what: a control file, the sales that are checked by it, a report over sales, a mail that hears of reports; and a goal that
// needs none of them.

import { achieved, goal, job } from 'goalkeeper';
import { z } from 'zod';

const Day = z.object({ day: z.string() });
const Value = z.object({ value: z.string() });
const Made = z.object({ label: z.string(), day: z.string() });

/** Writes down that it ran, waits while a file holds it, and gives what lies in another. */
export const make = job({ name: 'retracted-make', input: Made, output: Value, timeout: '5m' });

const shared = { owner: 'finance', team: 'retracted', input: Day, output: Value, key: ['day'] } as const;

export const control = goal({
  ...shared,
  name: 'retracted-control',
  outcome: 'The control file is in',
  owner: 'controllers',
  jobs: [make],
  criteria: { in: () => true },
  pursue: async ({ day }, { run }) => run(make, { label: 'control', day }),
});

export const sales = goal({
  ...shared,
  name: 'retracted-sales',
  outcome: 'Sales are checked',
  jobs: [make],
  needs: [control],
  criteria: { checked: () => true },
  async pursue({ day }, { run, achieve }) {
    await run(make, { label: 'extract', day });
    const { value } = await achieve(control, { day: day.slice(0, 10) });
    const { value: checked } = await run(make, { label: 'check', day });
    return { value: `${value} ${checked}` };
  },
});

export const report = goal({
  ...shared,
  name: 'retracted-report',
  outcome: 'The report is there',
  owner: 'reporting',
  jobs: [make],
  needs: [sales],
  criteria: { there: () => true },
  async pursue({ day }, { run, achieve }) {
    await achieve(sales, { day });
    return run(make, { label: 'report', day });
  },
});

export const mail = goal({
  ...shared,
  name: 'retracted-mail',
  outcome: 'The report is mailed',
  on: [achieved(report, { input: { day: 'input.day' } })],
  jobs: [make],
  criteria: { mailed: () => true },
  pursue: async ({ day }, { run }) => run(make, { label: 'mail', day }),
});

export const apart = goal({
  ...shared,
  name: 'retracted-apart',
  outcome: 'It stands on nothing',
  jobs: [make],
  needs: [control],
  criteria: { there: () => true },
  pursue: async ({ day }, { run }) => run(make, { label: 'apart', day }),
});

/** It shall hold at all times. */
export const closing = goal({
  ...shared,
  name: 'retracted-closing',
  outcome: 'The books of the year are closed',
  jobs: [make],
  needs: [sales],
  standing: { fresh: '26h', input: { day: '2026-12-31' } },
  criteria: { closed: () => true },
  async pursue({ day }, { run, achieve }) {
    await achieve(sales, { day });
    return run(make, { label: 'closing', day });
  },
});

/** It stands on two. */
export const both = goal({
  ...shared,
  name: 'retracted-both',
  outcome: 'Both are put together',
  owner: 'reporting',
  needs: [control, apart],
  criteria: { together: () => true },
  async pursue({ day }, { achieve }) {
    const one = await achieve(control, { day });
    const two = await achieve(apart, { day });
    return { value: `${one.value} ${two.value}` };
  },
});

export default [control, sales, report, mail, apart, closing, both];
