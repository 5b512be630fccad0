// The steps of a run by their paths. Items of a map are kept apart: they are no steps, and have attempts and errors all the
// same.

import { itemOf } from '../goals/wire/map.ts';
import { newStep, type StepState } from './step-state.ts';

export class StepBook {
  steps = new Map<string, StepState>();
  readonly items = new Map<string, StepState>();

  get(path: string): StepState | undefined {
    return this.#of(path).get(path);
  }

  has(path: string): boolean {
    return this.#of(path).has(path);
  }

  set(path: string, known: StepState): void {
    this.#of(path).set(path, known);
    const item = itemOf(path);
    if (item !== null) this.map(item.map, item.job, known.step.startedAt);
  }

  /** The step of a map, which begins with what is told of it first. */
  map(path: string, job: string, startedAt: string): StepState {
    const known = this.steps.get(path);
    if (known !== undefined) return known;
    const begun = newStep(path, 'map', job, startedAt);
    begun.step.state = 'running';
    begun.step.attempts = 1;
    this.steps.set(path, begun);
    return begun;
  }

  values(): StepState[] {
    return [...this.steps.values(), ...this.items.values()];
  }

  /** No name has a slash but an item's path. */
  #of(path: string): Map<string, StepState> {
    return path.includes('/') ? this.items : this.steps;
  }
}
