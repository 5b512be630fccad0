// Times as a person reads them at a terminal.

import { spoken } from '../../goals/duration.ts';

/** How long ago it was, or how long it is until then. */
export function whenAt(at: string, now = Date.now()): string {
  const ms = now - Date.parse(at);
  if (Number.isNaN(ms)) return at;
  if (Math.abs(ms) < 1_000) return 'now';
  return ms >= 0 ? `${spoken(ms)} ago` : `in ${spoken(-ms)}`;
}

/** To the second, in UTC. */
export const momentOf = (at: string): string => at.replace(/\.\d+Z$/, 'Z').replace('T', ' ');
