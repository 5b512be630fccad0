// The ID in Temporal's history of a change that a team makes under open runs.

import { goalPatch } from './wire/names.ts';
import { GOAL_NAME, NAME_LIMIT } from './wire/run-id.ts';

/**
 * The ID of the marker of a patch of a goal's own.
 * @throws TypeError when `name` cannot be the name of a patch.
 */
export function patchId(name: unknown): string {
  if (typeof name === 'string' && GOAL_NAME.test(name) && name.length <= NAME_LIMIT) return goalPatch(name);
  throw new TypeError(
    `${JSON.stringify(name)} cannot be the name of a patch; write such as 'fares-first', at most ${NAME_LIMIT} characters`,
  );
}
