// How a team declares which keys a goal shall have, so that a key without an outcome is a gap that people see.

import { type Duration, milliseconds } from './duration.ts';
import type { ExpectedPart } from './wire/expected-keys.ts';
import { EXAMPLES, type Period, periodOf, periods } from './wire/periods.ts';
import { isKnownZone } from './wire/zone-shifts.ts';

/**
 * A part of the key for each period of time, written as in the key: `2026-11-20T06`, `2026-11-20`, `2026-11`, `2026`; a week by its
 * Monday.
 *
 * @example
 * ```ts
 * import type { KeyPeriods } from 'goalkeeper';
 *
 * export const day: KeyPeriods = { every: 'day', from: '2026-01-01', to: '2026-12-31', timezone: 'Europe/Paris', after: '2h' };
 * ```
 */
export interface KeyPeriods {
  /** How long a period is: `hour`, `day`, `week`, `month` or `year`. */
  every: Period;
  /** The first period. */
  from: string;
  /** The last period. @default the last one that is over */
  to?: string;
  /** By whose clocks a period is over. An hour is one of UTC. @default 'UTC' */
  timezone?: string;
  /** How long after its end a period is expected. @default 0 */
  after?: Duration;
}

/** The values of a part of the key: a list of them, or a period of time. */
export type KeyPartDeclaration = readonly (string | number)[] | KeyPeriods;

/** `keys` of a goal: which keys it shall have. Each path of `key` has its values. */
export type KeysDeclaration<Path extends string = string> = { readonly [path in Path]: KeyPartDeclaration };

const isList = (part: KeyPartDeclaration): part is readonly (string | number)[] => Array.isArray(part);

/** The same as data, in the order of the key. What is wrong with it is reported when the worker starts. */
export function expectedPartsOf(
  key: readonly string[],
  declared: KeysDeclaration | undefined,
): readonly ExpectedPart[] | null {
  if (typeof declared !== 'object' || declared === null || !Array.isArray(key)) return null;
  return key.flatMap((path): ExpectedPart[] => {
    const part = declared[path];
    if (typeof part !== 'object' || part === null) return [];
    if (isList(part)) return [{ path, values: [...part] }];
    const { every, from, to = null, timezone = 'UTC', after = 0 } = part;
    return [{ path, every, from, to, timezone, afterMs: milliseconds(after) ?? 0 }];
  });
}

const LONGEST_LIST = 1_000;

/** What is wrong with it, as `check` says it. */
export function issuesOfKeys(key: readonly string[], declared: KeysDeclaration | undefined): string[] {
  if (declared === undefined) return [];
  if (typeof declared !== 'object' || declared === null || key.length === 0)
    return [
      "keys names no part of the key; write such as `keys: { day: { every: 'day', from: '2026-01-01' } }`",
    ];
  const found = Object.keys(declared)
    .filter((path) => !key.includes(path))
    .map((path) => `keys names '${path}', which is not a path of its key`);
  for (const path of key)
    if (path.startsWith('secret:'))
      found.push(
        `keys cannot say which values of '${path}' are expected, as the key has digests of them; drop keys`,
      );
    else if (declared[path] === undefined)
      found.push(`keys has nothing for '${path}'; give a list of values, or a period of time`);
    else found.push(...issuesOfPart(path, declared[path]));
  return found;
}

function issuesOfPart(path: string, part: KeyPartDeclaration): string[] {
  if (isList(part)) {
    const isGood = part.every((one) => typeof one === 'number' || (typeof one === 'string' && one !== ''));
    const isRight = isGood && part.length > 0 && part.length <= LONGEST_LIST;
    if (!isRight) return [`keys.${path} is not a list of 1 to ${LONGEST_LIST} texts or numbers`];
    return new Set(part.map(String)).size === part.length ? [] : [`keys.${path} has a value twice; drop one`];
  }
  const { every, from, to, timezone = 'UTC', after = 0 } = part ?? {};
  if (!periods.includes(every))
    return [
      `keys.${path} is neither a list nor a period of time; write such as { every: 'day', from: '2026-01-01' }`,
    ];
  const [first, last] = [from, to ?? from].map((text) => periodOf(every, String(text)));
  if (first == null || last == null)
    return [`keys.${path} is of every ${every}; write its \`from\` and \`to\` such as ${EXAMPLES[every]}`];
  if (last < first) return [`keys.${path}.to is before its \`from\``];
  if (!isKnownZone(timezone)) return [`keys.${path} has the timezone '${timezone}', which is unknown`];
  return milliseconds(after) === null ? [`keys.${path}.after is not a duration; write such as '2h'`] : [];
}
