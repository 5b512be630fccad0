// Goals whose jobs are TypeScript functions: well and badly behaved, in the worker and isolated, short and long-lived.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Act = z.object({ act: z.string() });
const shared = { owner: 'tests', team: 'tests', key: ['key'], criteria: { done: () => true } };
const acting = {
  input: Act,
  output: z.unknown(),
  timeout: '30s',
  retry: { attempts: 1 },
} as const;

export const actHere = job({ ...acting, name: 'act-here' });
export const actInProcess = job({ ...acting, name: 'act-in-process' });
export const actInThread = job({ ...acting, name: 'act-in-thread' });
/** Its timeout is far away. */
export const actForLong = job({
  ...acting,
  name: 'act-for-long',
  timeout: '10m',
  heartbeat: '2s',
  retry: {},
});

/** These two share one isolate; their retries are timed by the server, so it leaves an attempt little time to wait. */
export const actAlone = job({ ...acting, name: 'act-alone', timeout: '1s', retry: { delay: '2s' } });
export const actAloneForLong = job({ ...acting, name: 'act-alone-for-long', timeout: '1m' });

/** The longest that the worker's event loop has been held up since it was felt last, in milliseconds. */
export const feelLag = job({ name: 'feel-lag', input: z.object({}), output: z.object({ ms: z.number() }) });

const jobs = { here: actHere, process: actInProcess, thread: actInThread, long: actForLong };
const alone = { short: actAlone, long: actAloneForLong };

export const misbehave = goal({
  ...shared,
  name: 'misbehave',
  outcome: 'It was tried',
  input: z.object({ key: z.string(), act: z.string(), where: z.enum(['here', 'process', 'thread', 'long']) }),
  output: z.object({ done: z.unknown() }),
  jobs: Object.values(jobs),
  pursue: async ({ act, where }, { run }) => {
    const isEndless = act === 'busy' && where !== 'long';
    return { done: await run(jobs[where], { act }, isEndless ? { timeout: '8s' } : {}) };
  },
});

export const takeTurns = goal({
  ...shared,
  name: 'take-turns',
  outcome: 'Each had its turn',
  input: z.object({ key: z.string(), act: z.string(), how: z.enum(['short', 'long']) }),
  output: z.object({ done: z.unknown() }),
  jobs: Object.values(alone),
  pursue: async ({ act, how }, { run }) => ({ done: await run(alone[how], { act }) }),
});

export const innocent = goal({
  ...shared,
  name: 'innocent',
  outcome: 'Nobody was in the way',
  input: z.object({ key: z.string() }),
  output: z.object({ ms: z.number() }),
  jobs: [feelLag],
  pursue: (_input, { run }) => run(feelLag, {}),
});

/** Counts to `to`, and does on its way what each attempt's line of the script says, such as `fail@3`. */
export const count = job({
  name: 'count',
  input: z.object({ to: z.int(), script: z.array(z.string()) }),
  output: z.object({ n: z.int() }),
  timeout: '30s',
  heartbeat: '2s',
  retry: { attempts: 10, delay: '20ms', backoff: 1 },
});

export const counted = goal({
  ...shared,
  name: 'counted',
  outcome: 'Everything was counted, twice',
  input: z.object({ key: z.string(), to: z.int(), script: z.array(z.string()) }),
  output: z.object({ n: z.array(z.int()) }),
  jobs: [count],
  pursue: async ({ to, script }, { run }) => {
    const first = await run(count, { to, script });
    const second = await run(count, { to: 1, script: [] });
    return { n: [first.n, second.n] };
  },
});

/** Adds up the numbers of a file that grows, until it says `end`: for as long as a month. */
export const follow = job({
  name: 'follow',
  input: z.object({ file: z.string() }),
  output: z.object({ lines: z.int(), sum: z.int() }),
  timeout: '30d',
  heartbeat: '2s',
  retry: { attempts: 1000, delay: '100ms', maxDelay: '1m' },
});

export const followed = goal({
  ...shared,
  name: 'followed',
  outcome: 'The stream was read to its end, each line once',
  input: z.object({ key: z.string(), file: z.string() }),
  output: z.object({ lines: z.int(), sum: z.int() }),
  jobs: [follow],
  pursue: ({ file }, { run }) => run(follow, { file }),
});

/** Tells its progress as `what` says, then waits for the file `until`. */
export const tell = job({
  name: 'tell',
  input: z.object({ what: z.enum(['a-million', 'garbage', 'nothing', 'a-secret']), until: z.string() }),
  output: z.object({ perCallNs: z.number() }),
  heartbeat: '1s',
});

export const told = goal({
  ...shared,
  name: 'told',
  outcome: 'Everybody knows how far it is',
  input: z.object({ key: z.string(), what: tell.input.shape.what, until: z.string() }),
  output: z.object({ perCallNs: z.number() }),
  jobs: [tell],
  pursue: ({ what, until }, { run }) => run(tell, { what, until }),
});

export default [misbehave, takeTurns, innocent, counted, followed, told];
