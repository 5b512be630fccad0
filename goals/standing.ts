import type { z } from 'zod';
import { type Duration, milliseconds } from './duration.ts';

/** An outcome that shall hold at all times. */
export interface StandingDeclaration<Input extends z.ZodType = z.ZodType> {
  /** How long it holds once it is achieved. */
  fresh: Duration;
  /** What is pursued: always the same, or made of the time. A function runs in Temporal's sandbox, so it must be deterministic. */
  input: z.input<Input> | ((at: Date) => z.input<Input>);
  /** So long before it goes stale it is pursued. Default: the goal's `usual`, else a tenth of `fresh`; half of `fresh` at most. */
  lead?: Duration;
}

/** The same with all defaults filled in. */
export interface Standing {
  readonly freshMs: number;
  readonly leadMs: number;
  /** The input of the run by which the outcome holds at that time. */
  inputAt(at: Date): unknown;
}

export function standingOf(
  declared: StandingDeclaration | undefined,
  usualMs: number | null,
): Standing | null {
  if (declared === undefined) return null;
  const { fresh, lead, input } = declared;
  const freshMs = milliseconds(fresh) ?? 0;
  return {
    freshMs,
    leadMs: Math.min(milliseconds(lead) ?? usualMs ?? freshMs / 10, freshMs / 2),
    inputAt: (at) => (typeof input === 'function' ? (input as (at: Date) => unknown)(at) : input),
  };
}

/** What is wrong with it, as `check` says it. */
export function problemsOfStanding(standing: StandingDeclaration | undefined, input: z.ZodType): string[] {
  if (standing === undefined) return [];
  const [freshMs, leadMs] = [milliseconds(standing.fresh), milliseconds(standing.lead)];
  if (freshMs === null || freshMs < 1000)
    return [`standing.fresh is ${JSON.stringify(standing.fresh)}; write a duration from '1s' such as '26h'`];
  const found: string[] = [];
  if (standing.lead !== undefined && (leadMs === null || leadMs === 0 || leadMs > freshMs / 2))
    found.push(
      `standing.lead is ${JSON.stringify(standing.lead)}; write a duration of at most half of standing.fresh`,
    );
  if (typeof standing.input !== 'function' && !input.safeParse(standing.input).success)
    found.push("standing.input does not fit the goal's input");
  return found;
}
