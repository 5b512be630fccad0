// A goal before its code was mended: the last step cannot succeed.

import { goal } from 'goalkeeper';
import { Acts, act, Labels, shared } from '../goals.ts';

export const before = goal({
  ...shared,
  name: 'resume-mended',
  outcome: 'All the acts',
  input: Acts,
  output: Labels,
  jobs: [act],
  criteria: { all: () => true },
  async pursue({ acts }, { run }) {
    const labels: string[] = [];
    for (const one of acts) labels.push((await run(act, one)).label);
    throw new TypeError(`a bug, after ${labels.join(', ')}`);
  },
});

export default [before];
