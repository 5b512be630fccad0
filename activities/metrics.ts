// What this process counts, for Prometheus: outcomes of runs as their workflows tell them, and attempts where they end.
// A worker that dies takes along what was not scraped yet; the counters of the next begin at 0, as Prometheus expects.

import type { InjectedSinks } from '@temporalio/worker';
import type { Logger } from 'pino';
import { Counter, Histogram, Registry } from 'prom-client';
import type { Goal } from '../goals/index.ts';
import type { Ended } from '../goals/wire/ended.ts';
import { failureKinds } from '../goals/wire/failure.ts';
import { errorClasses } from '../goals/wire/ledger.ts';
import type { MeasureSinks } from '../goals/wire/measures.ts';
import type { Run } from '../goals/wire/run-view.ts';

/** How an attempt ended: `stopped` with its worker, on purpose; `lost` with its worker, or without a word. */
export type AttemptResult = 'succeeded' | 'failed' | 'cancelled' | 'stopped' | 'lost';
const RESULTS: readonly AttemptResult[] = ['succeeded', 'failed', 'cancelled', 'stopped', 'lost'];

/** A run may take from a moment to days. */
const DURATIONS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 259_200];

/** For goals that are not this worker's: another team's, which uses a job of ours. Their names are not ours to bound. */
const OTHER = { team: 'other', goal: 'other' };

/** Runs and steps that were counted, should their workflow task be done again. */
const REMEMBERED = 10_000;

const registry = new Registry();
const registers = [registry];

const outcomes = new Counter({
  name: 'goalkeeper_goal_outcomes_total',
  help: 'Runs that closed here, by outcome; kind is that of the failure.',
  labelNames: ['team', 'goal', 'status', 'kind'] as const,
  registers,
});
const durations = new Histogram({
  name: 'goalkeeper_goal_duration_seconds',
  help: 'From the start of a run to its outcome.',
  labelNames: ['team', 'goal', 'status'] as const,
  buckets: DURATIONS,
  registers,
});
const late = new Counter({
  name: 'goalkeeper_goal_late_total',
  help: 'Runs that closed here after the time by which they were expected.',
  labelNames: ['team', 'goal'] as const,
  registers,
});
const recovered = new Counter({
  name: 'goalkeeper_recovered_errors_total',
  help: 'Errors of steps that succeeded in the end.',
  labelNames: ['team', 'goal', 'class'] as const,
  registers,
});
const warnings = new Counter({
  name: 'goalkeeper_warnings_total',
  help: 'Criteria of achieved runs that were not met, and only warn.',
  labelNames: ['team', 'goal'] as const,
  registers,
});
const attempts = new Counter({
  name: 'goalkeeper_attempts_total',
  help: 'Attempts of jobs that ended here.',
  labelNames: ['team', 'goal', 'result'] as const,
  registers,
});

const teams = new Map<string, string>();
const counted = new Set<string>();

/** From now on these goals are counted by their names, beginning at 0: an increase is seen only from a first value on. */
export function countGoals(
  goals: readonly Pick<Goal, 'name' | 'team' | 'expectedMs' | 'expectedBy' | 'warnings'>[],
): void {
  for (const { name: goal, team, expectedMs, expectedBy, warnings: warning } of goals) {
    teams.set(goal, team);
    for (const status of ['achieved', 'cancelled']) outcomes.inc({ team, goal, status, kind: '' }, 0);
    for (const kind of failureKinds) outcomes.inc({ team, goal, status: 'failed', kind }, 0);
    if (expectedMs !== null || expectedBy !== null) late.inc({ team, goal }, 0);
    if (warning.length > 0) warnings.inc({ team, goal }, 0);
    for (const kind of errorClasses) recovered.inc({ team, goal, class: kind }, 0);
    for (const result of RESULTS) attempts.inc({ team, goal, result }, 0);
  }
}

/** `goal` is a workflow's type: of a shard of a map, that of its run. */
export function countAttempt(goal: string | undefined, result: AttemptResult, count = 1): void {
  attempts.inc({ ...labelsOf(goal), result }, count);
}

/** What workflows tell. A workflow task that is done again after it was refused tells again, and is not counted again. */
export const measuring = (log: Logger): InjectedSinks<MeasureSinks> => ({
  gkMeasures: {
    outcome: {
      callDuringReplay: false,
      fn({ workflowId, runId }, { goal, light, outcome: status, kind, code, ms, isLate }) {
        const { run, execution } = light ?? { run: workflowId, execution: runId };
        if (!isFirst(execution)) return;
        const labels = labelsOf(goal);
        outcomes.inc({ ...labels, status, kind });
        durations.observe({ ...labels, status }, ms / 1000);
        if (isLate) late.inc(labels);
        const told = { goal, run, execution, outcome: status, ...(kind && { kind, code }), ms };
        log[status === 'failed' ? 'warn' : 'debug'](told, 'a run is closed');
      },
    },
    recovered: {
      callDuringReplay: false,
      fn({ runId }, { goal, light, step, errors }) {
        if (!isFirst(`${light?.execution ?? runId} ${step}`)) return;
        for (const [kind, n] of Object.entries(errors)) recovered.inc({ ...labelsOf(goal), class: kind }, n);
      },
    },
    warned: {
      callDuringReplay: false,
      fn({ runId }, { goal, count }) {
        if (isFirst(`${runId} warned`)) warnings.inc(labelsOf(goal), count);
      },
    },
  },
});

/** Of a run that could not end itself, and was ended here. */
export function countEnded(
  { goal, execution, startedAt, expected }: Run,
  { outcome: status, failure }: Ended,
): void {
  if (!isFirst(execution)) return;
  const labels = labelsOf(goal);
  outcomes.inc({ ...labels, status, kind: failure?.kind ?? '' });
  durations.observe({ ...labels, status }, Math.max(0, Date.now() - Date.parse(startedAt)) / 1000);
  if (expected !== null && Date.parse(expected) < Date.now()) late.inc(labels);
}

/** All of it, in the format of Prometheus. */
export const metricsText = async (): Promise<{ type: string; text: string }> => ({
  type: registry.contentType,
  text: await registry.metrics(),
});

function labelsOf(goal: string | undefined): { team: string; goal: string } {
  const team = goal === undefined ? undefined : teams.get(goal);
  return goal === undefined || team === undefined ? OTHER : { team, goal };
}

function isFirst(key: string): boolean {
  if (counted.has(key)) return false;
  counted.add(key);
  if (counted.size > REMEMBERED) counted.delete(counted.values().next().value as string);
  return true;
}
