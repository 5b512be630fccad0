// A measured value held against its bounds, and against the goal's own past.

import { type Measured, PAST_RUNS, type Within } from './measured.ts';
import type { Criterion, Measurement } from './wire/failure.ts';

/** Values of a criterion in earlier runs, the latest first. */
export type PastValues = readonly number[];

/** The verdict on a measured value: what was measured, and what was expected where it is not met. */
export function judgeMeasured(name: string, given: Measured, past: PastValues): Criterion {
  const { value, atLeast, atMost, unit, within } = given;
  const reference = within === undefined ? undefined : referenceOf(within, past);
  const low = Math.max(atLeast ?? -Infinity, reference?.low ?? -Infinity);
  const high = Math.min(atMost ?? Infinity, reference?.high ?? Infinity);
  const met = value >= low && value <= high;
  const measurement: Measurement = {
    value,
    ...(unit === undefined ? {} : { unit }),
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(atMost === undefined ? {} : { atMost }),
    ...(reference === undefined ? {} : { past: reference.shown }),
  };
  const bounds = [
    ...(value < (atLeast ?? -Infinity) ? [`at least ${atLeast} is needed`] : []),
    ...(value > (atMost ?? Infinity) ? [`at most ${atMost} is allowed`] : []),
    ...(reference !== undefined && (value < reference.low || value > reference.high) ? [reference.said] : []),
  ];
  const amount = unit === undefined ? String(value) : `${value} ${unit}`;
  const message = met ? null : `measured ${amount}; ${bounds.join('; ')}`;
  return { name, met, message, measured: measurement };
}

interface Reference {
  low: number;
  high: number;
  said: string;
  shown: NonNullable<Measurement['past']>;
}

function referenceOf({ factor, of, last }: Within, past: PastValues): Reference {
  const values = past.slice(0, last);
  const terms = { factor, of, last, runs: values.length };
  // Of what is too little to judge by, the run says how little it was.
  if (values.length < Math.min(PAST_RUNS, last))
    return { low: -Infinity, high: Infinity, said: '', shown: { ...terms, reference: null } };
  const reference = of === 'mean' ? mean(values) : median(values);
  const [one, other] = [reference / factor, reference * factor];
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  const said = `the ${of} of the last ${values.length} runs is ${rounded(reference)}, so ${rounded(low)} to ${rounded(high)} is expected`;
  return { low, high, said, shown: { ...terms, reference } };
}

const mean = (values: PastValues): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: PastValues): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** For a reader: six digits are enough. */
const rounded = (value: number): string => String(Number(value.toPrecision(6)));
