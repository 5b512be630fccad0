// A goal that does an inline job beside a map over what it needs, and goes on after each.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';
import { stamped } from './makers.ts';

const contract = { input: z.object({}), output: z.null() };
export const say = job({ ...contract, name: 'beside-say', inline: true });
export const afterSaying = job({ ...contract, name: 'beside-after-saying' });

export const beside = goal({
  name: 'needs-beside',
  outcome: 'It is said, and stamped',
  owner: 'makers',
  team: 'makers',
  input: z.object({ key: z.string() }),
  output: z.null(),
  key: ['key'],
  criteria: { said: () => true },
  jobs: [say, afterSaying],
  needs: [stamped],
  async pursue({ key }, { run, achieveEach }) {
    await Promise.all([
      run(say, {}).then(() => run(afterSaying, {})),
      achieveEach(stamped, [{ key, n: 1, torn: [] }]),
    ]);
    return null;
  },
});

export default [beside, stamped];
