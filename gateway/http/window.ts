// Spans of time that a query asks for: how far back to look, and from when.

const HOUR_MS = 3_600_000;
const DAYS_LIMIT = 90;

/** Milliseconds of a window such as `36h` or `30d`; null when it is none, or not between 1h and 90d. */
export function windowMs(window: string): number | null {
  const match = /^(\d{1,4})([hd])$/.exec(window);
  const ms = Number(match?.[1]) * (match?.[2] === 'd' ? 24 : 1) * HOUR_MS;
  return ms >= HOUR_MS && ms <= DAYS_LIMIT * 24 * HOUR_MS ? ms : null;
}

/** From when, and the words in which somebody asked for it. */
export interface Since {
  at: Date;
  text: string;
}
