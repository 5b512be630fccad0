// What stands on a light outcome: sales that need it, a light mail that hears of it, and a report that needs the mail.

import { achieved, goal, job } from 'goalkeeper';
import { z } from 'zod';

const Day = z.object({ day: z.string() });
const Value = z.object({ value: z.string() });
const Made = z.object({ label: z.string(), day: z.string() });

const contract = { input: Made, output: Value, timeout: '5m' } as const;
/** Both write down that they ran, and give what lies in a file. One waits while a file holds it, the other fails while there is one. */
export const make = job({ ...contract, name: 'light-marks-make' });
export const note = job({ ...contract, name: 'light-marks-note', quick: true, retry: { attempts: 1 } });

const shared = { team: 'light-marks', input: Day, output: Value, key: ['day'] } as const;
const light = { jobs: [note], light: { hosts: 1 } } as const;

export const control = goal({
  ...{ ...shared, ...light },
  name: 'light-marks-control',
  outcome: 'The control file is in',
  owner: 'controllers',
  criteria: { in: () => true },
  pursue: async ({ day }, { run }) => run(note, { label: 'control', day }),
});

export const sales = goal({
  ...shared,
  name: 'light-marks-sales',
  outcome: 'Sales are checked',
  owner: 'finance',
  jobs: [make],
  needs: [control],
  criteria: { checked: () => true },
  async pursue({ day }, { run, achieve }) {
    await run(make, { label: 'extract', day });
    const { value } = await achieve(control, { day });
    const { value: checked } = await run(make, { label: 'check', day });
    return { value: `${value} ${checked}` };
  },
});

export const mail = goal({
  ...{ ...shared, ...light },
  name: 'light-marks-mail',
  outcome: 'The control file is mailed',
  owner: 'postmen',
  on: [achieved(control, { input: { day: 'input.day' } })],
  criteria: { mailed: () => true },
  pursue: async ({ day }, { run }) => run(note, { label: 'mail', day }),
});

export const report = goal({
  ...shared,
  name: 'light-marks-report',
  outcome: 'The report is there',
  owner: 'reporting',
  jobs: [make],
  needs: [mail],
  criteria: { there: () => true },
  async pursue({ day }, { run, achieve }) {
    await achieve(mail, { day });
    return run(make, { label: 'report', day });
  },
});

export default [control, sales, mail, report];
