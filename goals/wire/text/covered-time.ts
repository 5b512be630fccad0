// The union of time spans, for durations that must not count an overlap twice.

export type TimeSpan = readonly [from: number, to: number];

/** How much time the spans cover together. */
export function coveredTime(spans: readonly TimeSpan[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const [from, to] of [...spans].sort(([a], [b]) => a - b)) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return sum;
}
