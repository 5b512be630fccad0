// Goals for tests of going on from a failure. Their jobs do what the script in their input says: see jobs.ts.

import { goal, job, StepFailed } from 'goalkeeper';
import { z } from 'zod';

export const Act = z.object({ label: z.string(), script: z.string() });
export const Done = z.object({ label: z.string(), padding: z.string().optional() });

export const act = job({
  name: 'act',
  input: Act,
  output: Done,
  heartbeat: '2s',
  timeout: '30s',
  retry: { attempts: 5, delay: '20ms', backoff: 1 },
});

export const shared = { owner: 'tests', team: 'tests', key: ['key'] };
export const Acts = z.object({ key: z.string(), acts: z.array(Act) });
export const Labels = z.object({ labels: z.array(z.string()) });

export const line = goal({
  ...shared,
  name: 'resume-line',
  outcome: 'One after the other',
  input: Acts,
  output: Labels,
  jobs: [act],
  criteria: { all: (o, i) => o.labels.length === i.acts.length },
  async pursue({ acts }, { run }) {
    const labels: string[] = [];
    for (const one of acts) labels.push((await run(act, one)).label);
    return { labels };
  },
});

export const fan = goal({
  ...shared,
  name: 'resume-fan',
  outcome: 'All at once',
  input: Acts,
  output: Labels,
  jobs: [act],
  criteria: { all: (o, i) => o.labels.length === i.acts.length },
  async pursue({ acts }, { run }) {
    const done = await Promise.all(acts.map((one) => run(act, one)));
    return { labels: done.map(({ label }) => label) };
  },
});

export const needy = goal({
  ...shared,
  name: 'resume-needy',
  outcome: 'What it needs is there',
  input: z.object({ key: z.string(), one: z.array(Act), other: z.array(Act), own: Act }),
  output: Labels,
  jobs: [act],
  needs: [line, fan],
  criteria: { all: () => true },
  async pursue({ key, one, other, own }, { run, achieve }) {
    const mine = await run(act, own);
    const [first, second] = await Promise.allSettled([
      achieve(line, { key: `${key}-one`, acts: one }),
      achieve(fan, { key: `${key}-other`, acts: other }),
    ]);
    if (first.status === 'rejected') throw first.reason;
    if (second.status === 'rejected') throw second.reason;
    return { labels: [mine.label, ...first.value.labels, ...second.value.labels] };
  },
});

/** Copes with what fails, so that its second way is a step too. */
export const twoWays = goal({
  ...shared,
  name: 'resume-two-ways',
  outcome: 'One of two ways, and the end',
  input: z.object({ key: z.string(), first: Act, second: Act, last: Act }),
  output: Labels,
  jobs: [act],
  criteria: { all: () => true },
  async pursue({ first, second, last }, { run }) {
    const labels: string[] = [];
    try {
      labels.push((await run(act, first)).label);
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      labels.push((await run(act, second)).label);
    }
    return { labels: [...labels, (await run(act, last)).label] };
  },
});

export const timed = goal({
  ...shared,
  name: 'resume-timed',
  outcome: 'One after the other, in time',
  deadline: '3s',
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

export default [line, fan, needy, twoWays, timed];
