// What makes two failures the same trouble: the fingerprint of their first true cause, or where they have none the goal at which
// they failed, and their code.

import type { Failure, FailureKind } from './failure.ts';
import { failureKeyword } from './row-memo.ts';
import { sha256 } from './text/sha256.ts';

/** Stands for the fingerprint of a failure without a cause, such as a deadline that just ran out. */
export const causelessTrouble = (goal: string, code: string): string =>
  sha256(`no cause\n${goal}\n${code}`).slice(0, 16);

/** `goal`: the one at which it failed. */
export const troubleOf = (goal: string, { code, cause }: Pick<Failure, 'code' | 'cause'>): string =>
  cause?.fingerprint ?? causelessTrouble(goal, code);

const OUT_OF_TIME = { kind: 'deadline', code: 'deadline_passed' } as const;

/** Of the failures without a cause, those that visibility can find: runs say so of themselves as they close. */
export const OUT_OF_TIME_KEYWORD = failureKeyword(OUT_OF_TIME);

/** The trouble of a goal whose deadlines run out. */
export const outOfTime = (goal: string): string => causelessTrouble(goal, OUT_OF_TIME.code);

/** Codes of runs that Temporal ended. They have no cause, and could not say of themselves what their trouble was. */
const ENDED_BY_TEMPORAL = ['terminated', 'engine_failed', 'engine_timeout'] as const;

/** Whether this is the trouble of a goal whose runs Temporal ended. */
export const isEndedByTemporal = (goal: string, fingerprint: string): boolean =>
  ENDED_BY_TEMPORAL.some((code) => causelessTrouble(goal, code) === fingerprint);

/** Whether a trouble's failures have no cause: then their code stands for its type. */
export const isCauseless = ({
  kind,
  type,
  code,
}: {
  kind: FailureKind | null;
  type: string;
  code: string;
}): boolean => kind !== null && type === code;
