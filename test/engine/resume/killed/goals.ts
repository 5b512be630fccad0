import { goal } from 'goalkeeper';
import { Acts, act, Labels, shared } from '../goals.ts';

export const killed = goal({
  ...shared,
  name: 'resume-killed',
  outcome: 'One after the other',
  input: Acts,
  output: Labels,
  jobs: [act],
  criteria: { all: () => true },
  async pursue({ acts }, { run }) {
    const labels: string[] = [];
    for (const one of acts) labels.push((await run(act, one)).label);
    return { labels };
  },
});

export default [killed];
