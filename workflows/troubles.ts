// What a run tells visibility of its errors while Temporal keeps it: that it struggles, which fingerprints it has
// met, and what ended it. A run without errors tells nothing, and pays nothing.
//
// T1. A signal that comes late, twice, or for a step that is not under way changes nothing.
// T2. A history whose tasks were done by code that did not tell this is replayed as it was: all is behind a patch,
//     also what a signal brings, as in a deploy a new worker's step may tell it to an old worker's workflow.

import {
  ApplicationFailure,
  defineSignal,
  patched,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { type Failure, runFailureSchema } from '../goals/wire/failure.ts';
import type { Ledger } from '../goals/wire/ledger.ts';
import { FINGERPRINTS_LIMIT, memoNames, searchAttributes, signalNames } from '../goals/wire/names.ts';
import { type Struggle, struggleSchema } from '../goals/wire/run-view.ts';
import type { Troubled } from './steps.ts';

const PATCH = 'gk-troubles';

const struggling = defineSignal<[unknown]>(signalNames.struggling);

type State = 'pursuing' | 'struggling' | 'closed';

const keyword = (name: string, value: string) => ({ key: { name, type: 'KEYWORD' as const }, value });

export class Troubles implements Troubled {
  readonly #struggling = new Map<string, Struggle>();
  readonly #fingerprints = new Set<string>();
  #told: State | null = null;
  #isClosing = false;

  /** Listens to the steps; `isOpen` says whether one is under way. */
  listen(isOpen: (path: string) => boolean): void {
    setHandler(struggling, (given) => {
      const struggle = struggleSchema.safeParse(given);
      if (struggle.success && isOpen(struggle.data.step) && patched(PATCH)) this.#take(struggle.data);
    });
  }

  struggles(struggle: Struggle): void {
    if (this.#isClosing || !patched(PATCH)) return;
    // What a step signals is in the history by itself; this is known here only.
    upsertMemo({ [memoNames.struggle]: struggle });
    this.#take(struggle);
  }

  #take(struggle: Struggle): void {
    this.#struggling.set(struggle.step, struggle);
    this.#add(struggle.fingerprint);
    if (this.#told !== 'struggling') this.#tell('struggling');
  }

  met(ledger: Ledger | undefined): void {
    for (const fingerprint of Object.keys(ledger?.tallies ?? {})) this.#add(fingerprint);
  }

  settled(path: string): void {
    if (this.#struggling.delete(path) && this.#struggling.size === 0) this.#tell('pursuing');
  }

  /** The run tears down what is under way: what steps do now is no news. */
  closing(): void {
    this.#isClosing = true;
  }

  /** The run closes: with a failure, achieved, or cancelled. */
  close(error: unknown): void {
    const failure = failureIn(error);
    const cause = failure?.cause ?? null;
    if (cause !== null && cause.attempt !== null) this.#add(cause.fingerprint, true);
    if (this.#fingerprints.size === 0 && cause === null) return;
    if (!patched(PATCH)) return;
    upsertSearchAttributes([
      ...this.#list(),
      ...(cause === null ? [] : [keyword(searchAttributes.cause, cause.fingerprint)]),
      ...(this.#told === null ? [] : [keyword(searchAttributes.state, 'closed' satisfies State)]),
    ]);
  }

  #add(fingerprint: string, first = false): void {
    // What tallies call so is no fingerprint, but what was beyond their bound.
    if (fingerprint === 'other' || (this.#fingerprints.has(fingerprint) && !first)) return;
    const others = [...this.#fingerprints].filter((other) => other !== fingerprint);
    const all = first ? [fingerprint, ...others] : [...others, fingerprint];
    this.#fingerprints.clear();
    for (const one of all.slice(0, FINGERPRINTS_LIMIT)) this.#fingerprints.add(one);
  }

  #tell(state: State): void {
    if (this.#isClosing) return;
    this.#told = state;
    upsertSearchAttributes([
      keyword(searchAttributes.state, state),
      ...(state === 'struggling' ? this.#list() : []),
    ]);
  }

  #list() {
    const value = [...this.#fingerprints];
    return value.length === 0
      ? []
      : [{ key: { name: searchAttributes.fingerprints, type: 'KEYWORD_LIST' as const }, value }];
  }
}

const failureIn = (error: unknown): Failure | null =>
  error instanceof ApplicationFailure
    ? (runFailureSchema.safeParse(error.details?.[0]).data?.failure ?? null)
    : null;
