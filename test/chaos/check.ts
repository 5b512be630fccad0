// Whether what was observed is what had to be. Pure: what was acknowledged, what the jobs wrote and what the system tells
// come in, and every disagreement comes out, as a sentence.

import type { Alert } from '../../goals/wire/alerts.ts';
import type { ExpectedRun, ExpectedStep } from './cases.ts';
import type { Effect } from './effects.ts';
import type { HostedRun } from './hosts.ts';
import type { ObservedRun } from './observe.ts';
import type { AlertMessage } from './outside.ts';

export interface Evidence {
  expected: readonly ExpectedRun[];
  /** Null for one that the gateway does not know. */
  observed: ReadonlyMap<string, ObservedRun | null>;
  /** Executions by run, as Temporal lists them; and those that answers to triggers named. */
  executions: ReadonlyMap<string, readonly string[]>;
  answered: ReadonlyMap<string, ReadonlySet<string>>;
  /** Runs that hosts of light runs had, by Temporal's histories. */
  hosted: ReadonlyMap<string, HostedRun>;
  effects: readonly Effect[];
  /** How often the service upstream was asked the same, by idempotency key. */
  asked: ReadonlyMap<string, number>;
  /** What a gateway refused though it must not. */
  refused: readonly string[];
  alerts: AlertsEvidence;
}

export interface AlertsEvidence {
  /** Of a message that came more than once, once. */
  messages: readonly AlertMessage[];
  /** As the gateway lists them. */
  kept: readonly Pick<Alert, 'id' | 'kind' | 'goals'>[];
}

export interface Verdict {
  /** Acknowledged, and without an outcome or with none of the right ones. */
  lost: string[];
  /** More than one execution, or an attempt that was made twice. */
  doubled: string[];
  /** Attempts of which the ledger does not tell, or not the truth. */
  untold: string[];
  /** Effects that should be in the world and are not. */
  missing: string[];
  /** Everything else. */
  wrong: string[];
  /** Effects of jobs that happened more than once: no promise is broken by them. */
  repeated: number;
  /** Errors that healed, which nobody was told of. */
  recovered: number;
}

export function check(evidence: Evidence): Verdict {
  const verdict: Verdict = {
    ...{ lost: [], doubled: [], untold: [], missing: [], wrong: [...evidence.refused] },
    ...{ repeated: 0, recovered: 0 },
  };
  const byRun = new Map<string, Effect[]>();
  for (const effect of evidence.effects) {
    const own = byRun.get(effect.run);
    if (own === undefined) byRun.set(effect.run, [effect]);
    else own.push(effect);
  }
  for (const expected of evidence.expected) {
    const observed = evidence.observed.get(expected.id) ?? null;
    checkOne(expected, evidence, verdict);
    if (observed === null) {
      verdict.lost.push(`${expected.id} is not known to the gateway`);
      continue;
    }
    verdict.recovered += observed.errors.recovered;
    checkOutcome(expected, observed, verdict);
    for (const step of expected.steps)
      checkStep(
        step,
        expected,
        observed,
        (byRun.get(expected.id) ?? []).filter((effect) => effect.step === step.path),
        evidence,
        verdict,
      );
  }
  checkHosted(evidence, verdict);
  checkAlerts(evidence, verdict);
  return verdict;
}

/** Whether nothing is wrong. */
export const isSound = ({ lost, doubled, untold, missing, wrong }: Verdict): boolean =>
  [lost, doubled, untold, missing, wrong].every((found) => found.length === 0);

/** One key, one run. */
function checkOne({ id }: ExpectedRun, { executions, answered }: Evidence, verdict: Verdict): void {
  const all = executions.get(id) ?? [];
  if (all.length > 1) verdict.doubled.push(`${id} has ${all.length} executions`);
  const named = answered.get(id) ?? new Set();
  if (named.size > 1) verdict.doubled.push(`answers named ${named.size} executions of ${id}`);
  const [only] = all;
  if (all.length === 1 && named.size === 1 && !named.has(only as string))
    verdict.lost.push(`${id}: the execution that was acknowledged is not the one that there is`);
}

/** What a light run does begins after its run is in a history: an effect without a run would be nobody's. */
function checkHosted({ hosted, effects }: Evidence, verdict: Verdict): void {
  for (const { run, step, what, at } of effects) {
    const acceptedAt = hosted.get(run)?.acceptedAt;
    if (what === 'began' && acceptedAt !== undefined && at < acceptedAt)
      verdict.wrong.push(`${run} ${step} began at ${at}, before a host had its run, at ${acceptedAt}`);
  }
}

const CLOSED_BY = { achieved: 'completed', failed: 'failed' };

function checkOutcome({ id, ends }: ExpectedRun, observed: ObservedRun, verdict: Verdict): void {
  const { outcome, code, output, closedBy, errors } = observed;
  if (outcome !== ends.outcome)
    return void verdict.lost.push(`${id} is ${outcome} (${code}), and must be ${ends.outcome}`);
  if (closedBy !== CLOSED_BY[ends.outcome])
    verdict.wrong.push(`${id} is ${outcome}, and Temporal's history ends with ${closedBy}`);
  if (ends.outcome === 'achieved' && (output as { sum?: number } | null)?.sum !== ends.sum)
    verdict.wrong.push(`${id}: its output is ${JSON.stringify(output)}, and must have the sum ${ends.sum}`);
  if (ends.outcome === 'failed' && code !== ends.code)
    verdict.wrong.push(`${id} failed with ${code}, and must with ${ends.code}`);
  if (errors.pending > 0) verdict.wrong.push(`${id} is closed with ${errors.pending} errors pending`);
  if (ends.outcome === 'achieved' && errors.fatal > 0)
    verdict.wrong.push(`${id} is achieved, with ${errors.fatal} errors that were fatal`);
}

function checkStep(
  { path, work, told }: ExpectedStep,
  run: ExpectedRun,
  observed: ObservedRun,
  effects: readonly Effect[],
  { asked }: Evidence,
  verdict: Verdict,
): void {
  const name = `${run.id} ${path}`;
  const step = observed.steps.find((one) => one.path === path);
  if (step === undefined) return void verdict.untold.push(`${name} is not among the steps`);
  const own = observed.ledger.filter((error) => error.step === path);
  const omitted = observed.omitted.reduce((sum, one) => sum + (one.step === path ? one.count : 0), 0);
  const isFailure = step.state === 'failed';
  const attempts = step.isKept ? own.length + omitted + 1 : step.attempts;
  // Every attempt but the one that succeeded is an error.
  if (own.length + omitted !== attempts - (isFailure ? 0 : 1))
    verdict.untold.push(`${name}: ${own.length + omitted} errors of ${attempts} attempts`);

  const did = told === 'outside' ? timesAsked(asked, run.id, path) : count(effects, 'did');
  if (did === 0 && !isFailure) verdict.missing.push(`${name} is told to be done, and nothing was`);
  if (did > 1) verdict.repeated += did - 1;
  if (told === 'outside') return;
  const began = effects.filter(({ what }) => what === 'began').map(({ attempt }) => attempt);
  const isRepeated = new Set(began).size < began.length;
  if (told === 'repeats' && isRepeated) return;
  // With what it takes to find out why.
  const all = (): string =>
    [
      ...effects.map(({ attempt, what, pid, at }) => `${attempt} ${what} in ${pid} at ${at}`),
      ...own.map(({ attempt, code }) => `${attempt} is told as ${code}`),
    ].join('; ');
  if (isRepeated)
    verdict.doubled.push(`${name} made an attempt twice: ${began.join(', ')} (${attempts} told: ${all()})`);
  for (const attempt of new Set(began)) {
    const isLast = attempt === attempts && !isFailure;
    const code = own.find((error) => error.attempt === attempt)?.code;
    const threw = effects.some((effect) => effect.what === 'threw' && effect.attempt === attempt);
    if (attempt > attempts) verdict.untold.push(`${name} has no attempt ${attempt}, which was made`);
    else if (!isLast && code === undefined && omitted === 0)
      verdict.untold.push(`${name}: no error tells of attempt ${attempt}`);
    else if (isLast && threw)
      verdict.untold.push(`${name}: attempt ${attempt} threw, and is told to have succeeded`);
    else if (!threw && code !== undefined && ['not_yet', 'exit_75', 'refused'].includes(code))
      verdict.untold.push(`${name}: attempt ${attempt} did not throw, and ${code} is told of it`);
  }
  const failed = new Set(effects.filter(({ what }) => what === 'threw').map(({ attempt }) => attempt)).size;
  if (!isFailure && failed > work.fails)
    verdict.wrong.push(`${name} threw ${failed} times, and was told to ${work.fails} times`);
}

const count = (effects: readonly Effect[], what: Effect['what']): number =>
  effects.filter((effect) => effect.what === what).length;

const timesAsked = (asked: Evidence['asked'], run: string, path: string): number =>
  [...asked].reduce((sum, [key, times]) => sum + (key.startsWith(`${run}/${path}/`) ? times : 0), 0);

/** Each failure is told once: all alerts of a goal tell of as many as there were. */
function checkAlerts({ expected, alerts }: Evidence, verdict: Verdict): void {
  const failed = new Map<string, number>();
  for (const { goal, ends } of expected)
    if (ends.outcome === 'failed') failed.set(goal, (failed.get(goal) ?? 0) + 1);
  const told = failuresTold(alerts);
  for (const goal of new Set([...failed.keys(), ...told.keys()])) {
    const [were, are] = [failed.get(goal) ?? 0, told.get(goal) ?? 0];
    if (were !== are) verdict.wrong.push(`alerts tell of ${are} failures of ${goal}, and there were ${were}`);
  }
}

/**
 * How many failures of each goal people were told of. An alert about a goal opens with a message, which must have come; what
 * fails within the cooldown is counted by that alert, and told when the goal is reached, or by the alert that supersedes it.
 */
export function failuresTold({ messages, kept }: AlertsEvidence): Map<string, number> {
  const byAlert = new Map<string, Map<string, number>>();
  for (const { type, alert, failures } of messages)
    if (type === 'goal.failed') byAlert.set(alert, new Map(failures));
  for (const { type, alert, failures } of messages)
    if (type === 'goal.reached') for (const [goal, count] of failures) raise(byAlert.get(alert), goal, count);
  for (const { id, kind, goals } of kept)
    if (kind === 'failed')
      for (const { goal, count, settled } of goals)
        if (settled?.how !== 'superseded') raise(byAlert.get(id), goal, count);
  const told = new Map<string, number>();
  for (const failures of byAlert.values())
    for (const [goal, count] of failures) told.set(goal, (told.get(goal) ?? 0) + count);
  return told;
}

/** Of an alert that never opened, or not about that goal, nobody was told. */
function raise(failures: Map<string, number> | undefined, goal: string, count: number): void {
  const opened = failures?.get(goal);
  if (opened !== undefined) failures?.set(goal, Math.max(opened, count));
}
