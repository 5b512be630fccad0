// Goals whose runs share hosts. Their jobs do what a script in their input says, attempt by attempt (jobs.ts).

import { goal, job, StepFailed } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()).default([]) });
const contract = {
  input: Script,
  output: z.object({ attempt: z.int() }),
  timeout: '30s',
  heartbeat: '2s',
  retry: { attempts: 3, delay: '10ms', backoff: 1, jitter: 0 },
} as const;

export const lightNote = job({ ...contract, name: 'light-note', quick: true });
export const lightJot = job({ ...contract, name: 'light-jot', inline: true });
/** The server times its retries. */
export const lightWrite = job({
  ...contract,
  name: 'light-write',
  quick: true,
  retry: { attempts: 3, delay: '2500ms', backoff: 1, jitter: 0 },
});
export const lightSlow = job({ ...contract, name: 'light-slow' });
const jobs = [lightNote, lightJot, lightWrite];
const byName = Object.fromEntries([...jobs, lightSlow].map((job) => [job.name, job]));

const Step = Script.extend({ job: z.enum(['light-note', 'light-jot', 'light-write', 'light-slow']) });

/** Steps one after the other, and what `ends` says at the end. */
const shared = {
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  jobs,
  input: z.object({
    key: z.string(),
    steps: z.array(Step),
    catches: z.boolean().default(false),
    atOnce: z.boolean().default(false),
    ends: z.enum(['well', 'unmet', 'throws', 'waits', 'sleeps']).default('well'),
  }),
  output: z.object({ attempts: z.array(z.int()) }),
} as const;

const pursued = {
  ...shared,
  criteria: {
    'it was well': (_: unknown, { ends }: { ends: string }) => ends !== 'unmet' || 'it was not',
  },
  async pursue(
    { steps, ends, catches, atOnce }: z.output<typeof shared.input>,
    {
      run,
      sleep,
    }: { run: (job: never, input: never) => Promise<unknown>; sleep: (ms: '10ms') => Promise<void> },
  ) {
    const attempt = async ({ job, script }: z.output<typeof Step>): Promise<number> => {
      try {
        const done = (await run(byName[job] as never, { script } as never)) as { attempt: number };
        return done.attempt;
      } catch (error) {
        if (!catches || !(error instanceof StepFailed)) throw error;
        return -1;
      }
    };
    const attempts: number[] = [];
    if (atOnce) attempts.push(...(await Promise.all(steps.map(attempt))));
    else for (const one of steps) attempts.push(await attempt(one));
    if (ends === 'throws') throw new TypeError('a bug');
    if (ends === 'waits') await new Promise(() => undefined);
    if (ends === 'sleeps') await sleep('10ms');
    return { attempts };
  },
};

const hosts = { light: { hosts: 2 } };
export const light = goal({
  ...{ ...pursued, ...hosts },
  ...{ name: 'light-one', outcome: 'It is noted', deadline: '1m' },
} as never);
export const lightFresh = goal({
  ...{ ...pursued, ...hosts },
  ...{ name: 'light-fresh', outcome: 'It is noted of late', fresh: '1d' },
} as never);
/** Declared by a worker that had not looked: one of its jobs is not quick. */
export const lightMixed = goal({
  ...{ ...pursued, jobs: [...jobs, lightSlow] },
  ...{ name: 'light-mixed', outcome: 'It is noted in time' },
} as never);

/** Needs light ones: each is asked for at its host. */
export const lightNeedy = goal({
  name: 'light-needy',
  outcome: 'What it needs is noted',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  needs: [light],
  input: z.object({ key: z.string(), of: z.array(z.looseObject({ key: z.string() })) }),
  output: z.object({ attempts: z.array(z.array(z.int())) }),
  criteria: { 'all is noted': () => true },
  async pursue({ of }, { achieve }) {
    const each: number[][] = [];
    for (const one of of)
      each.push(((await achieve(light, one as never)) as { attempts: number[] }).attempts);
    return { attempts: each };
  },
});

export default [lightNeedy, light, lightFresh, lightMixed];
