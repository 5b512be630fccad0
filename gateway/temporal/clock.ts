// What time it is by Temporal's clock. Temporal does not tell it, but every time that it stamps bounds it: an event
// that was seen had happened, and a run that we start begins no earlier than we asked. Between these bounds the
// clock of this machine is trusted.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Temporal stamped something with this time, and it has just been read. */
  seen(stamp: number): void;
  /** Temporal stamped something with this time, which it began no earlier than `asked` by this machine's clock. */
  begun(stamp: number, asked: number): void;
  /** Whether it was compared with a run that we had started, within the last minute. */
  isSure(): boolean;
}

/** How long a bound holds: this machine's clock may be set right meanwhile. */
const HOLDS_MS = 10 * 60_000;
const SURE_MS = 60_000;

interface Bound {
  offset: number;
  until: number;
}

export function clockOf(
  local: () => number = Date.now,
  ticks: () => number = () => performance.now(),
): Clock {
  let least: Bound | null = null;
  let most: Bound | null = null;
  let comparedAt = Number.NEGATIVE_INFINITY;
  const holding = (bound: Bound | null): bound is Bound => bound !== null && ticks() < bound.until;
  return {
    now() {
      const low = holding(least) ? least.offset : Number.NEGATIVE_INFINITY;
      const high = holding(most) ? most.offset : Number.POSITIVE_INFINITY;
      return local() + Math.max(low, Math.min(0, high));
    },
    seen(stamp) {
      const offset = stamp - local();
      if (!holding(least) || offset >= least.offset) least = { offset, until: ticks() + HOLDS_MS };
    },
    begun(stamp, asked) {
      const offset = stamp - asked;
      comparedAt = ticks();
      if (!holding(most) || offset <= most.offset) most = { offset, until: ticks() + HOLDS_MS };
    },
    isSure: () => ticks() - comparedAt < SURE_MS,
  };
}
