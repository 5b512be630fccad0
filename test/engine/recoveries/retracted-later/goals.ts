// The same goals a version later: the code of the report has changed.

import { goal } from 'goalkeeper';
import all, { report as before, make, sales } from '../retracted/goals.ts';

export const report = goal({
  ...{ name: before.name, outcome: before.outcome, owner: before.owner, team: before.team },
  ...{ input: sales.input, output: make.output, key: ['day'] },
  jobs: [make],
  needs: [sales],
  criteria: { there: () => true },
  async pursue({ day }, { run, achieve }) {
    await achieve(sales, { day });
    const { value } = await run(make, { label: 'report', day });
    return { value: `${value}, by later code` };
  },
});

export default [...all.filter(({ name }) => name !== before.name), report];
