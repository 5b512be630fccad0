// How a team declares that a goal's runs are light, and what such a goal cannot have.

import { milliseconds } from './duration.ts';
import type { Job } from './job.ts';
import { LIGHT_HOSTS, type LightHosts, MOST_LIGHT_HOSTS } from './wire/light.ts';

/**
 * `light` of a goal: its runs share workflows.
 *
 * @example
 * ```ts
 * import type { LightDeclaration } from 'goalkeeper';
 *
 * export const light: LightDeclaration = { hosts: 8 };
 * ```
 */
export interface LightDeclaration {
  /**
   * How many workflows the goal's runs share, 1 to 64: each key belongs to one of them. With another number later, keys keep the
   * one that they had.
   * @default 4
   */
  hosts?: number;
}

/** Null of any garbage: what is wrong with it is reported when the worker starts. */
export function lightOf(declared: unknown): LightHosts | null {
  if (declared === true) return { hosts: LIGHT_HOSTS };
  if (typeof declared !== 'object' || declared === null) return null;
  const { hosts = LIGHT_HOSTS } = declared as { hosts?: unknown };
  return isHosts(hosts) ? { hosts } : null;
}

const isHosts = (hosts: unknown): hosts is number =>
  Number.isInteger(hosts) && (hosts as number) >= 1 && (hosts as number) <= MOST_LIGHT_HOSTS;

/** What a light goal cannot have, each with why, and with what to do. */
const CANNOT_HAVE: Readonly<Record<string, string>> = {
  needs: 'needs other goals, for which a run waits; drop `needs`, or `light`',
  waits: 'waits for events; drop `waits`, or `light`',
  cancelOn: 'cancelOn: a light run is over before an event could cancel it; drop one of the two',
  produces: 'produces datasets, which light runs do not record; drop `produces`, or `light`',
  uses: 'uses datasets, which light runs do not record; drop `uses`, or `light`',
  already: 'already: its runs do not look first; let the first step of `pursue` look, or drop `light`',
  personal:
    'personal: light runs share a history, so that those of one subject cannot be deleted; drop one of the two',
  formerly: 'formerly: a host knows the keys of one name; drop one of the two',
  priority: 'priority: light runs travel together, so that none goes before others; drop one of the two',
  fairness: 'fairness: light runs travel together, so that none waits its turn; drop one of the two',
};

/** What is impossible in a goal that is declared light, or in how it is. */
export function issuesOfLight(declared: object & { light?: unknown }, jobs: readonly Job[]): string[] {
  const { light } = declared;
  if (light === undefined || light === false) return [];
  if (lightOf(light) === null)
    return [
      `light is ${JSON.stringify(light)}; give true, or such as { hosts: 8 } with 1 to ${MOST_LIGHT_HOSTS} hosts`,
    ];
  const given = declared as Readonly<Record<string, unknown>>;
  return [
    ...Object.entries(CANNOT_HAVE).flatMap(([field, what]) =>
      isGiven(given[field]) ? [`is light and ${what}`] : [],
    ),
    ...(['deadline', 'expected'] as const).flatMap((field) =>
      typeof given[field] === 'object' && milliseconds(given[field]) === null
        ? [`is light and has its ${field} by the clock; give a duration such as '1m', or drop \`light\``]
        : [],
    ),
    ...jobs.flatMap(({ name, quick, queue }) =>
      quick === true
        ? []
        : [
            `is light, and its job '${name}' is not quick${queue === null ? '' : `, but has the queue '${queue}'`}; declare the job with \`quick: true\` where an attempt takes well under a second, or drop \`light\``,
          ],
    ),
  ];
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
