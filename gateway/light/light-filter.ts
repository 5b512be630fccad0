// Which light runs a filter of runs means.

import { familyOf } from '../../goals/wire/former-names.ts';
import { hasLight } from '../../goals/wire/light.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { runId } from '../../goals/wire/run-id.ts';
import type { AchievedRun } from '../../views/light-updates.ts';
import { keyId, type RunFilter } from '../temporal/visibility-query.ts';

/** The goals of the catalogue whose light runs a filter may mean: those are closed, and achieved. */
export function lightGoals(filter: RunFilter, catalogue: readonly Publication[]): Publication[] {
  const { goal, goals, owner, team, teams, outcome, state, executions, code, kind, mark } = filter;
  const cannot =
    (outcome ?? 'achieved') !== 'achieved' ||
    (state ?? 'closed') !== 'closed' ||
    [executions, code, kind, mark].some((asked) => asked !== undefined);
  if (cannot) return [];
  const family = goal === undefined ? null : familyOf(goal, catalogue);
  return catalogue.filter(
    (one) =>
      hasLight(one) &&
      (family === null || family.includes(one.goal)) &&
      (goals === undefined || goals.includes(one.goal)) &&
      (owner === undefined || owner === one.owner) &&
      (team === undefined || team === one.team) &&
      (teams == null || teams.includes(one.team)),
  );
}

/** Whether a run is one that the filter means, as far as its ask and its answer tell. */
export function meaning(filter: RunFilter, catalogue: readonly Publication[]) {
  const {
    key,
    keyFrom,
    keyTo,
    keys,
    keyPrefix = '',
    firstPart,
    fingerprint,
    since,
    until,
    idPrefix = '',
  } = filter;
  const { notExecutions = [], late, why } = filter;
  const asked = key === undefined ? null : keyId(key);
  const among = keys === undefined ? null : new Set(keys);
  const others = new Set(notExecutions);
  const ledgersOf = ({ answer }: AchievedRun) => answer.steps.flatMap(({ ledger }) => ledger ?? []);
  return (goal: string, run: AchievedRun): boolean => {
    const { ask, answer } = run;
    const own = ask.key;
    const expectedMs = catalogue.find((one) => one.goal === goal)?.expectedMs ?? null;
    const isLate = expectedMs !== null && answer.closed - answer.begun > expectedMs;
    return (
      (asked === null || own === asked) &&
      (among === null || among.has(own)) &&
      own.startsWith(keyPrefix) &&
      runId(goal, own).startsWith(idPrefix) &&
      (keyFrom === undefined || own >= keyFrom) &&
      (keyTo === undefined || own <= keyTo) &&
      (firstPart?.from === undefined || own >= firstPart.from) &&
      (firstPart?.to === undefined || own <= firstPart.to || own.startsWith(`${firstPart.to}~`)) &&
      (fingerprint === undefined || ledgersOf(run).some(({ tallies }) => fingerprint in tallies)) &&
      (since === undefined || answer.begun >= since.at.getTime()) &&
      (until === undefined || answer.begun < until.at.getTime()) &&
      (late === undefined || late === isLate) &&
      (why === undefined || why === ask.why.kind) &&
      !others.has(answer.execution)
    );
  };
}

/** Whether it asks for more than an index of an execution tells. */
export const isOfKeys = (filter: RunFilter): boolean =>
  [
    ...[filter.key, filter.keyFrom, filter.keyTo, filter.keys, filter.keyPrefix, filter.firstPart],
    ...[filter.fingerprint, filter.until, filter.idPrefix, filter.late, filter.tag, filter.why],
  ].some((asked) => asked !== undefined) || (filter.notExecutions ?? []).length > 0;
