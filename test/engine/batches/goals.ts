// Goals whose calls travel together. Their jobs do what a script in their input says, attempt by attempt: `ok`, `fail`,
// `wait:<ms>`, `permanent` or `permanent:<step> <attempt>` (once that attempt has begun), `hang`, `big:<bytes>`, `crash`
// (takes the worker down).

import { goal, job, StepFailed } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()).default([]), label: z.string().optional() });
const Done = z.object({ attempt: z.int(), padding: z.string().optional() });
const contract = {
  input: Script,
  output: Done,
  timeout: '30s',
  // An output of 53 MB keeps a worker from telling that it lives for seconds, on a busy machine.
  heartbeat: '6s',
  retry: { attempts: 5, delay: '10ms', backoff: 1, jitter: 0 },
} as const;

export const note = job({ ...contract, name: 'note', quick: true, persists: { attempts: 3 } });
export const jot = job({ ...contract, name: 'jot', inline: true });
export const mark = job({ ...contract, name: 'mark', inline: true });
export const write = job({ ...contract, name: 'write' });
/** Its retries are timed by the server, or by its run. */
export const noteRarely = job({
  ...contract,
  name: 'note-rarely',
  quick: true,
  retry: { attempts: 3, delay: '1200ms', backoff: 1, jitter: 0 },
});
const jobs = [note, jot, mark, write, noteRarely];
const byName = Object.fromEntries(jobs.map((job) => [job.name, job]));

const shared = { owner: 'tests', team: 'tests', key: ['key'], jobs, criteria: { done: () => true } };
const Call = Script.extend({
  job: z.enum(['note', 'jot', 'mark', 'write', 'note-rarely']),
  attempts: z.int().optional(),
  timeout: z.string().optional(),
});
type Call = z.output<typeof Call>;
const Calls = z.array(Call);
const Ends = z.array(z.union([z.int(), z.string()]));

/** Each call's attempt that succeeded, or the code of its failure. */
const making =
  (run: (job: typeof note, input: z.input<typeof Script>, options: object) => Promise<{ attempt: number }>) =>
  async ({ job, script, label, ...options }: Call): Promise<number | string> => {
    try {
      return (await run(byName[job] as typeof note, { script, label }, options)).attempt;
    } catch (error) {
      if (error instanceof StepFailed) return error.code;
      throw error;
    }
  };

/** All calls at once. */
export const fan = goal({
  ...shared,
  name: 'fan',
  outcome: 'All is noted',
  input: z.object({ key: z.string(), calls: Calls, strict: z.boolean().default(false) }),
  output: z.object({ ends: Ends }),
  async pursue({ calls, strict }, { run }) {
    const ends = await Promise.all(calls.map(making(run)));
    if (strict && ends.some((end) => typeof end === 'string')) throw new Error('not all is noted');
    return { ends };
  },
});

/** So many trivial calls at once, which the input need not carry. */
export const many = goal({
  ...shared,
  name: 'many',
  outcome: 'A lot is noted',
  input: z.object({ key: z.string(), count: z.int(), bytes: z.int().default(0) }),
  output: z.object({ count: z.int() }),
  async pursue({ count, bytes }, { run }) {
    const label = 'x'.repeat(bytes);
    const done = await Promise.all(Array.from({ length: count }, () => run(note, { label })));
    return { count: done.length };
  },
});

/** Rows of calls, each row one call after the other, and all rows at once. */
export const rows = goal({
  ...shared,
  name: 'rows',
  outcome: 'All rows are noted',
  input: z.object({ key: z.string(), rows: z.array(Calls) }),
  output: z.object({ ends: z.array(Ends) }),
  async pursue({ rows }, { run }) {
    const make = making(run);
    const ends = await Promise.all(
      rows.map(async (row) => {
        const ends: (number | string)[] = [];
        for (const call of row) ends.push(await make(call));
        return ends;
      }),
    );
    return { ends };
  },
});

/** All at once, and the first failure ends it. */
export const fanStrictly = goal({
  ...shared,
  name: 'fan-strictly',
  outcome: 'All is noted, without fail',
  input: z.object({ key: z.string(), calls: Calls }),
  output: z.object({ count: z.int() }),
  async pursue({ calls }, { run }) {
    const done = await Promise.all(
      calls.map(({ job, script, label }) => run(byName[job] as typeof note, { script, label })),
    );
    return { count: done.length };
  },
});

export default [fan, many, rows, fanStrictly];
