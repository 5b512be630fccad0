// Goals whose jobs meet an outage that a test begins and ends: a gate is a file that says `up`, or what is wrong.

import { type Duration, goal, type JobDeclaration, job, measured } from 'goalkeeper';
import { z } from 'zod';

const Gate = z.object({ gate: z.string() });
const Passed = z.object({ attempt: z.int() });
type Policy = Pick<JobDeclaration<typeof Gate, typeof Passed>, 'retry' | 'persists' | 'timeout'>;

const passing = (name: string, policy: Policy) =>
  job({ name, input: Gate, output: Passed, heartbeat: '2s', ...policy });

/** Its retries are timed by the server. */
export const pass = passing('pass', {
  retry: { attempts: 1000, delay: '1100ms', backoff: 1, jitter: 0 },
  persists: { attempts: 2 },
});
export const passQuickly = passing('pass-quickly', {
  retry: { attempts: 1000, delay: '50ms', backoff: 1 },
  persists: { attempts: 3 },
});
/** Its errors persist only when they put the run at risk. */
export const passPatiently = passing('pass-patiently', {
  retry: { attempts: 1000, delay: '200ms', backoff: 1 },
  persists: { attempts: 1000 },
});
export const passTwice = passing('pass-twice', { retry: { attempts: 2, delay: '20ms' } });
/** Its next attempt is half an hour away. */
export const passRarely = passing('pass-rarely', {
  retry: { attempts: 10, delay: '30m', maxDelay: '30m', jitter: 0 },
});
/** Fails at a gate that is not up, then waits before it. */
export const hold = passing('hold', {
  timeout: '1h',
  retry: { attempts: 10, delay: '20ms', backoff: 1 },
  persists: { after: '1s' },
});

const shared = {
  owner: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), gate: z.string(), next: z.string().optional() }),
  output: z.object({ attempts: z.array(z.int()) }),
  criteria: { passed: () => true },
};

const through = (name: string, team: string, first: ReturnType<typeof passing>, times: Times = {}) =>
  goal({
    ...shared,
    ...times,
    name,
    team,
    outcome: 'Every gate was passed',
    jobs: [first, hold],
    async pursue({ gate, next }, { run }) {
      const attempts = [(await run(first, { gate })).attempt];
      if (next !== undefined) attempts.push((await run(hold, { gate: next })).attempt);
      return { attempts };
    },
  });

interface Times {
  usual?: Duration;
  expected?: Duration;
  deadline?: Duration;
}

export const passed = through('gate-passed', 'gates', pass);
export const passedQuickly = through('gate-passed-quickly', 'gates', passQuickly);
export const passedOrNot = through('gate-passed-or-not', 'others', passTwice);
export const held = through('gate-held', 'gates', hold);
export const rarely = through('gate-rarely', 'gates', passRarely, { deadline: '1h' });
export const rarelyAndLong = through('gate-rarely-and-long', 'gates', passRarely, {
  deadline: '1h',
  usual: '50m',
});
export const rarelyAndShort = through('gate-rarely-and-short', 'gates', passRarely, {
  deadline: '1h',
  usual: '5m',
});
export const expectedSoon = through('gate-expected-soon', 'gates', hold, { expected: '1s' });
export const expectedLater = through('gate-expected-later', 'gates', hold, { expected: '1h' });

/** Eight seconds of errors are one too many. */
export const closelyCut = through('gate-closely-cut', 'gates', pass, { deadline: '1h', usual: '3592s' });
export const patientlyCut = through('gate-patiently-cut', 'gates', passPatiently, {
  deadline: '1h',
  usual: '3598s',
});
export const overslept = goal({
  ...shared,
  name: 'gate-overslept',
  team: 'gates',
  outcome: 'It slept, and longer than was expected',
  expected: '500ms',
  async pursue(_, { sleep }) {
    await sleep('3s');
    return { attempts: [] };
  },
});

/** Needs no gate. */
export const counted = goal({
  ...shared,
  name: 'gate-counted',
  outcome: 'The rows are counted',
  team: 'gates',
  input: z.object({ key: z.string(), rows: z.int() }),
  output: z.object({ rows: z.int() }),
  criteria: {
    counted: () => true,
    'enough rows': { severity: 'warn', judge: ({ rows }) => measured(rows, { atLeast: 10, unit: 'rows' }) },
  },
  pursue: async ({ rows }) => ({ rows }),
});

export default [
  counted,
  passed,
  passedQuickly,
  passedOrNot,
  held,
  rarely,
  rarelyAndLong,
  rarelyAndShort,
  expectedSoon,
  expectedLater,
  closelyCut,
  patientlyCut,
  overslept,
];
