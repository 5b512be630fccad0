import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Done = z.object({ attempt: z.int() });

export const act = job({
  name: 'act',
  input: z.object({ script: z.array(z.string()) }),
  output: Done,
  timeout: '30s',
  retry: { attempts: 4, delay: '10ms', backoff: 1, jitter: 0 },
});

const shared = { owner: 'tests', team: 'tests', output: Done, criteria: { done: () => true } };
const Day = z.object({ day: z.string(), region: z.string(), script: z.array(z.string()).default(['ok']) });
const made = { ...shared, input: Day, key: ['day'], jobs: [act] };

export const load = goal({
  ...made,
  name: 'load',
  outcome: 'The day is loaded',
  pursue: ({ script }, { run }) => run(act, { script }),
});
export const refresh = goal({
  ...made,
  name: 'refresh',
  outcome: 'The day is fresh',
  fresh: '1h',
  pursue: ({ script }, { run }) => run(act, { script }),
});

const needing = (name: string, needed: typeof load | typeof refresh) =>
  goal({
    ...shared,
    ...{ name, outcome: 'What it needs is there', input: Day, key: ['day', 'region'] },
    ...{ jobs: [act], needs: [needed] },
    async pursue(input, { run, achieve }) {
      await run(act, { script: ['ok'] });
      const made = await achieve(needed, input);
      await run(act, { script: ['ok'] });
      return made;
    },
  });
export const needy = needing('needy', load);
export const needyOfFresh = needing('needy-of-fresh', refresh);

export default [load, refresh, needy, needyOfFresh];
