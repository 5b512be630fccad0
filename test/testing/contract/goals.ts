// Goals whose path is their input: a plan, which a generator makes of a seed (scenarios.ts).

import { goal, job, type Pursuit } from 'goalkeeper';
import { z } from 'zod';

/** What the attempts of a job do, in order; the last holds for all that follow. */
export type Script = readonly string[];

export type Plan =
  | { do: 'job'; script: Script }
  | { do: 'quick'; scripts: Script[] }
  | { do: 'seq' | 'par'; of: Plan[] }
  | { do: 'try'; of: Plan }
  | { do: 'sleep'; ms: number }
  | { do: 'approve' | 'ask'; name: string; expires?: 'reject' | 'approve' }
  | { do: 'map'; items: Script[]; tolerate?: number }
  | { do: 'need'; id: string; of: Plan }
  | { do: 'lease'; name: string; release: boolean }
  | { do: 'throw'; message: string };

const plan = z.custom<Plan>((given) => typeof given === 'object' && given !== null);

export const act = job({
  name: 'act',
  input: z.object({ script: z.array(z.string()) }),
  output: z.number(),
  timeout: '30s',
  retry: { attempts: 3, delay: '10ms', jitter: 0, permanent: ['denied'] },
});

export const brisk = job({ ...act.declared, name: 'brisk', quick: true });

/** Its next attempt is later than its goal's run can afford. */
export const rarely = job({
  ...act.declared,
  name: 'rarely',
  retry: { attempts: 3, delay: '30s', jitter: 0 },
});

export const drop = job({ name: 'drop', input: z.string(), output: z.null() });

const jobs = [act, brisk, drop];

const input = z.object({ id: z.string(), plan, ok: z.boolean() });
const output = z.object({ ok: z.boolean(), sum: z.number() });

const shared = {
  ...{
    outcome: 'The plan is walked',
    owner: 'tests',
    team: 'tests',
    key: ['id'] as const,
    input,
    output,
    jobs,
  },
  criteria: {
    'it went well': (o: { ok: boolean }) => o.ok || 'it did not',
    'there is a sum': (o: { sum: number }) => o.sum >= 0,
  },
};

export const needed = goal({
  ...shared,
  name: 'contract-needed',
  pursue: async ({ plan, ok }, pursuit) => ({ ok, sum: await walk(plan, pursuit as never) }),
});

export const planned = goal({
  ...shared,
  name: 'contract-planned',
  needs: [needed],
  pursue: async ({ plan, ok }, pursuit) => ({ ok, sum: await walk(plan, pursuit as never) }),
});

/** The same with a deadline. */
export const hurried = goal({
  ...shared,
  name: 'contract-hurried',
  deadline: '30s',
  needs: [needed],
  pursue: async ({ plan, ok }, pursuit) => ({ ok, sum: await walk(plan, pursuit as never) }),
});

/** Ten seconds of trouble, and it cannot be reached in time. */
export const risky = goal({
  ...shared,
  name: 'contract-risky',
  deadline: '1h',
  usual: '3590s',
  jobs: [rarely],
  pursue: async ({ ok }, { run }) => ({ ok, sum: await run(rarely, { script: ['fail'] }) }),
});

/** Due by the clock, on the day that its input holds. */
export const punctual = goal({
  ...shared,
  name: 'contract-punctual',
  input: input.extend({ day: z.iso.date() }),
  deadline: { at: '07:00', timezone: 'Europe/Paris', date: 'day', plusDays: 1 },
  expected: { at: '06:30', timezone: 'Europe/Paris', date: 'day', plusDays: 1 },
  jobs,
  pursue: async ({ plan, ok }, pursuit) => ({ ok, sum: await walk(plan, pursuit as never) }),
});

type Walker = Pursuit<(typeof jobs)[number], typeof needed>;

async function walk(at: Plan, pursuit: Walker): Promise<number> {
  switch (at.do) {
    case 'job':
      return pursuit.run(act, { script: [...at.script] });
    case 'quick':
      return sum(await Promise.all(at.scripts.map((script) => pursuit.run(brisk, { script: [...script] }))));
    case 'seq': {
      let total = 0;
      for (const one of at.of) total += await walk(one, pursuit);
      return total;
    }
    case 'par':
      return sum(await Promise.all(at.of.map((one) => walk(one, pursuit))));
    case 'try':
      return walk(at.of, pursuit).catch(() => 100);
    case 'sleep':
      await pursuit.sleep(at.ms);
      return 1;
    case 'approve': {
      const expires =
        at.expires === undefined ? {} : { expires: { after: '300ms' as const, consequence: at.expires } };
      await pursuit.approve(at.name, { show: { name: at.name }, by: 'ben', ...expires });
      return 1;
    }
    case 'ask':
      return pursuit.ask(at.name, z.number());
    case 'map': {
      const items = at.items.map((script) => ({ script: [...script] }));
      if (at.tolerate === undefined) return sum(await pursuit.map(items, act));
      const { results } = await pursuit.map(items, act, { tolerate: { count: at.tolerate } });
      return sum(results.map((one) => one ?? 0));
    }
    case 'need':
      return (await pursuit.achieve(needed, { id: at.id, plan: at.of, ok: true })).sum;
    case 'lease': {
      const lease = await pursuit.cleanup(drop, at.name);
      if (at.release) await lease.release();
      return 1;
    }
    case 'throw':
      throw new RangeError(at.message);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export default [punctual, needed, planned, hurried, risky];
