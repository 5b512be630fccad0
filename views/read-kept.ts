// Reads of a resumed run's history which steps took a result that an earlier execution had kept.

import { keptStep } from '../goals/wire/approvals.ts';
import { itemOf, shardOf } from '../goals/wire/map.ts';
import { type KeptResult, keptPageSchema, type Resume, takenSchema } from '../goals/wire/resume.ts';
import type { StepBook } from './step-book.ts';
import { close, newStep, type StepState } from './step-state.ts';

export class KeptReader {
  readonly #book: StepBook;
  readonly #results = new Map<number, KeptResult>();
  readonly #kept: { step: StepState; order: number }[] = [];

  constructor(book: StepBook) {
    this.#book = book;
  }

  /** What the run paged in. */
  page(result: unknown): void {
    for (const kept of keptPageSchema.safeParse(result).data?.results ?? []) this.add(kept);
  }

  add(kept: KeptResult): void {
    this.#results.set(kept.n, kept);
  }

  /** Which steps took one. */
  taken(result: unknown, time: string, resume: Resume | null): void {
    const supplied = new Set(resume?.supply.map(({ n }) => n));
    for (const { path, order, n } of takenSchema.safeParse(result).data ?? []) {
      // The run notes of how many items that is.
      if (shardOf(path) !== null) continue;
      const result = this.#results.get(n);
      const { kind } = keptStep(result?.job ?? '');
      const step = newStep(path, kind, itemOf(path)?.job ?? path.replace(/#\d+$/, ''), time);
      close(step, 'succeeded', time);
      const before = resume?.from ?? '';
      step.kept = supplied.has(n)
        ? { from: before, supplied: true }
        : { from: result?.from ?? before, supplied: false };
      this.#book.set(path, step);
      if (itemOf(path) === null) this.#kept.push({ step, order });
    }
  }

  /** Puts the steps that took a kept result where they belong: their event comes after those of the steps that ran. */
  inOrder(): Map<string, StepState> {
    if (this.#kept.length === 0) return this.#book.steps;
    const steps = [...this.#book.steps.values()].filter(({ kept }) => kept === null);
    const kept = this.#kept.sort((a, b) => a.order - b.order);
    const ran = steps[Symbol.iterator]();
    const ordered: StepState[] = [];
    for (const { step, order } of kept) {
      while (ordered.length < order) {
        const { done, value: next } = ran.next();
        if (done) break;
        ordered.push(next);
      }
      ordered.push(step);
    }
    ordered.push(...ran);
    return new Map(ordered.map((step) => [step.path, step]));
  }
}
