// Spans of time that a query asks for: how far back to look, and from when.

const HOUR_MS = 3_600_000;

/** A window such as `36h` or `30d`: from an hour to 90 days, which are 2160 hours. */
export const WINDOW = /^(?:(?:[1-9]\d{0,2}|1\d{3}|20\d{2}|21[0-5]\d|2160)h|(?:[1-9]|[1-8]\d|90)d)$/;

/** Milliseconds of such a window. */
export const windowMs = (window: string): number =>
  Number.parseInt(window, 10) * (window.endsWith('d') ? 24 : 1) * HOUR_MS;

/** From when, and the words in which somebody asked for it. */
export interface Since {
  at: Date;
  text: string;
}
