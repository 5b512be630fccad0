import type { Context } from 'hono';

const LONGEST_WAIT = 60;

/**
 * Seconds that a `Prefer: wait=N` header (RFC 7240) asks to wait, at most 60; null when it asks for none. What else
 * it says is ignored, as a preference may be.
 */
export function preferredWait(header: string | undefined): number | null {
  for (const preference of (header ?? '').slice(0, 500).split(',')) {
    const match = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;.*)?$/i.exec(preference);
    if (match !== null) return Math.min(Number(match[1]), LONGEST_WAIT);
  }
  return null;
}

/** Says which wait was kept to, which may be shorter than what was asked for. */
export function applyWait(c: Context, wait: number | null): void {
  if (wait !== null) c.header('Preference-Applied', `wait=${wait}`);
}
