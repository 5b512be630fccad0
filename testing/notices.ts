// What a run's owner would be told before it is over: that its errors persist, that they put it at risk of missing its deadline,
// and that it is late; each once. As workflows/run/alarm.ts does in Temporal.

import type { Goal } from '../goals/index.ts';
import type { RunTimes } from '../goals/wire/by-clock.ts';
import { coveredTime, type TimeSpan } from '../goals/wire/text/covered-time.ts';
import type { Due, VirtualTime } from './virtual-time.ts';

/** What a run's owner would be told before it is over. */
export interface SimulatedNotice {
  kind: 'struggling' | 'at-risk' | 'late';
  at: string;
  /** Whose errors persist; null of a run that is late. */
  step: string | null;
}

interface Failing {
  since: number;
  /** When the next attempt is due. */
  next: number;
}

export class Notices {
  readonly told: SimulatedNotice[] = [];
  readonly #time: VirtualTime;
  readonly #goal: Goal;
  readonly #times: RunTimes;
  readonly #startedAt: number;
  readonly #failing = new Map<string, Failing>();
  /** When steps that have settled did nothing but fail, or waited for a person. */
  readonly #lost: TimeSpan[] = [];
  readonly #dues: Due[] = [];
  #isWatching = false;
  #isOver = false;

  constructor(time: VirtualTime, goal: Goal, times: RunTimes) {
    this.#time = time;
    this.#goal = goal;
    this.#times = times;
    this.#startedAt = time.now;
  }

  watchLateness(): void {
    const { expected } = this.#times;
    if (expected !== null) this.#at(expected, () => this.#tell('late', null));
  }

  struggles(step: string, failing: Failing): void {
    this.#failing.set(step, failing);
    this.#watchRisk(step);
    // Who knows that it is at risk knows that it struggles.
    if (!this.#isTold('at-risk')) this.#tell('struggling', step);
  }

  /** A step has ended; `lastErrorAt` of one that met errors. */
  settled(step: string, since: number, lastErrorAt: number | null): void {
    this.#failing.delete(step);
    if (lastErrorAt === null || this.riskAt() === null) return;
    this.#lost.push([since, lastErrorAt]);
    this.#watchRisk(step);
  }

  /** Time in which a person was waited for has brought the run no nearer. */
  waited(since: number): void {
    this.#lost.push([since, this.#time.now]);
  }

  /** From when on errors of a step that begins now put the run at risk; null when nothing says. */
  riskAt(): number | null {
    const { usualMs } = this.#goal;
    const { deadline } = this.#times;
    if (deadline === null || usualMs === null) return null;
    return deadline - usualMs + this.#progress();
  }

  /** The run is decided: nobody is to be told any more but of its outcome. */
  end(): void {
    this.#isOver = true;
    for (const due of this.#dues) due.cancel();
  }

  /** Time that has brought the run nearer to its end. */
  #progress(): number {
    const { now } = this.#time;
    const failing = [...this.#failing.values()].map(({ since }): TimeSpan => [since, now]);
    return now - this.#startedAt - coveredTime([...this.#lost, ...failing]);
  }

  #watchRisk(step: string): void {
    const { usualMs } = this.#goal;
    const { deadline } = this.#times;
    if (deadline === null || usualMs === null || this.#isTold('at-risk')) return;
    const failing = [...this.#failing.values()];
    const latest = deadline - Math.max(0, usualMs - this.#progress());
    if (Math.max(this.#time.now, ...failing.map(({ next }) => next)) > latest) this.#tell('at-risk', step);
    else if (failing.length > 0 && !this.#isWatching) {
      this.#isWatching = true;
      this.#at(latest + 1, () => {
        this.#isWatching = false;
        const [first] = this.#failing.keys();
        if (first !== undefined) this.#watchRisk(first);
      });
    }
  }

  #at(time: number, then: () => void): void {
    if (!this.#isOver) this.#dues.push(this.#time.in(Math.max(1, time - this.#time.now), then, 'backstop'));
  }

  #isTold(kind: SimulatedNotice['kind']): boolean {
    return this.told.some((notice) => notice.kind === kind);
  }

  #tell(kind: SimulatedNotice['kind'], step: string | null): void {
    if (!this.#isOver && !this.#isTold(kind)) this.told.push({ kind, at: this.#time.iso, step });
  }
}
