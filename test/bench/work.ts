import type { Stage } from './stage.ts';

export interface Result {
  work: string;
  variant: string;
  /** The figure itself, and its unit. */
  value: number;
  unit: string;
  /** Against bare Temporal, or what else `against` names; null where there is nothing to compare with. */
  ratio: number | null;
  against: string;
  /** What is to be reached: at least, or at most, of the ratio or, where there is none, of the value. */
  wanted: { least?: number; most?: number };
}

/** `items`: how many the largest map is to have. */
export type Work = (stage: Stage, items: number) => Promise<Result[]>;

/** So many runs are under way at once, where that is measured. */
export const AT_ONCE = 50;

export const compared = (
  what: Pick<Result, 'work' | 'variant' | 'unit' | 'wanted'>,
  value: number,
  reference: number,
  against = 'bare',
): Result => ({ ...what, value, ratio: value / reference, against });
