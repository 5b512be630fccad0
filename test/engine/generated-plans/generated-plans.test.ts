// Every error rightly named, whatever the plan: generated plans of failures, walked on the real server, against what
// the jobs themselves wrote to a file and what a model says a plan can come to. PLANS_SEED repeats a run of it.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunStory } from '../../../views/run-view.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { first, hasty, type Plan } from './goals.ts';
import { jobs } from './jobs.ts';
import { plansOf, prospectOf } from './model.ts';

const PLANS = 70;
const seed = Number(process.env.PLANS_SEED ?? Date.now() % 1_000_000);
const attemptsFile = join(mkdtempSync(join(tmpdir(), 'plans-')), 'attempts');
let bench: Workbench;

beforeAll(async () => {
  process.env.ATTEMPTS_FILE = attemptsFile;
  bench = await Workbench.open();
  await bench.worker(fileURLToPath(new URL('./goals.ts', import.meta.url)), goals, jobs);
});
afterAll(() => bench.close());

interface Walked {
  plan: Plan;
  isHasty: boolean;
  /** The run, then those of the goals it needed, and that these needed. */
  stories: Map<string, RunStory>;
  top: RunStory;
}

async function walk(plan: Plan, index: number, prefix: string): Promise<Walked> {
  const isHasty = index % 5 === 4;
  const key = `${prefix}-${index}`;
  const stories = new Map<string, RunStory>();
  const follow = async (workflowId: string): Promise<RunStory> => {
    const handle = bench.client.workflow.getHandle(workflowId);
    const story = await bench.closed(handle);
    stories.set(workflowId, story);
    // A needed goal whose start came too late was never there.
    for (const { run } of story.run.steps) if (run !== null && (await handleExists(run))) await follow(run);
    return story;
  };
  const handle = await bench.start(isHasty ? hasty : first, { key, plan: prefixed(plan, prefix) });
  return { plan, isHasty, stories, top: await follow(handle.workflowId) };
}

const handleExists = (id: string): Promise<boolean> =>
  bench.client.workflow
    .getHandle(id)
    .describe()
    .then(
      () => true,
      () => false,
    );

/** Keys of needed goals that no other test has. */
const prefixed = (plan: Plan, prefix: string): Plan =>
  JSON.parse(JSON.stringify(plan), (name, value) => (name === 'key' ? `${prefix}-${value}` : value)) as Plan;

interface Attempt {
  n: number;
  leaf: string;
  /** What it threw by itself; null when it did not. */
  threw: string | null;
}

/** What the jobs wrote: their attempts by run and step. */
function attemptsByStep(): Map<string, Attempt[]> {
  const steps = new Map<string, Attempt[]>();
  for (const line of readFileSync(attemptsFile, 'utf8').trim().split('\n')) {
    const [run, step, n, leaf, did, code = ''] = line.split(' ') as string[];
    const key = `${run} ${step}`;
    const attempts = steps.get(key) ?? [];
    steps.set(key, attempts);
    if (did === 'began') attempts.push({ n: Number(n), leaf: leaf as string, threw: null });
    else (attempts.find((attempt) => attempt.n === Number(n)) as Attempt).threw = code;
  }
  return steps;
}

test(`generated plans of failures: every error once, rightly named, one first cause (seed ${seed})`, {
  timeout: 120_000,
}, async () => {
  console.log(`plans: PLANS_SEED=${seed}`);
  const prefix = fresh('p');
  const walked = await Promise.all(plansOf(seed, PLANS).map((plan, index) => walk(plan, index, prefix)));
  const written = attemptsByStep();
  const figures = { runs: 0, achieved: 0, failed: 0, errors: 0, attempts: 0, cutOff: 0, gaps: 0 };
  for (const [index, { plan, isHasty, stories, top }] of walked.entries()) {
    try {
      checkOutcome(plan, isHasty, top, written);
      for (const story of stories.values()) {
        checkErrors(story, written, figures);
        checkCause(story, stories);
      }
    } catch (error) {
      const { run, errors } = top;
      console.error(
        `PLANS_SEED=${seed}, plan ${index}${isHasty ? ' (hasty)' : ''}: ${JSON.stringify(plan)}\n`,
        JSON.stringify({ ...run, input: undefined, errors: errors.map(({ stack: _, ...rest }) => rest) }),
      );
      throw error;
    }
  }
  console.log(`plans: ${JSON.stringify(figures)}`);
  // The plans were worth it.
  expect(figures.achieved).toBeGreaterThan(10);
  expect(figures.failed).toBeGreaterThan(10);
  expect(figures.errors).toBeGreaterThan(100);
});

function checkOutcome(
  plan: Plan,
  isHasty: boolean,
  { run }: RunStory,
  written: Map<string, Attempt[]>,
): void {
  const { mayWork, failures } = prospectOf(plan);
  if (run.outcome === 'achieved') {
    expect(mayWork).toBe(true);
    return;
  }
  expect(run.outcome).toBe('failed');
  if (isHasty && run.failure?.kind === 'deadline') return;
  const { cause } = run.failure ?? {};
  if (run.failure?.kind === 'code') {
    expect(failures).toContain('code');
    return;
  }
  expect(['job', 'dependency']).toContain(run.failure?.kind);
  // Needed goals can be the goal's own code that threw, too.
  if (cause?.code === 'pursue_threw') expect(failures).toContain('code');
  else expect(failures).toContain(written.get(`${cause?.run} ${cause?.step}`)?.[0]?.leaf);
}

function checkErrors(
  { run, errors, omitted }: RunStory,
  written: Map<string, Attempt[]>,
  figures: Record<'runs' | 'achieved' | 'failed' | 'errors' | 'attempts' | 'cutOff' | 'gaps', number>,
): void {
  expect(run.state).toBe('closed');
  expect(new Set(errors.map(({ id }) => id)).size).toBe(errors.length);
  expect(omitted).toEqual([]);
  const counted = { pending: 0, recovered: 0, handled: 0, fatal: 0 };
  for (const { disposition } of errors) counted[disposition]++;
  expect(run.errors).toEqual(counted);
  expect(run.errors.pending).toBe(0);
  if (run.outcome === 'achieved') expect(run.errors.fatal).toBe(0);
  for (const step of run.steps) {
    const own = errors.filter((error) => error.step === step.path).sort((a, b) => a.attempt - b.attempt);
    const attempts = written.get(`${run.id} ${step.path}`) ?? [];
    // Each attempt began once, in order.
    expect(attempts.map(({ n }) => n)).toEqual(attempts.map((_, index) => index + 1));
    // What an attempt threw by itself is an error; what was cut off, or succeeded, is none.
    const threw = attempts.flatMap(({ n, threw }) => (threw === null ? [] : [[n, threw]]));
    const told = own.map(({ attempt, code }) => [attempt, code]);
    // The last one of a step that was cancelled may be a gap: it fell between the reading and the cancellation, or had no
    // time to begin.
    const hasGap = step.state === 'cancelled' && told.at(-1)?.[1] === 'attempt_untold';
    const gap = hasGap ? told.pop()?.[0] : null;
    expect(told).toEqual(threw.filter(([n]) => n !== gap));
    if (hasGap) figures.gaps++;
    if (step.state === 'succeeded' && step.kind === 'job') expect(attempts.length).toBe(own.length + 1);
    if (step.state === 'failed' && step.kind === 'job') expect(attempts.length).toBe(own.length);
    const fatal = run.failure?.path[0] === step.path;
    const expected = step.state === 'succeeded' ? 'recovered' : fatal ? 'fatal' : 'handled';
    expect([...new Set(own.map(({ disposition }) => disposition))]).toEqual(own.length > 0 ? [expected] : []);
    figures.attempts += attempts.length;
    if (step.state === 'cancelled') figures.cutOff++;
  }
  figures.runs++;
  figures.errors += errors.length;
  if (run.outcome === 'achieved') figures.achieved++;
  else figures.failed++;
}

/** A failed run has one first cause, and it is an error of the run that the path leads to, or the goal's own. */
function checkCause({ run, errors }: RunStory, stories: Map<string, RunStory>): void {
  if (run.outcome === 'achieved') {
    expect(run.failure).toBeNull();
    return;
  }
  const { kind, path = [], cause } = run.failure ?? {};
  if (cause === null && kind === 'deadline') return;
  expect(cause).toBeTruthy();
  let at = { run, errors } as RunStory;
  for (const part of path.slice(0, -1)) {
    const needed = at.run.steps.find((step) => step.path === part);
    expect(needed?.kind).toBe('goal');
    at = stories.get(needed?.run as string) as RunStory;
    expect(at?.run.outcome).toBe('failed');
    // Which execution it lies in, only the run that needed that one knows.
    expect({ ...at.run.failure?.cause, execution: undefined }).toEqual({ ...cause, execution: undefined });
  }
  const last = path.at(-1);
  const lastStep = at.run.steps.find((step) => step.path === last);
  if (cause?.attempt == null) {
    expect(cause?.code).toBe('pursue_threw');
    const thrower = lastStep?.kind === 'goal' ? stories.get(lastStep.run as string)?.run : at.run;
    expect(cause?.run).toBe(thrower?.id);
    return;
  }
  expect(cause.run).toBe(at.run.id);
  expect(cause.execution ?? at.run.execution).toBe(at.run.execution);
  expect(cause.step).toBe(last);
  const { code, message, type, fingerprint, at: when } = cause;
  expect(at.errors.filter((error) => error.id === `${cause.step}@${cause.attempt}`)).toMatchObject([
    { code, message, type, fingerprint, at: when, disposition: 'fatal' },
  ]);
}

test('a failure three goals deep is told through all of them, with one first cause', async () => {
  const key = fresh('deep');
  const leaf: Plan = { do: 'job', leaf: 'deep', slowly: false, script: ['fail:busy', 'permanent:no_disk'] };
  const plan: Plan = {
    do: 'all',
    of: [
      { do: 'job', leaf: 'beside', slowly: true, script: ['fail:busy', 'fail:busy', 'fail:busy'] },
      {
        do: 'wrap',
        what: { do: 'achieve', key: `${key}-2`, what: { do: 'achieve', key: `${key}-3`, what: leaf } },
      },
    ],
  };
  const { run } = await bench.pursue(first, { key, plan });
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: {
      kind: 'dependency',
      code: 'no_disk',
      path: ['plan-second#1', 'plan-third#1', 'play#1'],
      cause: { run: `plan-third:${key}-3`, step: 'play#1', attempt: 2, code: 'no_disk' },
    },
    // The sibling was still retrying: its errors did not end the goal.
    errors: { fatal: 0, pending: 0 },
  });
  const third = await bench.story({ workflowId: `plan-third:${key}-3` });
  expect(third.run).toMatchObject({ errors: { fatal: 2 }, failure: { kind: 'job', path: ['play#1'] } });
});
