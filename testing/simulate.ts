// A goal pursued in milliseconds: its own code, with a clock that is virtual and fakes for its jobs.

import type { z } from 'zod';
import { requireMilliseconds } from '../goals/duration.ts';
import type { Goal } from '../goals/index.ts';
import type { RunArtifact } from '../goals/wire/artifacts.ts';
import type { OmittedErrors, Run, RunError } from '../goals/wire/run-view.ts';
import type { SimulatedLease } from './leases.ts';
import type { SimulatedNotice } from './notices.ts';
import type { SimulateOptions } from './options.ts';
import { SimulationProblem } from './problem.ts';
import { SimulatedRun } from './simulated-run.ts';
import { type Recorded, Walk } from './walk.ts';

/** A run as the gateway answers it, and what only a simulation knows. */
export interface Simulated<Output = unknown> extends Omit<Run, 'output' | 'artifacts'> {
  /** Null unless the run is achieved. */
  output: Output | null;
  /** Each failed attempt, and what became of its error: what the gateway answers at `/runs/{id}/errors`. */
  ledger: RunError[];
  /** Errors that a step had too many of to keep each. */
  omitted: OmittedErrors[];
  /** The tables, texts, links and images that its jobs' fakes and `pursue` have shown: what the gateway answers at `/runs/{id}/artifacts`. */
  artifacts: RunArtifact[];
  /** How long the run took, in milliseconds of virtual time. */
  tookMs: number;
  /** What its leases tore down, its end included. */
  leases: SimulatedLease[];
  /** What its owner would have been told while it was open. */
  notices: SimulatedNotice[];
}

const DEFAULT_AT = '2026-01-01T00:00:00.000Z';

/**
 * Pursues a goal without Temporal: its `pursue`, its criteria and its jobs' policies are as in a run, while time is virtual and
 * fakes stand in for the jobs' code. Retries with their delays, timeouts, the deadline, approvals, maps, sleeps, needed goals
 * and teardown are simulated; an hour's sleep takes no time. Resolves with the run, whatever its outcome.
 *
 * Inside, `Date`, timers, `performance.now` and `Math.random` are virtual. The goal's code is walked twice through the same
 * results: where it takes other steps the second time, it is not deterministic.
 *
 * @throws SimulationProblem when a job has no fake (`job_unbound`), a foreign goal is not given (`goal_unbound`), the run waits
 * for what never comes (`stuck`), its code is not deterministic (`nondeterministic`) or never ends (`endless`).
 *
 * @example
 * const run = await simulate(ordersCounted, {
 *   input: { day: '2026-11-20' },
 *   jobs: [fake(countOrders, { orders: 12, revenue: 90 })],
 * });
 * expect(run).toMatchObject({ outcome: 'achieved', output: { orders: 12 } });
 */
export async function simulate<Input extends z.ZodType, Output extends z.ZodType>(
  goal: Goal<Input, Output>,
  { input, ...options }: SimulateOptions & { input: z.input<Input> },
): Promise<Simulated<z.output<Output>>> {
  const startedAt = startOf(options.at);
  const first = new Walk(options, startedAt, null);
  const run = await walked(first, goal as Goal, input);
  first.checkUnpatched();
  await compare(new Walk(options, startedAt, first.recorded), first.recorded, goal as Goal, input);
  return run as Simulated<z.output<Output>>;
}

function startOf(at: string | Date = DEFAULT_AT): number {
  const ms = new Date(at).getTime();
  if (!Number.isNaN(ms)) return ms;
  throw new SimulationProblem(
    'options_invalid',
    `at is ${JSON.stringify(at)}, which is not a time; write such as '2026-11-21T05:00:00Z'`,
  );
}

async function walked(walk: Walk, goal: Goal, input: unknown): Promise<Simulated> {
  let run: SimulatedRun | undefined;
  const story = await walk.drive(
    async () => {
      const { cancel, scheduled } = walk.options;
      const by = scheduled === undefined ? 'request' : 'schedule';
      const at = scheduled === undefined ? walk.time.iso : new Date(startOf(scheduled)).toISOString();
      run = new SimulatedRun(walk, goal, input, { kind: by, at, by: 'simulate', reason: null, ref: null });
      const pursued = run;
      if (cancel !== undefined && 'after' in cancel)
        walk.time.in(requireMilliseconds(cancel.after), () => pursued.cancel());
      walk.onCancel(() => pursued.cancel());
      await run.ended;
      const told = run.told();
      await run.leases.ended();
      return told;
    },
    () => run?.waitsFor() ?? goal.name,
  );
  const { run: view, errors, omitted } = story;
  return {
    ...view,
    ...{ output: view.output ?? null, ledger: errors, omitted },
    tookMs: Date.parse(view.closedAt ?? view.startedAt) - Date.parse(view.startedAt),
    artifacts: run?.artifacts ?? [],
    leases: run?.leases.all ?? [],
    notices: run?.notices.told ?? [],
  };
}

/** Walks again through what the first walk was given. */
async function compare(walk: Walk, first: Recorded, goal: Goal, input: unknown): Promise<void> {
  // That it cannot go on through the same results is a difference, too.
  await walked(walk, goal, input).catch((error: unknown) => {
    if (!(error instanceof SimulationProblem)) throw error;
  });
  const { steps } = walk;
  const length = Math.max(steps.length, first.steps.length);
  for (let i = 0; i < length; i++) {
    const [before, again] = [first.steps[i], steps[i]];
    if (before !== again)
      throw new SimulationProblem(
        'nondeterministic',
        `the goal's code took other steps when it was walked again through the same results: step ${i + 1} was ${shown(before)}, ` +
          `and then ${shown(again)}. What differs from one time to the next, such as Math.random(), the clock, or what a ` +
          `module keeps, belongs in a job`,
      );
  }
}

const SHOWN = 300;

const shown = (step: string | undefined): string =>
  step === undefined ? 'none' : step.length > SHOWN ? `${step.slice(0, SHOWN)}…` : step;
