import { expect, test } from 'vitest';
import { type PlanSource, resumePlan } from '../../../gateway/runs/resume-plan.ts';

const step = (path: string, state: string, more: object = {}) => {
  const name = path.split('#')[0] as string;
  return { path, kind: 'job', name, state, attempts: 1, ...more };
};

/** What goes on from a run whose steps have succeeded but the last; the goal has these jobs, and needs these goals. */
const planOf = (jobs: string[], needs: string[]) =>
  resumePlan({
    run: {
      ...{ id: 'order:7', execution: 'e1' },
      steps: [
        step('step-a#1', 'succeeded'),
        step('ship#1', 'succeeded'),
        step('stock#1', 'succeeded', { kind: 'goal', run: 'stock:7' }),
        step('bill#1', 'failed'),
      ],
    },
    errors: [],
    known: ['step-a', 'ship', 'map of load', 'gk-approval:sign-off'].map((job, n) => ({
      ...{ n, job, input: 'i', from: 'e1', result: { output: 1 } },
      step: job.includes(' ') ? null : `${job}#1`,
    })),
    resume: { seed: true, exclude: [], supply: [] },
    code: null,
    publication: { jobs: jobs.map((name) => ({ name })), needs },
  } as unknown as PlanSource);

const named = (steps: readonly { name: string }[]) => steps.map(({ name }) => name);

test('a plan keeps the results of jobs that the goal has now, and of goals that it needs now', () => {
  const plan = planOf(['step-a', 'ship', 'load', 'bill'], ['stock']);
  expect(named(plan.kept)).toEqual(['step-a', 'ship', 'map of load', 'sign-off', 'stock']);
  expect(plan.unused).toEqual([]);
});

test('a plan says which results nothing takes any more, and does not call them kept', () => {
  const plan = planOf(['charge-card', 'ship', 'bill'], []);
  expect(named(plan.kept)).toEqual(['ship', 'sign-off']);
  expect(plan.unused).toMatchObject([
    { step: 'step-a#1', kind: 'job', name: 'step-a', from: 'e1' },
    { step: null, name: 'map of load' },
    { step: 'stock#1', kind: 'goal', name: 'stock', from: 'stock:7' },
  ]);
  expect(named(plan.again)).toEqual(['bill']);
  expect(named(plan.repeats)).toEqual(['bill']);
});
