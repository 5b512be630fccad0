import { Dataset, goal, job } from 'goalkeeper';
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
export const read = job({
  name: 'read',
  input: z.looseObject({ uri: z.string() }),
  output: z.string(),
  quick: true,
  scale: { by: 'rows', per: 10 },
});

const shared = { owner: 'tests', team: 'tests', key: ['key'] };

/** A job, all items at once, and the job again; no more items are lost than it copes with. */
export const items = goal({
  ...shared,
  name: 'items',
  outcome: 'All items are done',
  input: z.object({
    key: z.string(),
    items: z.array(z.array(z.string())),
    job: z.enum(['act', 'note']).default('note'),
    cope: z.int().default(0),
    wholly: z.boolean().default(false),
  }),
  output: z.object({ done: z.int(), lost: z.int(), wholly: z.boolean() }),
  jobs: [act, note],
  criteria: { 'nothing is lost where it must not be': ({ lost, wholly }) => !wholly || lost === 0 },
  async pursue({ items, job, cope, wholly }, { run, map }) {
    await run(act, {});
    const given = items.map((script) => ({ script }));
    const { results, lost } = await map(given, job === 'act' ? act : note, { tolerate: { count: cope } });
    await run(act, {});
    return { done: results.length - lost.length, lost: lost.length, wholly };
  },
});

export const pieces = goal({
  ...shared,
  name: 'pieces',
  outcome: 'All pieces are read',
  input: z.object({ key: z.string(), dataset: Dataset }),
  output: z.object({ read: z.array(z.string()) }),
  jobs: [read],
  criteria: { done: () => true },
  async pursue({ dataset }, { map }) {
    return { read: await map(dataset, read) };
  },
});

export default [items, pieces];
