// What a run tells visibility while Temporal keeps it: that it struggles or waits for a person, which fingerprints it
// has met, and what ended it; with what a row of a list says of that. A run that has none of this tells nothing, and pays
// nothing.
//
// visibility.1. A signal that comes late, twice, or for a step that is not under way changes nothing.
// visibility.2. A history whose tasks were done by code that did not report this is replayed as it was: all is behind a patch,
//     also the effect of a signal, as in a deploy a new worker's step may signal an old worker's workflow.

import {
  ApplicationFailure,
  defineSignal,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { type Failure, runFailureSchema } from '../../goals/wire/failure.ts';
import type { Ledger } from '../../goals/wire/ledger.ts';
import { FINGERPRINTS_LIMIT, memoNames, searchAttributes, signalNames } from '../../goals/wire/names.ts';
import { failureKeyword, type RowMemo, rowFailure, rowStruggle } from '../../goals/wire/row-memo.ts';
import { type Struggle, struggleSchema } from '../../goals/wire/run-view.ts';
import { patched, patches } from '../patches.ts';
import type { OpenStep, StepObserver } from '../steps/open-steps.ts';
import type { Alarm } from './alarm.ts';

const struggling = defineSignal<[unknown]>(signalNames.struggling);

type State = 'pursuing' | 'waiting' | 'struggling' | 'closed';

const keyword = (name: string, value: string) => ({ key: { name, type: 'KEYWORD' as const }, value });

export class Visibility implements StepObserver {
  readonly #struggling = new Map<string, Struggle>();
  readonly #waiting = new Set<string>();
  readonly #fingerprints = new Set<string>();
  /** How many errors each step has had. */
  readonly #errors = new Map<string, number>();
  /** Not all errors come to be known here: shards of maps report some of theirs. */
  #isUncounted = false;
  #row: RowMemo = {};
  #told: State | null = null;
  #isClosing = false;
  readonly #alarm: Alarm;
  #open: (path: string) => OpenStep | undefined = () => undefined;

  constructor(alarm: Alarm) {
    this.#alarm = alarm;
  }

  /** Listens to the steps; `open` gives one that is under way. */
  listen(open: (path: string) => OpenStep | undefined): void {
    this.#alarm.watchLateness();
    this.#open = open;
    setHandler(struggling, (given) => {
      const struggle = struggleSchema.safeParse(given);
      // visibility.1: a step that is not under way has none.
      const step = open(struggle.data?.step ?? '');
      if (struggle.success && step !== undefined && patched(patches.troubles))
        this.#take(step, struggle.data);
    });
  }

  struggles(struggle: Struggle): void {
    const step = this.#open(struggle.step);
    // visibility.2
    if (step === undefined || this.#isClosing || !patched(patches.troubles)) return;
    // What a step signals is in the history by itself; this is known here only.
    upsertMemo({ [memoNames.struggle]: struggle });
    this.#take(step, struggle);
  }

  #take(step: OpenStep, struggle: Struggle): void {
    this.#struggling.set(step.path, struggle);
    this.#add(struggle.fingerprint);
    this.#tell();
    if (patched(patches.rows)) this.#write({ ...this.#row, struggle: rowStruggle(struggle) });
    this.#alarm.struggles(step, struggle);
  }

  met(path: string | null, ledger: Ledger | undefined): void {
    if (path === null) this.#isUncounted = true;
    else if (ledger !== undefined) this.#errors.set(path, ledger.total);
    for (const fingerprint of Object.keys(ledger?.tallies ?? {})) this.#add(fingerprint);
  }

  settled(step: OpenStep): void {
    const [struggled, waited] = [this.#struggling.delete(step.path), this.#waiting.delete(step.path)];
    if (!this.#isClosing) this.#alarm.settled(step);
    if (waited) this.#alarm.waited(step);
    if (struggled || waited) this.#tell();
  }

  /** A step waits for a person. */
  waits(path: string): void {
    this.#waiting.add(path);
    this.#tell();
  }

  riskAt(): number | null {
    return this.#alarm.riskAt();
  }

  /** The run tears down what is under way: what steps do now is no news. */
  closing(): void {
    this.#isClosing = true;
    this.#alarm.end();
  }

  /** The run closes: with a failure, achieved, or cancelled. */
  close(error: unknown): void {
    const failure = failureIn(error);
    const cause = failure?.cause ?? null;
    if (cause !== null && cause.attempt !== null) this.#add(cause.fingerprint, true);
    const isTold = this.#fingerprints.size > 0 || cause !== null || this.#told !== null;
    const told =
      isTold && patched(patches.troubles)
        ? [
            ...this.#list(),
            ...(cause === null ? [] : [keyword(searchAttributes.cause, cause.fingerprint)]),
            ...(this.#told === null ? [] : [keyword(searchAttributes.state, 'closed' satisfies State)]),
          ]
        : [];
    const hasRow = failure !== null || this.#errors.size > 0 || this.#isUncounted;
    const writesRow = hasRow && patched(patches.rows);
    const ended =
      writesRow && failure !== null ? [keyword(searchAttributes.failure, failureKeyword(failure))] : [];
    if (told.length + ended.length > 0) upsertSearchAttributes([...told, ...ended]);
    if (writesRow)
      this.#write({ ...this.#row, failure: failure && rowFailure(failure), healed: this.#healed(failure) });
  }

  /** The errors of steps that did not end the run; null where some may not be known. */
  #healed(failure: Failure | null): number | null {
    if (this.#isUncounted) return null;
    const fatal = failure?.path[0];
    return [...this.#errors].reduce((sum, [path, total]) => (path === fatal ? sum : sum + total), 0);
  }

  #write(row: RowMemo): void {
    this.#row = row;
    upsertMemo({ [memoNames.row]: row });
  }

  #add(fingerprint: string, first = false): void {
    // What tallies call so is no fingerprint, but what was beyond their bound.
    if (fingerprint === 'other' || (this.#fingerprints.has(fingerprint) && !first)) return;
    const others = [...this.#fingerprints].filter((other) => other !== fingerprint);
    const all = first ? [fingerprint, ...others] : [...others, fingerprint];
    this.#fingerprints.clear();
    for (const one of all.slice(0, FINGERPRINTS_LIMIT)) this.#fingerprints.add(one);
  }

  /** Only one state can be searched for: that it struggles goes before that it waits, which is looked for among both. */
  #tell(): void {
    const state = this.#struggling.size > 0 ? 'struggling' : this.#waiting.size > 0 ? 'waiting' : 'pursuing';
    if (this.#isClosing || state === (this.#told ?? 'pursuing')) return;
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
