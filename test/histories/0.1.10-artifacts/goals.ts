// Goals of the recorded histories of runs that showed artifacts: from `pursue`, from a job that fails first, and from one inline.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const contract = {
  input: z.object({ fails: z.int() }),
  output: z.object({ attempt: z.int() }),
  timeout: '30s',
  retry: { attempts: 2, delay: '10ms', jitter: 0 },
} as const;

export const showing = job({ ...contract, name: 'history-showing' });
export const showingInline = job({ ...contract, name: 'history-showing-inline', inline: true });

export const shown = goal({
  name: 'history-shown',
  outcome: 'What was done shows',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), fails: z.int(), many: z.int() }),
  output: z.object({ attempt: z.int() }),
  jobs: [showing, showingInline],
  criteria: { done: () => true },
  async pursue({ fails, many }, { run, artifact }) {
    artifact.markdown('begins', `fails **${fails}** times`);
    const { attempt } = await run(showing, { fails });
    await run(showingInline, { fails: Math.min(fails, 1) });
    for (let n = 0; n < many; n++) artifact.link(`link ${n}`, 'https://example.com');
    artifact.table('ends', [{ attempt }]);
    return { attempt };
  },
});

export default [shown];
