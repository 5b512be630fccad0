// What is wrong with what a team declared, and the checks that its parts have in common.

import { milliseconds } from './duration.ts';

/** One thing wrong with what a team declared: where, what, and how to mend it, in a sentence. */
export interface DeclarationIssue {
  where: string;
  what: string;
}

/** What is impossible in a duration; one that is not given is none. `zero` where it may be that. */
export function issuesOfDuration(field: string, given: unknown, { zero = false } = {}): string[] {
  const ms = given === undefined ? 1 : milliseconds(given);
  if (ms !== null && (ms > 0 || zero)) return [];
  return [
    `${field} is ${JSON.stringify(given)}, which is not a duration${zero ? '' : ' above zero'}; write such as '90s', '10m' or '2h'`,
  ];
}

/** By its shape, as the team may have its own copy of zod. */
export const isSchema = (schema: unknown): boolean =>
  typeof schema === 'object' && schema !== null && '_zod' in schema;

/** Whether it is the IANA name of a time zone that this process knows. */
export function isTimezone(timezone: unknown): boolean {
  // What is an offset only, and knows of no summer time, Temporal does not take.
  if (typeof timezone !== 'string' || !/^[A-Za-z]/.test(timezone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}
