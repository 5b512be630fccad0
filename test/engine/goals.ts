// Goals for tests of the engine. Their jobs do what a script in their input says, attempt by attempt: `ok`, `fail`,
// `fail:<code>`, `permanent:<code>`, `hang`, `bad-output`, `later:<seconds>`, `clean-up:<ms>` (once told to stop).

import { goal, job, measured, StepFailed } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()), label: z.string().optional() });
const Done = z.object({ attempt: z.int() });

export const act = job({
  name: 'act',
  input: Script,
  output: Done,
  timeout: '1s',
  retry: { attempts: 4, delay: '20ms', backoff: 1, permanent: ['gone'] },
});

/** Its retries are timed by the server. */
export const actSlowly = job({
  name: 'act-slowly',
  input: Script,
  output: Done,
  timeout: '30s',
  heartbeat: '2s',
  retry: { attempts: 10, delay: '1100ms', backoff: 1, jitter: 0 },
});

/** Its retries are timed by the worker, and an attempt may take long. */
export const actSteadily = job({
  name: 'act-steadily',
  input: Script,
  output: Done,
  timeout: '30s',
  heartbeat: '2s',
  retry: { attempts: 10, delay: '20ms', backoff: 1 },
  persists: { attempts: 3 },
});

/** Its next attempt is an hour away. */
export const actRarely = job({
  name: 'act-rarely',
  input: Script,
  output: Done,
  retry: { attempts: 10, delay: '1h', maxDelay: '2h', jitter: 0 },
});

/** Runs on a worker of its own, so that a test can take that worker away. */
export const actElsewhere = job({
  name: 'act-elsewhere',
  input: Script,
  output: Done,
  heartbeat: '2s',
  queue: 'test-elsewhere',
  retry: { attempts: 10, delay: '1500ms', backoff: 1, jitter: 0 },
});

const shared = { owner: 'tests', team: 'tests', key: ['key'] };
const Steps = z.object({ key: z.string(), steps: z.array(Script) });
const Attempts = z.object({ attempts: z.array(z.int()) });

export const inSequence = goal({
  ...shared,
  name: 'in-sequence',
  outcome: 'Every step was walked',
  input: Steps,
  output: Attempts,
  jobs: [act, actSlowly, actSteadily],
  criteria: { 'every step succeeded': (o, i) => o.attempts.length === i.steps.length },
  async pursue({ steps }, { run }) {
    const attempts: number[] = [];
    for (const step of steps) {
      const job = { slowly: actSlowly, steadily: actSteadily }[step.label ?? ''] ?? act;
      attempts.push((await run(job, step)).attempt);
    }
    return { attempts };
  },
});

export const inParallel = goal({
  ...shared,
  name: 'in-parallel',
  outcome: 'Every branch was walked',
  input: Steps,
  output: Attempts,
  jobs: [act, actRarely],
  criteria: { 'every branch succeeded': (o, i) => o.attempts.length === i.steps.length },
  async pursue({ steps }, { run }) {
    const done = await Promise.all(steps.map((step) => run(step.label === 'rarely' ? actRarely : act, step)));
    return { attempts: done.map(({ attempt }) => attempt) };
  },
});

export const withFallback = goal({
  ...shared,
  name: 'with-fallback',
  outcome: 'One of two ways was walked',
  input: z.object({ key: z.string(), first: Script, second: Script }),
  output: z.object({ way: z.enum(['first', 'second']), code: z.string().nullable() }),
  jobs: [act],
  criteria: { 'a way was found': () => true },
  async pursue({ first, second }, { run }) {
    try {
      await run(act, first);
      return { way: 'first', code: null };
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      await run(act, second);
      return { way: 'second', code: error.code };
    }
  },
});

export const judged = goal({
  ...shared,
  name: 'judged',
  outcome: 'The numbers agree',
  input: z.object({ key: z.string(), rows: z.int(), drift: z.number() }),
  output: z.object({ rows: z.int(), drift: z.number() }),
  criteria: {
    'rows arrived': (o) => o.rows > 0,
    'agrees with the ledger': (o) => Math.abs(o.drift) < 0.01 || `the drift is ${o.drift}`,
    'is no trap': (o) => {
      if (o.rows === 666) throw new RangeError('trapped');
      return true;
    },
  },
  async pursue({ rows, drift }) {
    return { rows, drift };
  },
});

export const measures = goal({
  ...shared,
  name: 'measures',
  outcome: 'As many rows as ever',
  input: z.object({ key: z.string(), rows: z.int() }),
  output: z.object({ rows: z.int() }),
  criteria: {
    'as many as ever': ({ rows }) =>
      measured(rows, { unit: 'rows', within: { factor: 2, of: 'median', last: 3 } }),
    'is even': { severity: 'warn', judge: ({ rows }) => rows % 2 === 0 || `${rows} is odd` },
  },
  pursue: async ({ rows }) => ({ rows }),
});

export const withDeadline = goal({
  ...shared,
  name: 'with-deadline',
  outcome: 'Done in time',
  deadline: '3s',
  input: Steps,
  output: Attempts,
  jobs: [act, actElsewhere, actRarely, actSlowly],
  criteria: { done: () => true },
  async pursue({ steps }, { run, sleep }) {
    const attempts: number[] = [];
    for (const step of steps) {
      if (step.label === 'sleep') await sleep('1h');
      else {
        const job =
          { elsewhere: actElsewhere, rarely: actRarely, slowly: actSlowly }[step.label ?? ''] ?? act;
        attempts.push((await run(job, step)).attempt);
      }
    }
    return { attempts };
  },
});

export const buggy = goal({
  ...shared,
  name: 'buggy',
  outcome: 'Never',
  input: z.object({
    key: z.string(),
    bug: z.enum(['throw', 'rethrow', 'output', 'undeclared', 'wrapped', 'bad-job-input', 'fetch']),
  }),
  output: z.object({ fine: z.literal(true) }),
  jobs: [act],
  criteria: { fine: (o) => o.fine },
  async pursue({ bug }, { run }) {
    if (bug === 'throw') throw new TypeError("Cannot read properties of undefined (reading 'rows')");
    if (bug === 'fetch') await fetch('https://erp.example/');
    if (bug === 'output') return { fine: false } as never;
    if (bug === 'undeclared') await run(actSlowly as unknown as typeof act, { script: ['ok'] });
    if (bug === 'bad-job-input') await run(act, { script: 'ok' } as never);
    try {
      await run(act, { script: ['permanent:bad_disk'] });
    } catch (error) {
      if (bug === 'wrapped') throw new Error('it went wrong', { cause: error });
      throw new Error(`it went wrong: ${(error as Error).message}`);
    }
    return { fine: true };
  },
});

export const needy = goal({
  ...shared,
  name: 'needy',
  outcome: 'What it needs is there',
  input: Steps,
  output: z.object({ own: z.int(), needed: z.array(z.int()) }),
  jobs: [act],
  needs: [inSequence],
  criteria: { there: () => true },
  async pursue({ key, steps }, { run, achieve }) {
    const needed = await achieve(inSequence, { key, steps });
    const own = await run(act, { script: ['ok'] });
    return { own: own.attempt, needed: needed.attempts };
  },
});

/** One day's run makes up for all before it. */
export const anyDay = goal({
  ...shared,
  name: 'any-day',
  outcome: 'The numbers are there',
  heals: 'any',
  input: z.object({ key: z.string(), rows: z.int() }),
  output: z.object({ rows: z.int() }),
  criteria: { 'rows came': ({ rows }) => rows > 0 || 'none came' },
  async pursue({ rows }) {
    return { rows };
  },
});

export default [inSequence, inParallel, withFallback, judged, measures, withDeadline, buggy, needy, anyDay];
