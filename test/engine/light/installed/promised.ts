import { expect } from 'vitest';
import { parseLightExecution } from '../../../../goals/wire/light.ts';

/** The steps of each run that is asked for here. */
export const FIRST = 'light-installed-write#1';
export const SECOND = 'light-installed-write#2';

/** The effects of an achieved run: once each while it was light, and else at least once. */
export function expectPromised(key: string, execution: string, effects: readonly string[]): void {
  if (parseLightExecution(execution) !== null) {
    expect(effects, key).toEqual([FIRST, SECOND].flatMap((step) => [`${step} 1 began`, `${step} 1 did`]));
    return;
  }
  for (const step of [FIRST, SECOND]) expect(effects.join(), key).toMatch(new RegExp(`${step} \\d+ did`));
}
