/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The days of a backfill as a calendar: a row a month, a cell a day, by the worst of the day's keys.

import type { GoalKey, KeyPage } from '../../goals/wire/answers.ts';
import { visible } from './text.tsx';

/** Rows of the calendar: of a longer time the last. */
const MOST_MONTHS = 24;

/** The worst first: it is what a day of several keys shows. */
const STATES = [
  { state: 'failed', words: 'not reached', tone: 'd-failed', top: 0, height: 13 },
  { state: 'missing', words: 'missing', tone: 'd-none', top: 3.5, height: 9 },
  { state: 'cancelled', words: 'cancelled', tone: 'd-cancelled', top: 8.5, height: 4 },
  { state: 'open', words: 'under way', tone: 'd-hatch-p', top: 3.5, height: 9 },
  { state: 'achieved', words: 'reached', tone: 'd-achieved', top: 3, height: 10 },
] as const;
export type DayState = (typeof STATES)[number]['state'];

/** A key with what came of it, as far as a calendar shows it. */
export type KeptKey = Pick<GoalKey, 'key' | 'outcome'> & { state: string } & Partial<
    Pick<GoalKey, 'parts' | 'at'>
  >;

const DAY = /^(\d{4}-\d{2}-\d{2})(T|$)/;

/** The day that a key is of: a part of it that is a date, or else its scheduled time in UTC. */
function dayOf({ key, parts, at }: KeptKey): string | null {
  for (const value of [...Object.values(parts ?? {}), key, at]) {
    const day = typeof value === 'string' ? DAY.exec(value)?.[1] : undefined;
    if (day !== undefined && !Number.isNaN(Date.parse(day))) return day;
  }
  return null;
}

/** The worst of each day that keys are of, in the order of time. */
export function daysOfKeys(keys: readonly KeptKey[]): Map<string, DayState> {
  const found = new Map<string, DayState>();
  for (const one of keys) {
    const day = dayOf(one);
    if (day === null) continue;
    const state = one.outcome ?? (one.state === 'missing' ? 'missing' : 'open');
    const before = found.get(day) ?? state;
    found.set(day, STATES.find((of) => of.state === state || of.state === before)?.state ?? state);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const LEFT = 52;
const STEP = 11;
const CELL = 9;
const ROW = 19;

/** What is drawn of each state, as one path, and the months of its rows. */
export function calendarPaths(days: ReadonlyMap<string, DayState>): {
  months: string[];
  paths: Map<DayState, string>;
} {
  const months = [...new Set([...days.keys()].map((day) => day.slice(0, 7)))].slice(-MOST_MONTHS);
  const paths = new Map<DayState, string>();
  for (const [day, state] of days) {
    const row = months.indexOf(day.slice(0, 7));
    const shape = STATES.find((one) => one.state === state);
    if (row < 0 || shape === undefined) continue;
    const x = LEFT + (Number(day.slice(8)) - 1) * STEP;
    const y = ROW + row * ROW + shape.top;
    paths.set(state, `${paths.get(state) ?? ''}M${x} ${y}h${CELL}v${shape.height}h-${CELL}z`);
  }
  return { months, paths };
}

/** Nothing where the keys are of no days. `isCut`: there are more keys than these. */
export function BackfillCalendar({ keys, isCut }: { keys: readonly KeptKey[]; isCut: boolean }) {
  const days = daysOfKeys(keys);
  if (days.size < 2) return null;
  const { months, paths } = calendarPaths(days);
  const counts = STATES.flatMap(({ state, words }) => {
    const n = [...days.values()].filter((one) => one === state).length;
    return n === 0 ? [] : [{ state, words, n }];
  });
  const said = `${days.size} days: ${counts.map(({ words, n }) => `${n} ${words}`).join(', ')}`;
  const [width, height] = [LEFT + 31 * STEP, ROW + months.length * ROW];
  return (
    <section aria-labelledby="days">
      <h2 id="days">
        Days <span class="n">{said.replace(/^\d+ days: /, '')}</span>
      </h2>
      <svg class="calendar" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={said}>
        {[1, 5, 10, 15, 20, 25, 30].map((day) => (
          <text x={LEFT + (day - 1) * STEP + CELL / 2} y="12" text-anchor="middle" class="d-text">
            {day}
          </text>
        ))}
        {months.map((month, row) => (
          <text x="0" y={ROW + row * ROW + 12} class="d-text strong">
            {visible(month)}
          </text>
        ))}
        {STATES.map(({ state, tone }) =>
          paths.has(state) ? <path class={tone} d={paths.get(state)} /> : null,
        )}
      </svg>
      <p class="legend">
        {counts.map(({ state, words }) => {
          const shape = STATES.find((one) => one.state === state);
          return (
            <span>
              <svg width="14" height="14" aria-hidden="true">
                <path class={shape?.tone} d={`M1 ${shape?.top}h12v${shape?.height}h-12z`} />
              </svg>
              {words}
            </span>
          );
        })}
        {isCut ? <span>the first {keys.length} keys</span> : null}
        {months.length === MOST_MONTHS ? <span>the last {MOST_MONTHS} months</span> : null}
      </p>
    </section>
  );
}

/** The keys of a page, and those among runs that are no page of keys. */
export const keptKeys = (page: KeyPage | null, runs: readonly KeptKey[]): readonly KeptKey[] =>
  page === null || page.items.length === 0 ? runs : page.items;
