import { event, goal } from 'goalkeeper';
import { z } from 'zod';

const settled = event('history.settled', { match: { subject: 'key' } });

export const awaited = goal({
  name: 'history-awaited',
  outcome: 'The events came, or their time did',
  owner: 'ada',
  team: 'histories',
  input: z.object({
    key: z.string(),
    waits: z.int(),
    timeout: z.int(),
    goesOn: z.boolean(),
    fails: z.string(),
  }),
  output: z.array(z.string().nullable()),
  key: ['key'],
  deadline: '1h',
  waits: [settled],
  criteria: { ended: () => true },
  async pursue({ waits, timeout, goesOn, fails }, { waitFor, approve }) {
    const came: (string | null)[] = [];
    for (let i = 0; i < waits; i++) {
      const consequence = goesOn ? 'continue' : 'fail';
      came.push((await waitFor(settled, { timeout, consequence }))?.id ?? null);
    }
    if (fails !== '') await approve('go-on', { expires: { after: 200, consequence: 'reject' } });
    return came;
  },
});

export default [awaited];
