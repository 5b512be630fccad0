// Tells the owner of a run that is not over yet: that its errors persist, that they put it at risk of missing its
// deadline, and that it is late; each once. Only trouble costs anything, or a declared `expected`.

import { patched, sleep, workflowInfo } from '@temporalio/workflow';
import { spoken } from '../../goals/duration.ts';
import type { Goal } from '../../goals/index.ts';
import type { NoticeKind, Trouble } from '../../goals/wire/alerts.ts';
import { lastEntry } from '../../goals/wire/ledger.ts';
import { LATE_TIMER, RISK_TIMER } from '../../goals/wire/names.ts';
import type { Struggle } from '../../goals/wire/run-view.ts';
import { covered, type Span } from '../../goals/wire/text/covered-time.ts';
import type { OpenStep } from '../steps/steps.ts';
import { tell } from './notify-alerts.ts';

const PATCH = 'gk-alarm';

type Told = Trouble & { cause: { fingerprint: string } | null };

interface Failing {
  since: number;
  next: number;
  trouble: Told;
}

export class Alarm {
  readonly #goal: Goal;
  readonly #startedAt = workflowInfo().startTime.getTime();
  readonly #told = new Set<NoticeKind>();
  readonly #failing = new Map<string, Failing>();
  /** When steps that have settled did nothing but fail, or waited for a person. */
  readonly #lost: Span[] = [];
  #isWatching = false;
  #isOver = false;

  constructor(goal: Goal) {
    this.#goal = goal;
  }

  /** Tells that the run is late, should it still be under way at the time by which it was expected. */
  watchLateness(): void {
    const { expectedMs } = this.#goal;
    if (expectedMs === null || !patched(PATCH)) return;
    this.#at(this.#startedAt + expectedMs, LATE_TIMER, () => {
      const message = `not reached within ${spoken(expectedMs)}, when it was expected`;
      this.#tell('late', { kind: 'late', code: 'late', message, path: [], cause: null });
    });
  }

  struggles(step: OpenStep, { next, code, message, fingerprint }: Struggle): void {
    if (!patched(PATCH)) return;
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
    if (entry === undefined || this.riskAt() === null || !patched(PATCH)) return;
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
    const { deadlineMs, usualMs } = this.#goal;
    if (deadlineMs === null || usualMs === null) return null;
    return this.#startedAt + deadlineMs - usualMs + this.#progress();
  }

  /** The run is decided: nobody is to be told any more but of its outcome. */
  end(): void {
    this.#isOver = true;
  }

  /** Time that has brought the run nearer to its end. */
  #progress(): number {
    const failing = [...this.#failing.values()].map(({ since }): Span => [since, Date.now()]);
    return Date.now() - this.#startedAt - covered([...this.#lost, ...failing]);
  }

  #watchRisk(trouble: Told): void {
    const { deadlineMs, usualMs } = this.#goal;
    if (deadlineMs === null || usualMs === null || this.#told.has('at-risk')) return;
    const failing = [...this.#failing.values()];
    const left = Math.max(0, usualMs - this.#progress());
    const latest = this.#startedAt + deadlineMs - left;
    if (Math.max(Date.now(), ...failing.map(({ next }) => next)) > latest) this.#tell('at-risk', trouble);
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

  #tell(kind: NoticeKind, trouble: Told): void {
    if (this.#isOver || this.#told.has(kind)) return;
    this.#told.add(kind);
    tell(kind, this.#goal, trouble).catch(() => undefined);
  }
}
