// How the keys of a goal's scheduled runs follow from their times, found out by the schedule's own input function. What follows from
// nothing that can be written down is not published: of such a schedule nobody can tell which keys are missing.

import type { Goal } from './goal.ts';
import { declaredSchedules, type Schedule } from './schedule.ts';
import { clockTimes } from './wire/clock-times.ts';
import type { KeyValue } from './wire/expected-keys.ts';
import { periodAt, periodOf, periods } from './wire/periods.ts';
import type { Publication } from './wire/publication.ts';
import { inputPath, valueAt } from './wire/run-id.ts';
import { partAt, type TimedPart } from './wire/schedule-keys.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The same for each worker of a version: what is published must not differ from start to start. */
const FROM = Date.UTC(2026, 0, 5);
/** Times in a row: each day of a week, each hour of a day. */
const IN_ROW = 25;
/** And times far apart, in all months and at all hours, over both changes of the clock. */
const [APART, STEP] = [30, 25 * DAY + 7 * HOUR];
/** Of what comes once a year there are several. */
const LONGEST = 5 * 366 * DAY;

interface Sample {
  at: number;
  value: unknown;
}

export function scheduleKeysOf(goal: Goal): Pick<Publication, 'scheduleKeys'> {
  // What is secret is published by nobody.
  if (goal.key.some((path) => path !== inputPath(path))) return {};
  const known = declaredSchedules(goal).flatMap((schedule) => {
    const parts = partsOf(goal, schedule);
    return parts === null ? [] : [[schedule.terms.name, parts] as const];
  });
  return known.length === 0 ? {} : { scheduleKeys: Object.fromEntries(known) };
}

function partsOf({ key, deadlineBy, expectedBy }: Goal, { terms, input }: Schedule): TimedPart[] | null {
  try {
    const inputs = sampleTimes(terms).map((at) => ({ at, input: input(new Date(at)) }));
    // Of one time alone nothing can be told.
    if (inputs.length < 2) return null;
    const zones = [terms.timezone, 'UTC', expectedBy?.timezone, deadlineBy?.timezone];
    const parts = key.map((path) =>
      partOf(
        path,
        inputs.map(({ at, input: made }) => ({ at, value: valueAt(made, path) })),
        [...new Set(zones.filter((zone) => zone !== undefined))],
      ),
    );
    return parts.every((part) => part !== null) ? parts : null;
  } catch {
    // The issues of the schedule say so.
    return null;
  }
}

function sampleTimes(terms: Schedule['terms']): number[] {
  const times = new Set<number>();
  for (const at of clockTimes(terms, FROM, FROM + LONGEST)) {
    if (times.size === IN_ROW) break;
    times.add(at);
  }
  for (let i = 1; i <= APART; i++)
    for (const at of clockTimes(terms, FROM + i * STEP, FROM + i * STEP + 2 * DAY)) {
      times.add(at);
      break;
    }
  return [...times];
}

/** The rule that all samples follow; null where none is known. */
function partOf(path: string, samples: readonly Sample[], zones: readonly string[]): TimedPart | null {
  const [first] = samples;
  if (first === undefined || !isKeyValue(first.value)) return null;
  return rulesOf(path, first.at, first.value, zones).find((rule) => follows(rule, samples)) ?? null;
}

function rulesOf(path: string, at: number, value: KeyValue, zones: readonly string[]): TimedPart[] {
  const text = String(value);
  const time = Date.parse(text);
  return [
    { path, value },
    ...periods.flatMap((every) => {
      const period = periodOf(every, text);
      if (period === null) return [];
      return zones.map((timezone) => ({
        ...{ path, every, timezone },
        plus: period - periodAt(every, at, timezone),
      }));
    }),
    ...(Number.isNaN(time) ? [] : [{ path, plusMs: time - at }]),
  ];
}

const follows = (rule: TimedPart, samples: readonly Sample[]): boolean =>
  samples.every(({ at, value }) => partAt(rule, at) === value);

const isKeyValue = (value: unknown): value is KeyValue =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
