// One goal that walks any plan: a tree of ways to use steps, whose leaves say attempt by attempt what a job does. It is
// there three times, as a goal may need another; and once with a deadline.

import { type Goal, goal, type Job, job, type Pursuit, StepFailed } from 'goalkeeper';
import { z } from 'zod';

/** A leaf's job does what its script says for each attempt: `ok`, `fail:<code>`, `permanent:<code>`, `hang`, `bad-output`, `later`. */
export type Plan =
  | { do: 'job'; leaf: string; slowly: boolean; script: string[] }
  | { do: 'sequence' | 'all' | 'race' | 'any' | 'settled' | 'tolerant'; of: Plan[] }
  | { do: 'fallback'; first: Plan; second: Plan }
  | { do: 'wrap' | 'forget' | 'float'; what: Plan }
  | { do: 'achieve'; key: string; what: Plan };

const Leaf = z.object({ leaf: z.string(), script: z.array(z.string()) });

/** The worker times its retries. */
export const play = job({
  name: 'play',
  input: Leaf,
  output: z.object({ leaf: z.string() }),
  timeout: '250ms',
  heartbeat: '15s',
  retry: { attempts: 4, delay: '5ms', backoff: 1 },
});

/** The server times its retries. */
export const playSlowly = job({
  name: 'play-slowly',
  input: Leaf,
  output: z.object({ leaf: z.string() }),
  timeout: '250ms',
  heartbeat: '15s',
  retry: { attempts: 3, delay: '1s', backoff: 1, jitter: 0 },
});

const shared = {
  outcome: 'The plan was walked to its end',
  owner: 'tests',
  team: 'tests',
  input: z.object({ key: z.string(), plan: z.custom<Plan>() }),
  output: z.object({ walked: z.literal(true) }),
  key: ['key'],
  criteria: { walked: () => true },
  jobs: [play, playSlowly],
};

async function walk(plan: Plan, needed: Goal | null, pursuit: Pursuit<Job, Goal>): Promise<unknown> {
  const next = (part: Plan): Promise<unknown> => walk(part, needed, pursuit);
  switch (plan.do) {
    case 'job':
      return pursuit.run(plan.slowly ? playSlowly : play, { leaf: plan.leaf, script: plan.script });
    case 'sequence':
      for (const part of plan.of) await next(part);
      return;
    case 'all':
      return Promise.all(plan.of.map(next));
    case 'race':
      return Promise.race(plan.of.map(next));
    case 'any':
      return Promise.any(plan.of.map(next));
    case 'settled': {
      const failed = (await Promise.allSettled(plan.of.map(next))).find(
        ({ status }) => status === 'rejected',
      );
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
      return;
    }
    case 'tolerant':
      return Promise.allSettled(plan.of.map(next));
    case 'fallback':
      return next(plan.first).catch(() => next(plan.second));
    case 'wrap':
      return next(plan.what).catch((cause: unknown) => {
        throw new Error('wrapped', { cause: new AggregateError([new TypeError('beside it'), cause]) });
      });
    case 'forget':
      return next(plan.what).catch((error: unknown) => {
        throw new Error(error instanceof StepFailed ? 'a step failed' : 'something else');
      });
    case 'float':
      next(plan.what).catch(() => undefined);
      return;
    case 'achieve':
      if (needed === null) throw new Error('no plan goes so deep');
      return pursuit.achieve(needed, { key: plan.key, plan: plan.what });
  }
}

const planned = (name: string, needed: Goal | null, deadline?: '1500ms'): Goal =>
  goal({
    ...shared,
    name,
    ...(deadline === undefined ? {} : { deadline }),
    needs: needed === null ? [] : [needed],
    async pursue({ plan }, pursuit) {
      await walk(plan, needed, pursuit as unknown as Pursuit<Job, Goal>);
      return { walked: true };
    },
  });

const third = planned('plan-third', null);
const second = planned('plan-second', third);
export const first = planned('plan-first', second);
export const hasty = planned('plan-hasty', second, '1500ms');

export default [first, hasty, second, third];
