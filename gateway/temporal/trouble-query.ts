// The text of the visibility queries for troubles: errors of attempts, and outcomes that failed without one.

import { namesOf } from '../../goals/wire/former-names.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { OUT_OF_TIME_KEYWORD, outOfTime } from '../../goals/wire/trouble.ts';
import { among, type RunFilter, statusesOf, visibilityQuery } from './visibility-query.ts';

/** Which errors are asked for. */
export interface IncidentFilter extends Pick<RunFilter, 'goal' | 'team' | 'teams'> {
  since: Date;
}

/**
 * The query that finds a superset of the executions with errors, open or closed since, and of those that failed without one. Who asks
 * must look at the team and the outcome.
 */
export function incidentQuery(
  { goal, team, teams, since }: IncidentFilter,
  catalogue: readonly Publication[],
): string {
  return [
    visibilityQuery({ goal, team, teams }, catalogue),
    `(${searchAttributes.fingerprints} IS NOT NULL OR ${among('ExecutionStatus', statusesOf.failed)})`,
    `(ExecutionStatus = 'Running' OR CloseTime >= '${since.toISOString()}')`,
  ].join(' AND ');
}

interface EarlierFilter extends Omit<IncidentFilter, 'since'> {
  before: string;
  fingerprints: readonly string[];
  /** Goals whose runs out of time are meant: names in the catalogue. */
  outOfTimeOf?: readonly string[];
}

/**
 * The query that finds the executions that closed before and were hurt by any of these troubles, by their fingerprints, or that ran
 * out of time without a cause, of these goals.
 */
export const earlierQuery = (
  { goal, team, teams, before, fingerprints, outOfTimeOf = [] }: EarlierFilter,
  catalogue: readonly Publication[],
): string =>
  [
    visibilityQuery({ goal, team, teams }, catalogue),
    `(${[
      among(searchAttributes.fingerprints, fingerprints),
      among(searchAttributes.cause, fingerprints),
      ...(outOfTimeOf.length === 0 ? [] : [`(${ranOut(outOfTimeOf)})`]),
    ].join(' OR ')})`,
    `CloseTime < '${new Date(before).toISOString()}'`,
  ].join(' AND ');

const ranOut = (goals: readonly string[]): string =>
  [
    among('WorkflowType', goals),
    `${searchAttributes.failure} = '${OUT_OF_TIME_KEYWORD}'`,
    `${searchAttributes.cause} IS NULL`,
  ].join(' AND ');

/** Whether an execution ran out of time without a cause, as visibility tells. */
export const hasRunOut = (attribute: (name: string) => unknown): boolean =>
  attribute(searchAttributes.failure) === OUT_OF_TIME_KEYWORD &&
  typeof attribute(searchAttributes.cause) !== 'string';

/**
 * The query that finds the executions that one trouble ended since, by its fingerprint, which must be one that `goals/wire/fingerprint.ts`
 * makes, or `goals/wire/trouble.ts` of a goal in the catalogue. Who asks must look at the team.
 */
export const troubleQuery = (
  { goal, team, teams, since, fingerprint }: IncidentFilter & { fingerprint: string },
  catalogue: readonly Publication[],
): string =>
  [
    visibilityQuery({ goal, team, teams, outcome: 'failed' }, catalogue),
    troubleClause(fingerprint, catalogue),
    `CloseTime >= '${since.toISOString()}'`,
  ].join(' AND ');

function troubleClause(fingerprint: string, catalogue: readonly Publication[]): string {
  const goal = catalogue.flatMap(namesOf).find((name) => outOfTime(name) === fingerprint);
  return goal === undefined ? `${searchAttributes.cause} = '${fingerprint}'` : ranOut([goal]);
}
