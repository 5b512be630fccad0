// Which workflows stay on the code that began them, where a team's workers are versions of a deployment.
//
// versioning.1. A worker outside of every deployment names no behavior: Temporal would refuse each of its tasks, for ever.

import { goalNamed } from '../goals/goal-named.ts';
import type { Goal } from '../goals/index.ts';
import {
  BACKFILL,
  EVENT_BATCH,
  KEEP_STANDING,
  LIGHT_HOST,
  SCHEDULED,
  VERSIONED_GLOBAL,
} from '../goals/wire/names.ts';

/**
 * What may live longer than a deploy, on the team's own queue, goes on by the newest code. What lives on `gk-system`, as bulk acts and
 * alerts do, is no version's: versioning.1.
 */
const UPGRADED: ReadonlySet<string> = new Set([KEEP_STANDING, SCHEDULED, BACKFILL, EVENT_BATCH, LIGHT_HOST]);

/**
 * How a workflow of this type moves between versions. The history does not say whether this worker is one: a run that
 * began on a version may go on elsewhere, and the other way round.
 */
export function versioningOf(
  type: string,
  goals: readonly Goal[],
): {
  versioningBehavior?: 'PINNED' | 'AUTO_UPGRADE';
} {
  // versioning.1
  if (Reflect.get(globalThis, VERSIONED_GLOBAL) !== true) return {};
  const upgrades = UPGRADED.has(type) || goalNamed(goals, type)?.version === 'upgrade';
  return { versioningBehavior: upgrades ? 'AUTO_UPGRADE' : 'PINNED' };
}
