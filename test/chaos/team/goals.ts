// Goals of every kind, whose outcomes whoever triggers them can compute: each job does what its input says, and returns
// what can be known before. Attempts that a fault cuts short count as attempts, so that there are plenty of them.

import { event, every, goal, job } from 'goalkeeper';
import { z } from 'zod';

/** The first `fails` attempts throw; each takes `ms`. */
const Work = z.object({ value: z.int(), fails: z.int().default(0), ms: z.int().default(0) });
const Done = z.object({ value: z.int() });
const contract = { input: Work, output: Done, timeout: '60s' } as const;
const often = { attempts: 200, backoff: 1.5, maxDelay: '3s' } as const;

export const work = job({ ...contract, name: 'work', retry: { ...often, delay: '30ms' } });
/** Its retries are timed by the server. */
export const workSlowly = job({ ...contract, name: 'work-slowly', retry: { ...often, delay: '1100ms' } });
export const workInline = job({
  ...contract,
  name: 'work-inline',
  inline: true,
  retry: { ...often, delay: '30ms' },
});
export const workQuickly = job({
  ...contract,
  name: 'work-quickly',
  quick: true,
  retry: { ...often, delay: '30ms' },
});
export const refuse = job({ ...contract, name: 'refuse', retry: { ...often, delay: '30ms' } });
/** Of runs that share a workflow: the first errors heal there, and what is slow leaves it. */
export const refuseQuickly = job({
  ...contract,
  name: 'refuse-quickly',
  quick: true,
  retry: { ...often, delay: '30ms' },
});
export const workByProgram = job({
  ...contract,
  name: 'work-by-program',
  retry: { ...often, delay: '100ms' },
});
export const workUpstream = job({
  ...contract,
  name: 'work-upstream',
  timeout: '3s',
  retry: { ...often, delay: '300ms' },
});

const Input = z.object({ key: z.string(), work: z.array(Work).default([]) });
const shared = {
  ...{ owner: 'chaos', team: 'chaos', key: ['key'], input: Input, output: z.object({ sum: z.int() }) },
  criteria: { counted: ({ sum }: { sum: number }) => sum >= 0 },
};
const sumOf = (done: readonly { value: number }[]): { sum: number } => ({
  sum: done.reduce((sum, { value }) => sum + value, 0),
});

export const plain = goal({
  ...shared,
  name: 'chaos-plain',
  outcome: 'Each step is done',
  jobs: [work, workSlowly],
  async pursue({ work: steps }, { run }) {
    const done: { value: number }[] = [];
    for (const [i, step] of steps.entries()) done.push(await run(i % 3 === 1 ? workSlowly : work, step));
    return sumOf(done);
  },
});

export const parallel = goal({
  ...shared,
  name: 'chaos-parallel',
  outcome: 'All steps are done',
  jobs: [work],
  pursue: async ({ work: steps }, { run }) => sumOf(await Promise.all(steps.map((step) => run(work, step)))),
});

export const inline = goal({
  ...shared,
  name: 'chaos-inline',
  outcome: 'Each inline step is done',
  jobs: [workInline],
  async pursue({ work: steps }, { run }) {
    const done: { value: number }[] = [];
    for (const step of steps) done.push(await run(workInline, step));
    return sumOf(done);
  },
});

export const batched = goal({
  ...shared,
  name: 'chaos-batched',
  outcome: 'All quick steps are done',
  jobs: [workQuickly],
  pursue: async ({ work: steps }, { run }) =>
    sumOf(await Promise.all(steps.map((step) => run(workQuickly, step)))),
});

export const needed = goal({
  ...shared,
  name: 'chaos-needed',
  outcome: 'What two others need is there',
  jobs: [work],
  pursue: async ({ work: steps }, { run }) => sumOf(await Promise.all(steps.map((step) => run(work, step)))),
});

const needing = (name: string) =>
  goal({
    ...shared,
    name,
    outcome: 'It is made of what it needs',
    input: Input.extend({ needed: z.string() }),
    needs: [needed],
    async pursue({ needed: key, work: steps }, { achieve }) {
      const { sum } = await achieve(needed, { key, work: steps });
      return { sum: sum + 1 };
    },
  });
export const needs = needing('chaos-needs');
export const needsToo = needing('chaos-needs-too');

export const failing = goal({
  ...shared,
  name: 'chaos-failing',
  outcome: 'Never',
  jobs: [work, refuse],
  async pursue({ work: [first, ...rest] }, { run }) {
    if (first !== undefined) await run(work, first);
    return sumOf([await run(refuse, rest[0] ?? { value: 0 })]);
  },
});

export const approved = goal({
  ...shared,
  name: 'chaos-approved',
  outcome: 'Somebody has agreed to it',
  jobs: [work],
  async pursue({ work: steps }, { run, approve }) {
    await approve('agree');
    return sumOf(await Promise.all(steps.map((step) => run(work, step))));
  },
});

export const byProgram = goal({
  ...shared,
  name: 'chaos-by-program',
  outcome: 'A program has done it',
  jobs: [workByProgram],
  pursue: async ({ work: steps }, { run }) =>
    sumOf(await Promise.all(steps.map((step) => run(workByProgram, step)))),
});

export const upstream = goal({
  ...shared,
  name: 'chaos-upstream',
  outcome: 'The service upstream has done it',
  jobs: [workUpstream],
  pursue: async ({ work: steps }, { run }) =>
    sumOf(await Promise.all(steps.map((step) => run(workUpstream, step)))),
});

/** Its event tells the key and the value only. */
export const told = goal({
  ...shared,
  name: 'chaos-told',
  outcome: 'The event is dealt with',
  input: z.object({ key: z.string(), value: z.int(), ms: z.int() }),
  jobs: [work],
  on: [event('chaos.told', { input: { key: 'data.key', value: 'data.value', ms: 'data.ms' } })],
  pursue: async ({ value, ms }, { run }) => sumOf([await run(work, { value, ms })]),
});

/** Its runs share hosts. Its event tells the key and the value only. */
export const light = goal({
  ...shared,
  name: 'chaos-light',
  outcome: 'Each step of a small run is done',
  light: { hosts: 2 },
  jobs: [workQuickly, workInline],
  on: [event('chaos.light', { input: { key: 'data.key', work: 'data.work' } })],
  async pursue({ work: steps }, { run }) {
    const done: { value: number }[] = [];
    for (const [i, step] of steps.entries())
      done.push(await run(i % 2 === 0 ? workQuickly : workInline, step));
    return sumOf(done);
  },
});

export const lightFailing = goal({
  ...shared,
  name: 'chaos-light-failing',
  outcome: 'Never, though it is small',
  light: { hosts: 1 },
  jobs: [workQuickly, refuseQuickly],
  async pursue({ work: [first, ...rest] }, { run }) {
    if (first !== undefined) await run(workQuickly, first);
    return sumOf([await run(refuseQuickly, rest[0] ?? { value: 0 })]);
  },
});

export const SCHEDULE_MS = 5_000;

/** Each of its times has a run, whatever was down then. */
export const scheduled = goal({
  ...shared,
  name: 'chaos-scheduled',
  outcome: 'The time is dealt with',
  input: z.object({ key: z.string() }),
  jobs: [work],
  on: [
    every(`${SCHEDULE_MS / 1000}s`, {
      input: (at) => ({ key: at.toISOString() }),
      overlap: 'allowAll',
      catchUp: 'all',
    }),
  ],
  pursue: async (_, { run }) => sumOf([await run(work, { value: 5 })]),
});

export default [
  ...[plain, parallel, inline, batched, needed, needs, needsToo, failing, approved, byProgram],
  ...[upstream, told, scheduled, light, lightFailing],
];
