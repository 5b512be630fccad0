// The same goal, mended: in another order, all at once, with a step more, and one that has another input.

import { goal } from 'goalkeeper';
import { Acts, act, Labels, shared } from '../goals.ts';

export const after = goal({
  ...shared,
  name: 'resume-mended',
  outcome: 'All the acts',
  input: Acts,
  output: Labels,
  jobs: [act],
  criteria: { all: () => true },
  async pursue({ acts }, { run }) {
    const first = await run(act, { label: 'added', script: 'ok' });
    const others = acts
      .toReversed()
      .map((one) => (one.label === 'changed' ? { ...one, label: 'changed-since' } : one));
    const done = await Promise.all(others.map((one) => run(act, one)));
    return { labels: [first, ...done].map(({ label }) => label) };
  },
});

export default [after];
