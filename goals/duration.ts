// Durations as teams write them, such as '5m' or 300_000.

interface Written {
  duration: number | `${number}ms` | `${number}s` | `${number}m` | `${number}h` | `${number}d`;
}

/**
 * A time span: a number of milliseconds, or a text of a number and `ms`, `s`, `m`, `h` or `d`: `'90s'`, `'1.5h'`, `'2d'`. Taken
 * out of an interface, so that tsc prints how to write a duration instead of the name of this type.
 */
export type Duration = Written['duration'];

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration, or null when it is not one: not a number, negative, or an unknown unit. */
export function milliseconds(duration: unknown): number | null {
  if (typeof duration === 'number') return Number.isFinite(duration) && duration >= 0 ? duration : null;
  if (typeof duration !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration);
  if (match === null) return null;
  const ms = Math.round(Number(match[1]) * (UNITS[match[2] as string] as number));
  return Number.isFinite(ms) ? ms : null;
}

/** As `milliseconds`, for what an author writes in running code; throws a RangeError that says how to write it. */
export function requireMilliseconds(duration: unknown): number {
  const ms = milliseconds(duration);
  if (ms === null)
    throw new RangeError(
      `not a duration: ${JSON.stringify(duration)}; write milliseconds, or such as '90s', '10m', '2h'`,
    );
  return ms;
}

/** `850 ms`, `4.2 s`, `10 m`, `2 h`: for people. */
export function spoken(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const)
    if (ms >= size) return `${Math.round((ms / size) * 10) / 10} ${unit}`;
  return `${Math.round(ms / 100) / 10} s`;
}
