// What the goal's own code hands on must be what JSON carries: it is refused where it is told, and never changed on its way.

import { patched } from '@temporalio/workflow';
import { StepFailed } from '../../goals/index.ts';
import { saidUncarried, uncarriedIn } from '../../goals/wire/text/uncarried.ts';
import { uncarriedFailure } from './step-failure.ts';

/** Runs that began before it went on with what JSON made of such values. */
const PATCH = 'gk-carried';

/** A sentence that says what of the value JSON cannot carry, and where; null when it carries all of it. */
export function refusal(whole: string, value: unknown): string | null {
  const found = uncarriedIn(value);
  return found !== null && patched(PATCH) ? saidUncarried(whole, found) : null;
}

/** Throws a `StepFailed` for an input that JSON does not carry. */
export function refuseUncarried(path: string, name: string, input: unknown): void {
  const refused = refusal(`the input given to ${path}`, input);
  if (refused !== null) throw new StepFailed(uncarriedFailure(path, name, refused));
}

/** The same for a run that is about to end: there is none that could have gone on with what cannot be written at all. */
export function written(whole: string, value: unknown): { json: string | undefined } | { refused: string } {
  const refused = refusal(whole, value);
  if (refused !== null) return { refused };
  try {
    return { json: JSON.stringify(value) };
  } catch {
    return { refused: `${whole} cannot be written as JSON` };
  }
}

/** Whether what once counted as a verdict of a criterion's counts no more. */
export const needsVerdict = (): boolean => patched(PATCH);
