// When a goal is pursued by the clock. Temporal keeps the schedule; the input of each time is made in the sandbox.

import { problemOfCron } from './cron.ts';
import { issuesOfDuration, isTimezone } from './declaration-issues.ts';
import { type Duration, milliseconds } from './duration.ts';
import type { Goal } from './goal.ts';
import type { Trigger, TriggerKind } from './trigger.ts';
import { GOAL_NAME, NAME_LIMIT } from './wire/run-id.ts';
import {
  type CatchUp,
  catchUps,
  type Gap,
  gaps,
  type Overlap,
  overlaps,
  type ScheduleTerms,
} from './wire/schedules.ts';
import { problemOfTimes } from './wire/temporal-times.ts';

/**
 * Options of `schedule` and `every`. Durations are milliseconds or texts such as `'90s'`, in whole seconds.
 *
 * @example
 * ```ts
 * import { dateIn, schedule } from 'goalkeeper';
 *
 * export const nightly = schedule('30 2 * * *', {
 *   name: 'nightly',
 *   timezone: 'Europe/Paris',
 *   gap: 'skip',
 *   input: (at) => ({ day: dateIn(at, 'Europe/Paris', -1) }),
 *   jitter: '2m',
 *   overlap: 'bufferAll',
 *   catchUp: 'all',
 *   within: '3d',
 * });
 * ```
 */
export interface ScheduleOptions {
  /** Kebab-case, unique in the goal. @default 'schedule' */
  name?: string;
  /** The IANA name of the cron expressions' time zone, such as `Europe/Paris`. @default 'UTC' */
  timezone?: string;
  /**
   * A local time that the change to summer time leaves out comes `once`, at the end of that gap, or not at all (`skip`).
   * @default 'once'
   */
  gap?: Gap;
  /**
   * Makes the input of the run for a scheduled time. It runs in Temporal's sandbox, so it must be deterministic. Its result must
   * fit the goal's input. `dateIn` makes a local date of the time.
   */
  input: (at: Date) => unknown;
  /** The longest random delay of each run, so that not all begin at once. @default 0 */
  jitter?: Duration;
  /**
   * While the run of an earlier time is open, a time is skipped (`skip`), waits for its turn (`bufferAll`),
   * has its own run beside it (`allowAll`), or has that run cancelled and begins (`cancelOther`).
   * @default 'skip'
   */
  overlap?: Overlap;
  /**
   * The times that run later after Temporal or all workers were down: `all`, in order, the `last` only, or `none`.
   * @default 'last'; with `overlap: 'bufferAll'` it is 'all'
   */
  catchUp?: CatchUp;
  /** How far back a catch-up goes. @default '7d' */
  within?: Duration;
}

/** A trigger that starts runs by the clock, as `schedule` and `every` return it. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly terms: ScheduleTerms;
  input(at: Date): unknown;
  /** As the author wrote it: what is checked when the worker starts. */
  readonly declared: { times: ScheduleTimesDeclared; options: ScheduleOptions };
}

type ScheduleTimesDeclared = { cron: unknown } | { every: unknown; offset: unknown };

/** A time whose trigger begins later than this was missed, where no catch-up is wanted. Temporal itself may be late by seconds. */
export const ON_TIME_MS = 60_000;
const WITHIN_MS = 7 * 86_400_000;

/**
 * A trigger for `on: [...]` of a goal: starts a run at the times of a cron expression, or several. A local time that the change
 * to summer time leaves out comes once, at the end of that gap; a local time that the change back repeats comes the first time
 * only. Expressions of every hour, or finer, come at each hour of real time.
 *
 * @param cron 5 fields; 6 with a year at the end; 7 with seconds at the front too; or a macro such as `@daily`.
 * @example
 * ```ts
 * import { dateIn, schedule } from 'goalkeeper';
 *
 * export const on = [
 *   schedule('0 5 * * *', { timezone: 'Europe/Paris', input: (at) => ({ day: dateIn(at, 'Europe/Paris', -1) }) }),
 * ];
 * ```
 */
export const schedule = (cron: string | readonly string[], options: ScheduleOptions): Schedule =>
  scheduleOf({ cron }, options);

/**
 * A trigger for `on: [...]` of a goal: starts a run at each multiple of the interval since 1970 in UTC.
 *
 * @param interval A second or more, in whole seconds.
 * @param options `offset` moves all times by as much; 0 by default.
 * @example
 * ```ts
 * import { every } from 'goalkeeper';
 *
 * export const on = [every('15m', { offset: '2m', input: (at) => ({ time: at.toISOString() }) })];
 * ```
 */
export const every = (interval: Duration, options: ScheduleOptions & { offset?: Duration }): Schedule =>
  scheduleOf({ every: interval, offset: options.offset }, options);

function scheduleOf(times: ScheduleTimesDeclared, options: ScheduleOptions): Schedule {
  const { name = 'schedule', timezone = 'UTC', gap, overlap = 'skip', jitter, within } = options ?? {};
  const cron = 'cron' in times ? times.cron : [];
  return {
    kind: 'schedule',
    terms: {
      name,
      cron: (Array.isArray(cron) ? cron : [cron]) as string[],
      every:
        'every' in times
          ? { ms: milliseconds(times.every) ?? 0, offsetMs: milliseconds(times.offset) ?? 0 }
          : null,
      timezone,
      ...(gap === undefined ? {} : { gap }),
      jitterMs: milliseconds(jitter) ?? 0,
      overlap,
      catchUp: options?.catchUp ?? (overlap === 'bufferAll' ? 'all' : 'last'),
      withinMs: milliseconds(within) ?? WITHIN_MS,
    },
    input: (at) => options.input(at),
    declared: { times, options: options ?? {} },
  };
}

export const isSchedule = (trigger: Trigger): trigger is Schedule => trigger.kind === 'schedule';

/** The goal's schedules. */
export const declaredSchedules = ({ on }: Pick<Goal, 'on'>): Schedule[] => on.filter(isSchedule);

/**
 * The date at a time in a time zone, such as `2026-11-20`, moved by `days` of the calendar: -1 is the day before, however many
 * hours that day has.
 *
 * @param timezone Its IANA name.
 * @param days Default 0.
 * @throws RangeError for an unknown time zone.
 * @example
 * ```ts
 * import { dateIn } from 'goalkeeper';
 *
 * export const yesterday = dateIn(new Date(), 'Europe/Paris', -1);
 * ```
 */
export function dateIn(at: Date, timezone: string, days = 0): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((found) => found.type === type)?.value);
  return new Date(Date.UTC(part('year'), part('month') - 1, part('day') + days)).toISOString().slice(0, 10);
}

export const scheduleKind: TriggerKind = {
  whyKind: 'schedule',
  issues: (goal, input) => (input === null ? [] : issuesOfSchedules(goal, input.fits)),
  publish(goal) {
    const schedules = declaredSchedules(goal).map(({ terms }) => terms);
    return schedules.length === 0 ? {} : { schedules };
  },
};

/** What is wrong with the goal's schedules, each in a sentence. `fits`: what is wrong with an input, if anything is. */
function issuesOfSchedules(goal: Goal, fits: (input: unknown) => string | null): string[] {
  const schedules = declaredSchedules(goal);
  const names = schedules.map(({ terms }) => terms.name);
  const found = schedules.flatMap((one) =>
    [...issuesOfTimes(one), ...issuesOfPolicy(one), ...issuesOfInput(one, fits)].map(
      (what) => `its schedule '${one.terms.name}': ${what}`,
    ),
  );
  for (const name of new Set(names))
    if (names.filter((other) => other === name).length > 1)
      found.push(`has several schedules named '${name}'; give each a \`name\` of its own`);
  return found;
}

function issuesOfTimes({ terms, declared }: Schedule): string[] {
  const { times, options } = declared;
  const found: string[] = [];
  if (typeof terms.name !== 'string' || !GOAL_NAME.test(terms.name) || terms.name.length > NAME_LIMIT)
    found.push(`its name is not kebab-case of at most ${NAME_LIMIT} characters; write such as 'nightly'`);
  if ('every' in times) {
    if ((terms.every?.ms ?? 0) < 1000)
      found.push(
        `${JSON.stringify(times.every)} is not an interval of a second or more; write such as '15m'`,
      );
    else found.push(...issuesOfSeconds('its interval', times.every, terms.every?.ms ?? 0));
    found.push(...issuesOfDuration('offset', times.offset, { zero: true }));
    found.push(...issuesOfSeconds('offset', times.offset, terms.every?.offsetMs ?? 0));
  } else {
    if (terms.cron.length === 0) found.push('has no cron expression');
    found.push(...terms.cron.flatMap((cron) => problemOfCron(cron) ?? []));
  }
  if (!isTimezone(options.timezone ?? 'UTC'))
    found.push(
      `${JSON.stringify(options.timezone)} is not a time zone; write its IANA name, such as 'Europe/Paris'`,
    );
  if (found.length > 0) return found;
  const problem = problemOfTimes(terms, Date.now());
  return problem === null ? [] : [problem];
}

/** What Temporal would cut to whole seconds in silence. */
function issuesOfSeconds(what: string, given: unknown, ms: number): string[] {
  if (ms % 1000 === 0) return [];
  const [less, more] = [Math.floor(ms / 1000), Math.ceil(ms / 1000)];
  return [
    `${what} is ${JSON.stringify(given)}, and schedules take whole seconds only; write '${less === 0 ? '' : `${less}s' or '`}${more}s'`,
  ];
}

function issuesOfPolicy({ terms, declared: { options } }: Schedule): string[] {
  const found = [
    ...issuesOfDuration('jitter', options.jitter, { zero: true }),
    ...issuesOfDuration('within', options.within, { zero: true }),
  ];
  if (terms.gap !== undefined && !gaps.includes(terms.gap)) found.push(`gap is none of ${gaps.join(', ')}`);
  if (!overlaps.includes(terms.overlap)) found.push(`overlap is none of ${overlaps.join(', ')}`);
  if (!catchUps.includes(terms.catchUp)) found.push(`catchUp is none of ${catchUps.join(', ')}`);
  if (terms.overlap === 'bufferAll' && terms.catchUp === 'last')
    found.push("overlap 'bufferAll' keeps each time, and catchUp 'last' only one; choose");
  if (terms.overlap === 'cancelOther' && terms.catchUp === 'all')
    found.push("overlap 'cancelOther' keeps only the newest time, and catchUp 'all' each; choose");
  return found;
}

function issuesOfInput({ input, declared }: Schedule, fits: (input: unknown) => string | null): string[] {
  if (typeof declared.options.input !== 'function')
    return ["has no input; write such as `input: (at) => ({ day: dateIn(at, 'UTC') })`"];
  const at = new Date();
  try {
    const wrong = fits(input(at));
    return wrong === null ? [] : [`the input for ${at.toISOString()} does not fit the goal's: ${wrong}`];
  } catch (error) {
    return [
      `its input function throws for ${at.toISOString()}: ${(error as Error)?.message ?? String(error)}`,
    ];
  }
}
