// The axis of time of a path: where nothing runs for long it folds, so that hours of waiting do not flatten minutes of work.

export type DrawnSpan = readonly [from: number, to: number];

export interface Axis {
  /** Where a moment lies, from 0 to 100. */
  at(ms: number): number;
  folds: { from: number; to: number; ms: number }[];
  /** Moments to be written, and their distance from the beginning. */
  ticks: { at: number; ms: number }[];
}

/** What is idle for more than this part of the whole, and for this long, is folded, to this part of what is left. */
const IDLE_PART = 0.2;
const IDLE_MS = 30_000;
const FOLD_PART = 0.04;
const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800,
];

export function axisOf([start, end]: DrawnSpan, busy: readonly DrawnSpan[]): Axis {
  const whole = Math.max(1, end - start);
  const idle = idleIn([start, end], busy).filter(
    ([from, to]) => to - from > Math.max(IDLE_MS, whole * IDLE_PART),
  );
  const shown = whole - idle.reduce((sum, [from, to]) => sum + to - from, 0);
  const folded = Math.max(1, shown * FOLD_PART);
  const length = shown + idle.length * folded;
  const place = (ms: number): number => {
    let at = Math.min(Math.max(ms, start), end) - start;
    for (const [from, to] of idle) {
      const inside = Math.min(Math.max(ms, from), to) - from;
      at += (inside / (to - from)) * folded - inside;
    }
    return at;
  };
  const at = (ms: number): number => (place(ms) / length) * 100;
  const stepMs = (STEPS.find((s) => length / (s * 1000) <= 8) ?? length / 8000) * 1000;
  const isFolded = (ms: number): boolean => idle.some(([from, to]) => ms > from && ms < to);
  const ticks = Array.from({ length: Math.min(200, Math.floor(whole / stepMs) + 1) }, (_, i) => i * stepMs)
    .filter((ms) => !isFolded(start + ms))
    .map((ms) => ({ at: at(start + ms), ms }))
    .filter(({ at: place }, i, all) => i === 0 || place - (all[i - 1]?.at ?? 0) > 6);
  return { at, ticks, folds: idle.map(([from, to]) => ({ from: at(from), to: at(to), ms: to - from })) };
}

function idleIn([start, end]: DrawnSpan, busy: readonly DrawnSpan[]): DrawnSpan[] {
  const gaps: DrawnSpan[] = [];
  let until = start;
  for (const [from, to] of [...busy].sort(([a], [b]) => a - b)) {
    if (from > until) gaps.push([until, from]);
    until = Math.max(until, to);
  }
  if (end > until) gaps.push([until, end]);
  return gaps;
}
