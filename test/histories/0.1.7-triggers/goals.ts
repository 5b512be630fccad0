import { achieved, dateIn, event, every, goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';

const Done = z.object({ attempt: z.int() });

export const act = job({
  name: 'act',
  input: z.object({ script: z.array(z.string()) }),
  output: Done,
  timeout: '30s',
  retry: { attempts: 4, delay: '10ms', backoff: 1, jitter: 0 },
});
export const look = job({ name: 'look', input: z.object({ day: z.string() }), output: Done.nullable() });

const shared = { owner: 'tests', team: 'tests', output: Done, jobs: [act], criteria: { done: () => true } };
const Day = z.object({ day: z.string(), script: z.array(z.string()).default(['ok']) });

/** Pursued by the clock, by people, and for the goal that needs it. */
export const load = goal({
  ...shared,
  name: 'load',
  outcome: 'The day is loaded',
  input: Day,
  key: ['day'],
  fresh: '1h',
  on: [schedule('0 5 * * *', { input: (at) => ({ day: dateIn(at, 'UTC') }) })],
  pursue: ({ script }, { run }) => run(act, { script }),
});

export const ticked = goal({
  ...shared,
  name: 'ticked',
  outcome: 'The second is noted',
  input: Day,
  key: ['day'],
  on: [every('2s', { input: (at) => ({ day: at.toISOString() }), jitter: '100ms' })],
  pursue: ({ script }, { run }) => run(act, { script }),
});

export const landed = goal({
  ...shared,
  name: 'landed',
  outcome: 'The files are loaded',
  input: z.object({ batch: z.string(), items: z.array(z.object({ file: z.string() })) }),
  key: ['batch'],
  on: [event('recorded.landed', { input: { file: 'data.file' }, batch: { size: 3, after: '1h' } })],
  pursue: (_, { run }) => run(act, { script: ['fail', 'ok'] }),
});

export const summed = goal({
  ...shared,
  name: 'summed',
  outcome: 'The day is summed up',
  input: Day,
  key: ['day'],
  on: [achieved(load, { input: { day: 'input.day' } })],
  pursue: (_, { run }) => run(act, { script: ['ok'] }),
});

export const kept = goal({
  ...shared,
  name: 'kept',
  outcome: 'It is no older than six seconds',
  input: Day,
  key: ['day'],
  standing: { fresh: '6s', lead: '3s', input: { day: 'now' } },
  pursue: (_, { run }) => run(act, { script: ['ok'] }),
});

export const looked = goal({
  ...shared,
  name: 'looked',
  outcome: 'The day is there',
  input: Day,
  key: ['day'],
  already: { job: look, input: ({ day }) => ({ day }) },
  pursue: ({ script }, { run }) => run(act, { script }),
});

/** Needs one day that somebody else is loading, and one that nobody is. */
export const needy = goal({
  ...shared,
  name: 'needy',
  outcome: 'Both days are loaded',
  input: z.object({ day: z.string(), days: z.array(Day) }),
  key: ['day'],
  needs: [load],
  async pursue({ days }, { achieve }) {
    const loaded = await Promise.all(days.map((day) => achieve(load, day)));
    return { attempt: loaded.length };
  },
});

/** Held between its steps. */
export const stepwise = goal({
  ...shared,
  name: 'stepwise',
  outcome: 'Both steps are done',
  input: Day,
  key: ['day'],
  async pursue({ script }, { run }) {
    await run(act, { script });
    return run(act, { script: ['fail', 'ok'] });
  },
});

export default [load, ticked, landed, summed, kept, looked, needy, stepwise];
