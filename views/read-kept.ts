// Reads of a resumed run's history which steps took a result that an earlier execution had kept.

import { keptStep } from '../goals/wire/approvals.ts';
import type { Ledger } from '../goals/wire/ledger.ts';
import { itemOf, shardOf } from '../goals/wire/map.ts';
import { type KeptResult, keptPageSchema, type Resume, takenSchema } from '../goals/wire/resume.ts';
import type { StepBook } from './step-book.ts';
import { attemptsOf, close, learn, newStep, type StepState } from './step-state.ts';

export class KeptReader {
  readonly #book: StepBook;
  readonly #results = new Map<number, KeptResult & { ledger?: Ledger | undefined }>();
  readonly #kept: { known: StepState; order: number }[] = [];

  constructor(book: StepBook) {
    this.#book = book;
  }

  /** What the run paged in. */
  page(result: unknown): void {
    for (const kept of keptPageSchema.safeParse(result).data?.results ?? []) this.add(kept);
  }

  /** `ledger`: errors that healed in the same run, which was a light one then. */
  add(kept: KeptResult & { ledger?: Ledger | undefined }): void {
    this.#results.set(kept.n, kept);
  }

  /** Which steps took one. */
  taken(
    result: unknown,
    time: string,
    resume: (Pick<Resume, 'from'> & Partial<Pick<Resume, 'supply'>>) | null,
  ): void {
    const supplied = new Set(resume?.supply?.map(({ n }) => n));
    for (const { path, order, n } of takenSchema.safeParse(result).data ?? []) {
      // The run notes of how many items that is.
      if (shardOf(path) !== null) continue;
      const result = this.#results.get(n);
      const { kind } = keptStep(result?.job ?? '');
      const known = newStep(path, kind, itemOf(path)?.job ?? path.replace(/#\d+$/, ''), time);
      close(known, 'succeeded', time);
      const before = resume?.from ?? '';
      known.step.kept = supplied.has(n)
        ? { from: before, supplied: true }
        : { from: result?.from ?? before, supplied: false };
      if (result?.ledger !== undefined) {
        learn(known, result.ledger);
        known.step.attempts = attemptsOf(known, 1);
      }
      this.#book.set(path, known);
      if (itemOf(path) === null) this.#kept.push({ known, order });
    }
  }

  /** Puts the steps that took a kept result where they belong: their event comes after those of the steps that ran. */
  inOrder(): Map<string, StepState> {
    if (this.#kept.length === 0) return this.#book.steps;
    const steps = [...this.#book.steps.values()].filter(({ step }) => step.kept === null);
    const kept = this.#kept.sort((a, b) => a.order - b.order);
    const ran = steps[Symbol.iterator]();
    const ordered: StepState[] = [];
    for (const { known, order } of kept) {
      while (ordered.length < order) {
        const { done, value: next } = ran.next();
        if (done) break;
        ordered.push(next);
      }
      ordered.push(known);
    }
    ordered.push(...ran);
    return new Map(ordered.map((known) => [known.step.path, known]));
  }
}
