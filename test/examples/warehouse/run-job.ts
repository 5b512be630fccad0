// Runs the warehouse team's jobs as a worker would, without Temporal.

import { pino } from 'pino';
import type { z } from 'zod';
import type { JobContext } from '../../../activities/bind.ts';
import { jobs } from '../../../examples/warehouse/jobs.ts';
import { artifactsTo } from '../../../goals/artifacts.ts';
import type { Goal, Job, JobError, Pursuit } from '../../../goals/index.ts';

const NOT_IN_TIME = 'timeout';

/** One attempt of a job. */
export async function attempt<J extends Job>(
  job: J,
  input: z.input<J['input']>,
  context: Partial<JobContext> = {},
): Promise<z.output<J['output']>> {
  const binding = jobs.find((binding) => binding.job.name === job.name);
  if (binding === undefined) throw new Error(`${job.name} is not bound`);
  const output = await binding.run(job.input.parse(input), {
    signal: new AbortController().signal,
    attempt: 1,
    idempotencyKey: 'test',
    goal: 'test',
    run: 'test:1',
    step: job.name,
    deadline: null,
    remainingMs: job.timeoutMs,
    log: pino({ level: 'silent' }),
    secrets: {},
    lastCheckpoint: undefined,
    progress: () => undefined,
    checkpoint: async () => undefined,
    artifact: artifactsTo(() => undefined),
    ...context,
  });
  return job.output.parse(output) as z.output<J['output']>;
}

/** Attempts until one succeeds, as many as the policy allows, with no delay; `codes` gets the errors' codes. */
export async function persist<J extends Job>(
  job: J,
  input: z.input<J['input']>,
  codes: string[] = [],
): Promise<z.output<J['output']>> {
  for (let n = 1; ; n++) {
    const signal = AbortSignal.timeout(1000);
    try {
      return await attempt(job, input, { signal, attempt: n });
    } catch (error) {
      const { code, goalkeeper } = error as JobError;
      codes.push(signal.aborted ? NOT_IN_TIME : code);
      if (goalkeeper?.permanent === true || n === job.retry.attempts) throw error;
    }
  }
}

/** Pursues a goal and the goals it needs; throws when a criterion is unmet. */
export async function pursue(goal: Goal, input: unknown, codes: string[] = []): Promise<unknown> {
  const pursuit: Pursuit = {
    run: (job, input) => persist(job, input, codes),
    map: ((items: unknown[], job: Job) =>
      Promise.all(items.map((item) => persist(job, item, codes)))) as never,
    achieve: (needed, input) => pursue(needed as Goal, input, codes) as never,
    achieveEach: ((needed: Goal, inputs: unknown[]) =>
      Promise.all(inputs.map((input) => pursue(needed, input, codes)))) as never,
    sleep: () => Promise.resolve(),
    produce: () => Promise.resolve(),
    use: () => Promise.resolve({ at: '2026-11-20T00:00:00Z', by: { goal: 'g', run: 'g:1', execution: 'e' } }),
    waitFor: () => Promise.reject(new Error('no event comes')),
    patched: () => true,
    deprecatePatch: () => undefined,
    approve: () => Promise.reject(new Error('there is nobody to ask')),
    ask: () => Promise.reject(new Error('there is nobody to ask')),
    artifact: artifactsTo(() => undefined),
    cleanup: async () => ({ id: 'gk-lease', release: async () => undefined }),
  };
  const output = await goal.pursue(goal.input.parse(input), pursuit);
  for (const criterion of goal.criteria) {
    const verdict = goal.judge(criterion, output, input);
    if (verdict !== true) throw new Error(`${criterion}: ${verdict}`);
  }
  return goal.output.parse(output);
}
