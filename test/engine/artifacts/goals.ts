// A goal that shows something in every way: from a job that fails first, a program in Python, a quick call, one that runs inline,
// items of a map, and `pursue` itself.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const contract = {
  input: z.object({ n: z.int() }),
  output: z.object({ n: z.int() }),
  timeout: '30s',
  heartbeat: '5s',
  retry: { attempts: 3, delay: '10ms', jitter: 0 },
} as const;

export const report = job({ ...contract, name: 'artifacts-report' });
export const program = job({ ...contract, name: 'artifacts-program' });
export const quick = job({ ...contract, name: 'artifacts-quick', quick: true });
export const inline = job({ ...contract, name: 'artifacts-inline', inline: true });
export const item = job({ ...contract, name: 'artifacts-item' });

export const shown = goal({
  name: 'artifacts-shown',
  outcome: 'Everything shows what it did',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), many: z.int().default(0) }),
  output: z.object({ n: z.int() }),
  jobs: [report, program, quick, inline, item],
  criteria: { done: () => true },
  async pursue({ many }, { run, map, artifact }) {
    artifact.markdown('begins', 'password: hunter22');
    const { n } = await run(report, { n: 1 });
    await run(program, { n });
    await Promise.all([run(quick, { n }), run(quick, { n: 2 })]);
    await run(inline, { n });
    await map([{ n: 1 }, { n: 2 }], item, { atOnce: 2 });
    for (let i = 0; i < many; i++) artifact.link(`link ${i}`, 'https://example.com');
    artifact.table('ends', [{ n }]);
    return { n };
  },
});

export default [shown];
