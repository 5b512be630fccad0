// A goal that does many things beside one another: its input says which, branch by branch.

import { goal, job, pool } from 'goalkeeper';
import { z } from 'zod';
import { stamped } from '../needs/makers.ts';

const contract = {
  input: z.object({ n: z.int() }),
  output: z.object({ n: z.int() }),
  retry: { attempts: 3, delay: '10ms' },
} as const;
export const jobs = [
  job({ ...contract, name: 'mixed-inline', inline: true }),
  job({ ...contract, name: 'mixed-inline-too', inline: true }),
  job({ ...contract, name: 'mixed-quick', quick: true }),
  job({ ...contract, name: 'mixed-plain' }),
  job({ ...contract, name: 'mixed-pooled', pool: pool({ name: 'test-mixed', atOnce: 3 }) }),
  job({ ...contract, name: 'mixed-rated', pool: pool({ name: 'test-mixed-rated', perSecond: 100 }) }),
];
const jobNamed = (name: string) => jobs.find((one) => one.name === `mixed-${name}`) ?? jobs[0];

/** What a branch does: a job's name, or one of these. */
export const ACTS = [
  ...['inline', 'inline-too', 'quick', 'plain', 'pooled', 'rated'],
  ...['need', 'join', 'each', 'each-tolerant', 'map', 'show', 'sleep', 'fail'],
] as const;

export const mixed = goal({
  name: 'mixed',
  outcome: 'All branches were walked',
  owner: 'makers',
  team: 'makers',
  input: z.object({
    key: z.string(),
    /** Of stamps that are there already. */
    known: z.string(),
    branches: z.array(z.array(z.enum(ACTS))),
    /** Ends with the first branch. */
    races: z.boolean(),
  }),
  output: z.object({ walked: z.int() }),
  key: ['key'],
  criteria: { walked: () => true },
  jobs,
  needs: [stamped],
  async pursue({ key, known, branches, races }, { run, achieve, achieveEach, map, artifact, sleep }) {
    let walked = 0;
    const act = async (what: (typeof ACTS)[number], n: number): Promise<unknown> => {
      const stamp = (of: string, i: number) => ({ key: of, n: i, torn: [3] });
      switch (what) {
        case 'need':
          return achieve(stamped, stamp(key, 10 + n));
        case 'join':
          return achieve(stamped, stamp(known, 1));
        case 'each':
          return achieveEach(stamped, [stamp(known, 1), stamp(known, 2), stamp(key, 100 + n)]);
        case 'each-tolerant':
          return achieveEach(stamped, [stamp(known, 1), stamp(key, 3), stamp(known, 2)], {
            tolerate: { count: 1 },
          });
        case 'map':
          return map([{ n }, { n: n + 1 }, { n: n + 2 }], jobs[2] as (typeof jobs)[number]);
        case 'show':
          return artifact.markdown(`of ${n}`, 'shown');
        case 'sleep':
          return sleep('20ms');
        case 'fail':
          throw new Error('a branch failed');
        default:
          return run(jobNamed(what) as (typeof jobs)[number], { n });
      }
    };
    let n = 0;
    const walks = branches.map(async (branch) => {
      for (const what of branch) await act(what, n++);
      walked++;
    });
    if (races) await Promise.race(walks);
    else await Promise.all(walks);
    return { walked };
  },
});

export default [mixed, stamped];
