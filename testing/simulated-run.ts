// One run of a simulation, from its input to its outcome: what workflows/run/pursue-goal.ts does in Temporal.

import { z } from 'zod';
import { artifactsTo } from '../goals/artifacts.ts';
import type { Goal, Pursuit } from '../goals/index.ts';
import { patchId } from '../goals/patch-id.ts';
import { type Judged, type PursueResult, RunOutcome } from '../goals/run-outcome.ts';
import { StepFailures } from '../goals/step-failures.ts';
import type { RunArtifact } from '../goals/wire/artifacts.ts';
import { timesIn } from '../goals/wire/by-clock.ts';
import { CLOSING_GRACE_MS } from '../goals/wire/ended.ts';
import type { RunFailureDetails } from '../goals/wire/failure.ts';
import { inputDigest, runId, runKey } from '../goals/wire/run-id.ts';
import { paceOf } from '../goals/wire/run-start.ts';
import type { Pace, Run, Why } from '../goals/wire/run-view.ts';
import type { RunErrors } from '../views/errors.ts';
import { type Ending, reportedOf } from '../views/run-story.ts';
import { close, isOpen } from '../views/step-state.ts';
import { achievingEach } from './achieve-each.ts';
import { asJson } from './as-json.ts';
import { SimulatedDatasets } from './datasets.ts';
import { Leases } from './leases.ts';
import { mapping } from './map.ts';
import { NeededGoals } from './needs.ts';
import { Notices } from './notices.ts';
import { Persons } from './persons.ts';
import type { PursuedRun, SimulatedEnd } from './pursued-run.ts';
import { type SimulatedOpenStep, SimulatedSteps } from './steps.ts';
import type { Due } from './virtual-time.ts';
import { SimulatedWaits } from './waits.ts';
import type { Walk } from './walk.ts';

/** Ends a run: what is in it is its failure. */
class RunFailed extends Error {
  readonly details: RunFailureDetails;

  constructor(details: RunFailureDetails) {
    super(details.failure.message);
    this.details = details;
  }
}

class RunCancelled extends Error {}

export class SimulatedRun implements PursuedRun {
  readonly id: string;
  readonly key: string;
  readonly inputDigest: string;
  readonly notices: Notices;
  readonly leases: Leases;
  readonly #walk: Walk;
  readonly #goal: Goal;
  readonly #input: unknown;
  readonly #why: Why;
  readonly #startedAt: number;
  readonly #pace: Pace | undefined;
  readonly #deadline: number | null;
  readonly #steps: SimulatedSteps;
  readonly #datasets: SimulatedDatasets;
  readonly #outcome: RunOutcome;
  #ending: Ending | null = null;
  #closedAt: string | null = null;
  #cancel: () => void = () => undefined;
  /** Resolves when it has closed. */
  readonly ended: Promise<SimulatedEnd>;

  constructor(walk: Walk, goal: Goal, input: unknown, why: Why) {
    const key = runKey(input, goal.key);
    this.id = runId(goal.name, key.id);
    this.key = key.original;
    this.inputDigest = inputDigest(input);
    this.#walk = walk;
    this.#goal = goal;
    this.#input = asJson(input);
    this.#why = why;
    this.#startedAt = walk.time.now;
    this.#pace = paceOf(goal, { startedAt: this.#startedAt, why, input }) ?? undefined;
    const times = timesIn(this.#pace, this.#startedAt);
    this.notices = new Notices(walk.time, goal, times);
    this.#deadline = times.deadline;
    const failures = new StepFailures(() => this.id);
    this.#outcome = new RunOutcome({
      failures,
      ended: (details) => new RunFailed(details),
      isStrict: () => true,
      isStored: () => true,
    });
    this.#steps = new SimulatedSteps({
      ...{ walk, goal, run: this.id, deadline: this.#deadline, failures },
      riskAt: () => this.notices.riskAt(),
      struggles: (step) => this.#struggles(step),
      settled: (step) => this.#settled(step),
    });
    this.leases = new Leases(this.#steps);
    this.#datasets = new SimulatedDatasets(this.#steps, walk.versions);
    walk.runs.set(this.id, this);
    this.ended = this.#closed();
  }

  /** What it has shown beside its outcome. */
  get artifacts(): RunArtifact[] {
    return this.#steps.artifacts.told?.items ?? [];
  }

  /** Asks the run to end as cancelled. */
  cancel(): void {
    this.#cancel();
  }

  /** What it waits for, in words. */
  waitsFor(): string {
    const waiting = [...this.#steps.open.keys()].map((path) => {
      const { step } = this.#steps.book.get(path) ?? {};
      if (step?.asked !== undefined)
        return `${path}, which nobody decides (decide: { '${step.name}': { decision: 'approve' } })`;
      if (step?.awaits !== undefined)
        return `${path}, for which no event comes (events: [{ type: '${step.awaits.type}', data: { … } }])`;
      if (step?.kind === 'goal') return `${path}, which needs ${step.run}`;
      if (step?.kind === 'job') return `${path}, whose fake never settles`;
      return path;
    });
    return waiting.length === 0
      ? `${this.id} waits for a promise that no step of it settles`
      : `${this.id} waits for ${waiting.join('; ')}`;
  }

  /** The run as the gateway answers it, and its errors apart. */
  told(): RunErrors & { run: Run } {
    const { run, ...errors } = reportedOf({
      ...{ id: this.id, execution: 'simulated', key: this.key, named: this.#goal.name },
      ...{ startedAt: iso(this.#startedAt), closedAt: this.#closedAt, ending: this.#ending },
      deadline: this.#deadline === null ? null : iso(this.#deadline),
      pace: this.#pace,
      ...{ owner: this.#goal.owner, team: this.#goal.team, why: this.#why, resumes: null },
      ...{ input: this.#input ?? null, book: this.#steps.book, maps: this.#steps.maps },
      now: this.#walk.time.now,
    });
    return { run: { ...run, ...this.#datasets.shown }, ...errors };
  }

  async #closed(): Promise<SimulatedEnd> {
    // What goes on at the start is no part of the moment in which it was asked for.
    await new Promise<void>((resolve) => this.#walk.time.atEndOfMoment(resolve));
    this.#ending = await this.#pursued();
    this.#closedAt = this.#walk.time.iso;
    this.leases.closed();
    this.#steps.maps.close();
    for (const known of this.#steps.book.values())
      if (isOpen(known)) close(known, 'abandoned', this.#closedAt);
    const { outcome, failure, output } = this.#ending;
    return { outcome, failure, output };
  }

  async #pursued(): Promise<Ending> {
    try {
      return await this.#pursue();
    } catch (error) {
      if (error instanceof RunCancelled)
        return { outcome: 'cancelled', criteria: [], failure: null, output: null };
      if (error instanceof RunFailed)
        return { outcome: 'failed', ...(asJson(error.details) as RunFailureDetails), output: null };
      throw error;
    }
  }

  async #pursue(): Promise<Ending> {
    const { time } = this.#walk;
    const input = this.#read();
    const isOver = this.#deadline !== null && this.#deadline <= this.#startedAt;
    if (this.#goal.deadlineBy !== null && isOver)
      throw this.#outcome.failedBeforeStart(this.#goal, this.#deadline as number);
    const steps = this.#steps;
    const settledBy: { settled?: PursueResult; already?: true } = {};
    let due: Due | undefined;
    this.notices.watchLateness();
    const stop = await new Promise<'settled' | 'cancelled' | 'deadline'>((resolve) => {
      const settle = (settled: PursueResult): void => {
        settledBy.settled = settled;
        resolve('settled');
      };
      this.#walks(input, settledBy).then(
        (output) => settle({ output }),
        (error: unknown) => settle({ error }),
      );
      this.#cancel = () => resolve('cancelled');
      if (this.#deadline !== null)
        due = time.in(Math.max(1, this.#deadline - time.now), () => resolve('deadline'));
    });
    due?.cancel();
    steps.decided();
    this.notices.end();
    const inTime = settledBy.settled;
    const open: SimulatedOpenStep[] = [...steps.open.values()];
    const ledgers = steps.ledgers();
    if (open.length > 0 || inTime === undefined) {
      steps.scope.cancel();
      await steps.drained(CLOSING_GRACE_MS);
    }
    if (inTime === undefined) {
      if (stop === 'cancelled') throw new RunCancelled('the run was cancelled');
      throw this.#outcome.failedByDeadline(
        { goal: this.#goal, deadline: this.#deadline },
        open,
        ledgers,
        settledBy.settled,
      );
    }
    if ('error' in inTime) throw this.#outcome.failedBy(inTime.error);
    const { missing } = steps.awaited;
    if (missing.length > 0) throw this.#outcome.failedByUnawaited(missing);
    const { json, criteria } = this.#judge(inTime.output, input);
    const already = settledBy.already === true ? { already: true as const } : {};
    this.#datasets.achieved();
    return {
      ...{ outcome: 'achieved', criteria, failure: null, ...already },
      output: json === undefined ? undefined : JSON.parse(json),
    };
  }

  #read(): unknown {
    let input: z.ZodSafeParseResult<unknown>;
    try {
      input = this.#goal.input.safeParse(this.#input);
    } catch (error) {
      throw this.#outcome.failedBy(error);
    }
    if (input.success) return input.data;
    throw this.#outcome.failedByInput(this.#goal.name, z.prettifyError(input.error));
  }

  /** What `pursue` makes of it, or what `already` finds. */
  async #walks(input: unknown, settledBy: { already?: true }): Promise<unknown> {
    const { already } = this.#goal;
    if (already !== null) {
      const output = await this.#steps.run(already.job, already.input?.(input) ?? input);
      if (output !== null && !this.#isUnmet(output, input)) {
        settledBy.already = true;
        return output;
      }
    }
    return this.#goal.pursue(input, this.#pursuit());
  }

  #judge(output: unknown, input: unknown): Judged {
    const { past = {} } = this.#walk.options;
    return this.#outcome.judge(this.#goal, this.#outcome.weigh(this.#goal, output, input), past);
  }

  /** Whether a criterion says that what was found is not it. What else is wrong with it is a bug, and ends the run. */
  #isUnmet(output: unknown, input: unknown): boolean {
    try {
      this.#judge(output, input);
      return false;
    } catch (error) {
      return error instanceof RunFailed && error.details.failure.kind === 'criteria';
    }
  }

  #pursuit(): Pursuit {
    const steps = this.#steps;
    const persons = new Persons(steps);
    const needed = new NeededGoals(
      steps,
      (goal, input, ref) =>
        this.#walk.runs.get(runId(goal.name, runKey(input, goal.key).id)) ??
        new SimulatedRun(this.#walk, goal, input, {
          ...{ kind: 'goal', at: this.#walk.time.iso, by: null, reason: null, ref },
        }),
    );
    const pursuit = {
      run: steps.run.bind(steps),
      map: mapping(steps),
      sleep: steps.sleep.bind(steps),
      waitFor: new SimulatedWaits(steps, this.#input).waitFor,
      ...{ produce: this.#datasets.produce, use: this.#datasets.use },
      ...{ patched: this.#walk.patched, deprecatePatch: (name: string): void => void patchId(name) },
      ...{
        achieve: needed.achieve,
        achieveEach: achievingEach(steps, needed.need.bind(needed)),
        approve: persons.approve,
        ask: persons.ask,
        cleanup: this.leases.cleanup,
      },
      artifact: artifactsTo((artifact) =>
        steps.artifacts.ofPursue(artifact === null ? [] : [{ ...artifact, at: this.#walk.time.iso }]),
      ),
    };
    return pursuit as unknown as Pursuit;
  }

  #struggles(step: string): void {
    const open = this.#steps.open.get(step);
    const next = this.#steps.book.get(step)?.struggle?.next;
    if (open !== undefined)
      this.notices.struggles(step, { since: open.since, next: next === undefined ? 0 : Date.parse(next) });
  }

  #settled({ path, since }: SimulatedOpenStep): void {
    const known = this.#steps.book.get(path);
    const last = known?.ledger.last.at(-1) ?? known?.ledger.first.at(-1);
    this.notices.settled(path, since, last === undefined ? null : Date.parse(last.at));
    if (known?.step.asked !== undefined || known?.step.awaits !== undefined) this.notices.waited(since);
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
