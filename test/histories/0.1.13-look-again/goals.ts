// Sales stand on a control file.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Key = z.object({ key: z.string() });

export const read = job({ name: 'read-listed', input: Key, output: Key, timeout: '10s' });

export const control = goal({
  ...{ name: 'control-listed', outcome: 'The control file is in', owner: 'controllers', team: 'finance' },
  ...{ input: Key, output: Key, key: ['key'] },
  jobs: [read],
  criteria: { in: () => true },
  pursue: async ({ key }, { run }) => run(read, { key }),
});

export const sales = goal({
  ...{ name: 'sales-listed', outcome: 'Sales are checked', owner: 'sales', team: 'finance' },
  ...{ input: Key, output: Key, key: ['key'] },
  jobs: [read],
  needs: [control],
  criteria: { checked: () => true },
  async pursue({ key }, { run, achieve }) {
    await run(read, { key: `${key}-raw` });
    await achieve(control, { key });
    return run(read, { key });
  },
});

export default [control, sales];
