// A goal whose jobs are given secrets, and tell them wherever they can.

import { z } from 'zod';
import { goal, job, StepFailed } from 'goalkeeper';

const shared = {
  input: z.object({ held: z.string() }),
  output: z.object({ told: z.string() }),
  secrets: ['TEST_TOKEN', 'TEST_FILE_TOKEN'],
  heartbeat: '2s',
} as const;
const retry = { attempts: 6, delay: '20ms' } as const;

/** Throws them, in every form; then it is well. */
export const complain = job({ ...shared, name: 'complain', retry });
/** A program that writes them to stderr, holds until a file is gone, and fails. */
export const shout = job({ ...shared, name: 'shout', retry: { attempts: 1 } });
export const spill = job({ ...shared, name: 'spill', retry });
/** Returns what is no JSON, so that nobody can look for them in it. */
export const tangle = job({ ...shared, name: 'tangle', retry });
export const hoard = job({ ...shared, name: 'hoard', retry });
export const giveUp = job({ ...shared, name: 'give-up', retry });

export const confided = goal({
  name: 'confided',
  outcome: 'Nothing was told',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), held: z.string() }),
  output: z.object({ told: z.string() }),
  criteria: { done: () => true },
  jobs: [complain, shout, spill, tangle, hoard, giveUp],
  async pursue({ held }, { run }) {
    await run(complain, { held });
    for (const indiscreet of [shout, spill, tangle, hoard] as const)
      try {
        await run(indiscreet, { held });
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
      }
    return run(giveUp, { held });
  },
});

export default [confided];
