import { goal, job, StepFailed } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()).default([]) });
const Done = z.object({ attempt: z.int() });
const contract = {
  input: Script,
  output: Done,
  timeout: '5s',
  retry: { attempts: 5, delay: '10ms', backoff: 1, jitter: 0 },
} as const;

export const act = job({ ...contract, name: 'act' });
export const note = job({ ...contract, name: 'note', quick: true });
export const jot = job({ ...contract, name: 'jot', inline: true });
export const mark = job({ ...contract, name: 'mark', inline: true });
export const noteRarely = job({
  ...contract,
  name: 'note-rarely',
  quick: true,
  retry: { attempts: 3, delay: '1100ms', backoff: 1, jitter: 0 },
});
const jobs = [act, note, jot, mark, noteRarely];

/** Rows of calls, each row one call after the other, and all rows at once. */
export const rows = goal({
  name: 'rows',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  outcome: 'All rows are noted',
  input: z.object({
    key: z.string(),
    rows: z.array(z.array(z.tuple([z.string()], z.string()))),
    strict: z.boolean().default(false),
  }),
  output: z.object({ ends: z.array(z.array(z.union([z.int(), z.string()]))) }),
  jobs,
  criteria: { done: () => true },
  async pursue({ rows, strict }, { run }) {
    const call = async ([name, ...script]: [string, ...string[]]): Promise<number | string> => {
      const job = jobs.find((job) => job.name === name) as typeof note;
      try {
        return (await run(job, { script })).attempt;
      } catch (error) {
        if (strict || !(error instanceof StepFailed)) throw error;
        return error.code;
      }
    };
    const ends = await Promise.all(
      rows.map(async (row) => {
        const ends: (number | string)[] = [];
        for (const one of row) ends.push(await call(one));
        return ends;
      }),
    );
    return { ends };
  },
});

export default [rows];
