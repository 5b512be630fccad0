// How a team declares an outcome that must hold at all times.

import type { z } from 'zod';
import { type Duration, milliseconds } from './duration.ts';
import type { NamedDataset } from './named-dataset.ts';
import type { StandingTerms } from './wire/standing.ts';

/**
 * `standing` of a goal: the outcome must hold at all times.
 *
 * @example
 * ```ts
 * import { dataset, type StandingDeclaration } from 'goalkeeper';
 *
 * export const standing: StandingDeclaration = {
 *   fresh: '26h',
 *   lead: '2h',
 *   pursue: true,
 *   dataset: dataset({ name: 'orders', team: 'shop', description: 'Orders', partition: ['day'] }),
 *   input: (at: Date) => ({ day: at.toISOString().slice(0, 10) }),
 * };
 * ```
 */
export interface StandingDeclaration<Input extends z.ZodType = z.ZodType> {
  /** How long the outcome holds once it is achieved; a second or more. */
  fresh: Duration;
  /** The input to pursue: a value, or a function of the time. A function runs in Temporal's sandbox, so it must be deterministic. */
  input: z.input<Input> | ((at: Date) => z.input<Input>);
  /**
   * How long before the outcome goes stale goalkeeper pursues it again; up to half of `fresh`.
   * @default the goal's `usual`, else a tenth of `fresh`
   */
  lead?: Duration;
  /**
   * `false`: goalkeeper pursues nothing because of it, and only alerts the owner when the outcome goes stale, as when a schedule
   * falls silent.
   * @default true
   */
  pursue?: boolean;
  /**
   * The outcome is that the dataset is fresh: it holds for `fresh` after any partition of it was produced, by whichever goal. The goal's
   * `produces` lists the dataset.
   * @default none: the outcome is the goal's own
   */
  dataset?: NamedDataset;
}

/** A standing outcome with all defaults filled in; times in milliseconds. */
export interface Standing {
  readonly freshMs: number;
  readonly leadMs: number;
  /** Nothing is pursued because of it. */
  readonly watchOnly: boolean;
  /** The dataset that is to be fresh; null where the goal's own outcome is. */
  readonly dataset: NonNullable<StandingTerms['dataset']> | null;
  /** The input of the run by which the outcome holds at that time. */
  inputAt(at: Date): unknown;
}

export function standingOf(
  declared: StandingDeclaration | undefined,
  usualMs: number | null,
): Standing | null {
  if (declared === undefined) return null;
  const { fresh, lead, input, pursue = true, dataset } = declared;
  const freshMs = milliseconds(fresh) ?? 0;
  return {
    freshMs,
    leadMs: pursue ? Math.min(milliseconds(lead) ?? usualMs ?? freshMs / 10, freshMs / 2) : 0,
    watchOnly: !pursue,
    dataset: dataset === undefined ? null : { name: dataset.name, team: dataset.team },
    inputAt: (at) => (typeof input === 'function' ? (input as (at: Date) => unknown)(at) : input),
  };
}

/** What is wrong with it, as `check` says it. */
export function issuesOfStanding(
  standing: StandingDeclaration | undefined,
  input: z.ZodType,
  produces: readonly NamedDataset[] = [],
): string[] {
  if (standing === undefined) return [];
  const [freshMs, leadMs] = [milliseconds(standing.fresh), milliseconds(standing.lead)];
  if (freshMs === null || freshMs < 1000)
    return [`standing.fresh is ${JSON.stringify(standing.fresh)}; write a duration from '1s' such as '26h'`];
  const found: string[] = [];
  if (standing.lead !== undefined && (leadMs === null || leadMs === 0 || leadMs > freshMs / 2))
    found.push(
      `standing.lead is ${JSON.stringify(standing.lead)}; write a duration of at most half of standing.fresh`,
    );
  if (standing.pursue === false && standing.lead !== undefined)
    found.push('standing.lead says when it is pursued, and standing.pursue is false; drop one of the two');
  const { dataset } = standing;
  if (dataset !== undefined && !(Array.isArray(produces) && produces.some((one) => one === dataset)))
    found.push('standing.dataset is not one that the goal produces; add it to its `produces`');
  if (typeof standing.input !== 'function' && !input.safeParse(standing.input).success)
    found.push("standing.input does not fit the goal's input");
  return found;
}
