// When a goal is pursued by the clock. Temporal keeps the schedule; the input of each time is made in the sandbox.

import { problemOfCron } from './cron.ts';
import { type Duration, milliseconds } from './duration.ts';
import type { Goal } from './goal.ts';
import type { Trigger } from './trigger.ts';
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

export interface ScheduleOptions {
  /** Kebab-case, one of its kind in the goal. Default `schedule`, which is enough for a goal that has one. */
  name?: string;
  /** Of the cron expressions, as the IANA names it: `Europe/Paris`. Default `UTC`. */
  timezone?: string;
  /**
   * A local time that the change to summer time leaves out comes `once` at the end of that gap (the default), or not
   * at all (`skip`).
   */
  gap?: Gap;
  /**
   * The input of the run for a scheduled time. It runs in Temporal's sandbox: deterministic. What it returns must fit
   * the goal's input. `dateIn` makes a local date of the time.
   */
  input: (at: Date) => unknown;
  /** Each run begins up to so much later, at random, so that not all begin at once. Default: at once. */
  jitter?: Duration;
  /**
   * While the run of an earlier time is open, a time is skipped (`skip`, the default), waits for its turn (`bufferAll`),
   * has its own run beside it (`allowAll`), or has that run cancelled and begins (`cancelOther`).
   */
  overlap?: Overlap;
  /**
   * Of the times that passed while Temporal or all workers were down, `all` are made up for, in order, or the `last`
   * only (the default), or `none`. With `bufferAll` it is `all` by default.
   */
  catchUp?: CatchUp;
  /** How far back a catch-up goes. Default: a week. */
  within?: Duration;
}

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
 * Pursues the goal at the times of a cron expression, or several: `schedule('0 5 * * *', { timezone: 'Europe/Paris',
 * input: (at) => ({ day: dateIn(at, 'Europe/Paris', -1) }) })`. A local time that the change to summer time leaves out
 * comes once, at the end of that gap; one that the change back repeats comes the first time only. Expressions of every
 * hour, or finer, come at each hour of real time.
 */
export const schedule = (cron: string | readonly string[], options: ScheduleOptions): Schedule =>
  scheduleOf({ cron }, options);

/** Pursues the goal at each multiple of the interval since 1970 in UTC, shifted by `offset`: `every('15m', { … })`. */
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
export const schedulesOf = ({ on }: Pick<Goal, 'on'>): Schedule[] => on.filter(isSchedule);

/**
 * The date at a time in a time zone, `2026-11-20`, moved by so many days of the calendar: `dateIn(at, 'Europe/Paris', -1)`
 * is the day before, however many hours that day has. Throws a RangeError for an unknown time zone.
 */
export function dateIn(at: Date, timezone: string, days = 0): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((found) => found.type === type)?.value);
  return new Date(Date.UTC(part('year'), part('month') - 1, part('day') + days)).toISOString().slice(0, 10);
}

/** What is wrong with the goal's schedules, each in a sentence. `fits`: what is wrong with an input, if anything is. */
export function problemsOfSchedules(goal: Goal, fits: (input: unknown) => string | null): string[] {
  const schedules = schedulesOf(goal);
  const names = schedules.map(({ terms }) => terms.name);
  const found = schedules.flatMap((one) =>
    [...problemsOfTimes(one), ...problemsOfPolicy(one), ...problemsOfInput(one, fits)].map(
      (what) => `its schedule '${one.terms.name}': ${what}`,
    ),
  );
  for (const name of new Set(names))
    if (names.filter((other) => other === name).length > 1)
      found.push(`has several schedules named '${name}'; give each a \`name\` of its own`);
  return found;
}

function problemsOfTimes({ terms, declared }: Schedule): string[] {
  const { times, options } = declared;
  const found: string[] = [];
  if (typeof terms.name !== 'string' || !GOAL_NAME.test(terms.name) || terms.name.length > NAME_LIMIT)
    found.push(`its name is not kebab-case of at most ${NAME_LIMIT} characters; write such as 'nightly'`);
  if ('every' in times) {
    if ((terms.every?.ms ?? 0) < 1000)
      found.push(`${JSON.stringify(times.every)} is no interval of a second or more; write such as '15m'`);
    else found.push(...problemsOfSeconds('its interval', times.every, terms.every?.ms ?? 0));
    found.push(...problemsOfDuration('offset', times.offset));
    found.push(...problemsOfSeconds('offset', times.offset, terms.every?.offsetMs ?? 0));
  } else {
    if (terms.cron.length === 0) found.push('has no cron expression');
    found.push(...terms.cron.flatMap((cron) => problemOfCron(cron) ?? []));
  }
  if (!isTimezone(options.timezone ?? 'UTC'))
    found.push(
      `${JSON.stringify(options.timezone)} is no time zone; write its IANA name, such as 'Europe/Paris'`,
    );
  if (found.length > 0) return found;
  const problem = problemOfTimes(terms, Date.now());
  return problem === null ? [] : [problem];
}

function isTimezone(timezone: unknown): boolean {
  // What is an offset only, and knows of no summer time, Temporal does not take.
  if (typeof timezone !== 'string' || !/^[A-Za-z]/.test(timezone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

function problemsOfDuration(field: string, given: unknown): string[] {
  return given === undefined || milliseconds(given) !== null
    ? []
    : [`${field} is ${JSON.stringify(given)}, which is no duration; write such as '90s', '10m' or '2h'`];
}

/** What Temporal would cut to whole seconds in silence. */
function problemsOfSeconds(what: string, given: unknown, ms: number): string[] {
  if (ms % 1000 === 0) return [];
  const [less, more] = [Math.floor(ms / 1000), Math.ceil(ms / 1000)];
  return [
    `${what} is ${JSON.stringify(given)}, and schedules know only whole seconds; write '${less === 0 ? '' : `${less}s' or '`}${more}s'`,
  ];
}

function problemsOfPolicy({ terms, declared: { options } }: Schedule): string[] {
  const found = [
    ...problemsOfDuration('jitter', options.jitter),
    ...problemsOfDuration('within', options.within),
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

function problemsOfInput({ input, declared }: Schedule, fits: (input: unknown) => string | null): string[] {
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
