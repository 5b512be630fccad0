// Refuses what JSON would change in silence, before a step sends it.

import { refusal as refusalOf } from '../../goals/carried.ts';
import { StepFailed } from '../../goals/index.ts';
import { patched, patches } from '../patches.ts';
import { uncarriedFailure } from './step-failure.ts';

/** Whether what JSON cannot carry is refused, and what is no verdict. */
export const isStrict = (): boolean => patched(patches.carried);

/** A sentence that says what of the value JSON cannot carry, and where; null when it carries all of it. */
export const refusal = (whole: string, value: unknown): string | null => refusalOf(whole, value, isStrict);

/** Throws a `StepFailed` for an input that JSON does not carry. */
export function refuseUncarried(path: string, name: string, input: unknown): void {
  const refused = refusal(`the input given to ${path}`, input);
  if (refused !== null) throw new StepFailed(uncarriedFailure(path, name, refused));
}
