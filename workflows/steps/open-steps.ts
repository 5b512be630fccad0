// Which steps of a run are under way, and by what names: a step's path is `name#n`, and its activity's ID, so that a history
// can be read back without asking anyone.

import type { Ledger } from '../../goals/wire/ledger.ts';
import type { Struggle } from '../../goals/wire/run-view.ts';

/** A step under way. */
export interface OpenStep {
  path: string;
  /** Null for what is no job. */
  job: string | null;
  since: number;
  /** Of its errors: once it has ended, and before where the workflow makes its attempts itself. */
  ledger?: Ledger;
  /** It has ended well, and so its errors were healed. */
  hasSucceeded?: true;
  /** Of an item of a map: how many milliseconds its last attempt took, as its worker has it. Older workers do not tell. */
  ms?: number;
}

/** What is to be told of the errors that steps meet. */
export interface StepObserver {
  /** A step had these errors. `path`: null where the run may not know of all of its errors. */
  met(path: string | null, ledger: Ledger | undefined): void;
  /** The errors of a step persist whose attempts the workflow makes itself. */
  struggles(struggle: Struggle): void;
  /** A step has ended, whether or not it had trouble. */
  settled(step: OpenStep): void;
  /** From when on the errors of a step that begins now put the run at risk; null when nothing says. */
  riskAt(): number | null;
}

export class OpenSteps {
  readonly #open = new Map<string, OpenStep>();
  readonly #counts = new Map<string, number>();
  readonly #observer: StepObserver;
  #begun = 0;
  #waitsElsewhere = false;
  #isDecided = false;

  constructor(observer: StepObserver) {
    this.#observer = observer;
  }

  get(path: string): OpenStep | undefined {
    return this.#open.get(path);
  }

  all(): OpenStep[] {
    return [...this.#open.values()];
  }

  get size(): number {
    return this.#open.size;
  }

  /** How many steps of the run began before this one. */
  nextOrder(): number {
    return this.#begun++;
  }

  /** Something of the run waits for what is no step. */
  waitsElsewhere(): void {
    this.#waitsElsewhere = true;
  }

  /** How many steps the run has begun, should it wait for nothing but so many; else null. */
  begunIfOnly(open: number): number | null {
    return this.#open.size === open && !this.#waitsElsewhere ? this.#begun : null;
  }

  /** Gives the next use of a name its path, and keeps the step among the open ones. */
  begin(name: string, job: string | null): OpenStep {
    const n = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, n);
    const step: OpenStep = { path: `${name}#${n}`, job, since: Date.now() };
    this.#open.set(step.path, step);
    return step;
  }

  /** Keeps an item of a map, which goes on alone, among the open steps. */
  beginItem(path: string, job: string | null, ledger?: Ledger): OpenStep {
    const open = this.#open.get(path);
    if (open !== undefined) return open;
    const step: OpenStep = { path, job, since: Date.now(), ...(ledger && { ledger }) };
    this.#open.set(path, step);
    return step;
  }

  end(step: OpenStep, hasSucceeded = false): void {
    if (hasSucceeded) step.hasSucceeded = true;
    this.#open.delete(step.path);
    this.#observer.settled(step);
  }

  /** The run's outcome is decided: no step begins any more. */
  decide(): void {
    this.#isDecided = true;
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }

  /** Takes in the ledger that a step told. */
  met(path: string, ledger: Ledger | undefined): void {
    const step = this.#open.get(path);
    if (step !== undefined && ledger !== undefined) step.ledger = ledger;
    this.#observer.met(path, ledger);
  }
}
