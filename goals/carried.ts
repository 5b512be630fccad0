// What a goal's own code hands on must be what JSON carries: it is refused where it is told, and never changed on its way.

import { saidUncarried, uncarriedIn } from './wire/text/uncarried.ts';

/** A sentence that says what of the value JSON cannot carry, and where; null when it carries all of it, or none is refused. */
export function refusal(whole: string, value: unknown, isRefused: () => boolean): string | null {
  const found = uncarriedIn(value);
  return found !== null && isRefused() ? saidUncarried(whole, found) : null;
}

/** The JSON of a value with which a run ends: there is none that could go on with what cannot be written at all. */
export function written(
  whole: string,
  value: unknown,
  isRefused: () => boolean,
): { json: string | undefined } | { refused: string } {
  const refused = refusal(whole, value, isRefused);
  if (refused !== null) return { refused };
  try {
    return { json: JSON.stringify(value) };
  } catch {
    return { refused: `${whole} cannot be written as JSON` };
  }
}
