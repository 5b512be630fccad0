// Tells the owner of a run that is not over yet: that its errors persist, that they put it at risk of missing its
// deadline, and that it is late; each once. Only trouble costs anything, or a declared `expected`.

import { sleep, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { spoken } from '../../goals/duration.ts';
import type { Goal } from '../../goals/index.ts';
import type { NoticeKind, Trouble } from '../../goals/wire/alerts.ts';
import { type RunTimes, saidByClock } from '../../goals/wire/by-clock.ts';
import { lastEntry } from '../../goals/wire/ledger.ts';
import { LATE_TIMER, RISK_TIMER, searchAttributes } from '../../goals/wire/names.ts';
import type { Struggle } from '../../goals/wire/run-view.ts';
import { coveredTime, type TimeSpan } from '../../goals/wire/text/covered-time.ts';
import { patched, patches } from '../patches.ts';
import type { OpenStep } from '../steps/open-steps.ts';
import { notifyAlerts } from './notify-alerts.ts';
import { countsFrom } from './start-at.ts';

type Told = Trouble & { cause: { fingerprint: string } | null };

interface Failing {
  since: number;
  next: number;
  trouble: Told;
}

export class Alarm {
  readonly #goal: Goal;
  readonly #times: RunTimes;
  readonly #startedAt = countsFrom();
  readonly #told = new Set<NoticeKind>();
  readonly #failing = new Map<string, Failing>();
  /** When steps that have settled did nothing but fail, or waited for a person. */
  readonly #lost: TimeSpan[] = [];
  #isWatching = false;
  #isOver = false;
  #shown: 'at-risk' | 'late' | null = null;

  constructor(goal: Goal, times: RunTimes) {
    this.#goal = goal;
    this.#times = times;
  }

  /** Tells that the run is late, should it still be under way at the time by which it was expected. */
  watchLateness(): void {
    const { expected } = this.#times;
    if (expected === null || !patched(patches.alarm)) return;
    this.#at(expected, LATE_TIMER, () => {
      const { expectedMs, expectedBy } = this.#goal;
      const by = expectedBy === null ? `within ${spoken(expectedMs ?? 0)}` : `by ${saidByClock(expectedBy)}`;
      const message = `not reached ${by}, when it was expected`;
      this.#show('late');
      this.#tell('late', { kind: 'late', code: 'late', message, path: [], cause: null });
    });
  }

  struggles(step: OpenStep, { next, code, message, fingerprint }: Struggle): void {
    if (!patched(patches.alarm)) return;
    const trouble = this.#troubleOf(step, { code, message, fingerprint });
    const due = next === undefined ? Number.NaN : Date.parse(next);
    this.#failing.set(step.path, { since: step.since, next: Number.isNaN(due) ? 0 : due, trouble });
    this.#watchRisk(trouble);
    // Who knows that it is at risk knows that it struggles.
    if (!this.#told.has('at-risk')) this.#tell('struggling', trouble);
  }

  settled(step: OpenStep): void {
    this.#failing.delete(step.path);
    const entry = step.ledger === undefined ? undefined : lastEntry(step.ledger);
    if (entry === undefined || this.riskAt() === null || !patched(patches.alarm)) return;
    // By the worker's clock, which may be wrong: no later than the step's own end.
    this.#lost.push([step.since, Math.min(Date.parse(entry.at), Date.now())]);
    this.#watchRisk(this.#troubleOf(step, entry));
  }

  /** Time in which a person was waited for has brought the run no nearer. */
  waited(step: OpenStep): void {
    this.#lost.push([step.since, Date.now()]);
  }

  /** From when on the errors of a step that begins now put the run at risk, unless they heal; null when nothing says. */
  riskAt(): number | null {
    const { usualMs } = this.#goal;
    const { deadline } = this.#times;
    if (deadline === null || usualMs === null) return null;
    return deadline - usualMs + this.#progress();
  }

  /** The run is decided: nobody is to be told any more but of its outcome. */
  end(): void {
    this.#isOver = true;
  }

  /** Time that has brought the run nearer to its end. */
  #progress(): number {
    const failing = [...this.#failing.values()].map(({ since }): TimeSpan => [since, Date.now()]);
    return Date.now() - this.#startedAt - coveredTime([...this.#lost, ...failing]);
  }

  #watchRisk(trouble: Told): void {
    const { usualMs } = this.#goal;
    const { deadline } = this.#times;
    if (deadline === null || usualMs === null) return;
    const failing = [...this.#failing.values()];
    const left = Math.max(0, usualMs - this.#progress());
    const latest = deadline - left;
    const isAtRisk = Math.max(Date.now(), ...failing.map(({ next }) => next)) > latest;
    this.#show(isAtRisk ? 'at-risk' : null);
    if (this.#told.has('at-risk')) return;
    if (isAtRisk) this.#tell('at-risk', trouble);
    else if (failing.length > 0 && !this.#isWatching) {
      this.#isWatching = true;
      // No progress is made while a step fails, and later on it can only be more: it is never needed to look earlier.
      this.#at(latest + 1, RISK_TIMER, () => {
        this.#isWatching = false;
        const [first] = this.#failing.values();
        if (first !== undefined) this.#watchRisk(first.trouble);
      });
    }
  }

  #troubleOf(
    step: OpenStep,
    { code, message, fingerprint }: Omit<Told['cause'] & Pick<Told, 'code' | 'message'>, 'run'>,
  ): Told {
    const cause = { run: workflowInfo().workflowId, code, message, fingerprint };
    return { kind: 'job', code, message, path: [step.path], cause };
  }

  #at(time: number, summary: string, then: () => void): void {
    sleep(Math.max(1, time - Date.now()), { summary })
      .then(() => {
        if (!this.#isOver) then();
      })
      .catch(() => undefined);
  }

  /** Makes it known to lists whether it is in time. Once it is late, it stays so. */
  #show(pace: 'at-risk' | 'late' | null): void {
    if (this.#isOver || this.#shown === 'late' || this.#shown === pace || !patched(patches.rows)) return;
    this.#shown = pace;
    upsertSearchAttributes([{ key: { name: searchAttributes.pace, type: 'KEYWORD' as const }, value: pace }]);
  }

  #tell(kind: NoticeKind, trouble: Told): void {
    if (this.#isOver || this.#told.has(kind)) return;
    this.#told.add(kind);
    notifyAlerts(kind, this.#goal, trouble).catch(() => undefined);
  }
}
