/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The errors of a goal that healed, day by day, from the rows of its runs that are read anyway.

import type { RunRow } from '../../goals/wire/run-row.ts';
import { type Counted, HourChart } from './hour-chart.tsx';
import { count } from './text.tsx';
import { absolute, brief, daysBetween, type PageClock } from './times.ts';

const DAY_MS = 86_400_000;
/** Days that are drawn, from the last. */
const MOST_DAYS = 60;

/** What healed. */
export interface HealedOverTime {
  days: Counted[];
  /** Errors that healed, and the runs in which they did. */
  errors: number;
  runs: number;
  /** Runs that were looked at, from the one that closed last. */
  among: number;
  /** When the first of them closed; null where there is none. */
  since: string | null;
}

/** Of closed runs, by the day on which they closed; each day between the first and now has an entry. */
export function healedOverTime(rows: readonly RunRow[], clock: PageClock): HealedOverTime {
  const closed = rows.flatMap(({ closedAt, healed }) =>
    closedAt === null ? [] : [{ closedAt, healed: healed ?? 0 }],
  );
  const since = closed.reduce<string | null>(
    (first, { closedAt }) => (first === null || closedAt < first ? closedAt : first),
    null,
  );
  const dayOf = (iso: string): string => absolute(iso, clock.zone).slice(0, 10);
  const found = new Map<string, { errors: number; runs: number; all: number }>();
  for (const { closedAt, healed } of closed) {
    const day = found.get(dayOf(closedAt)) ?? { errors: 0, runs: 0, all: 0 };
    found.set(dayOf(closedAt), {
      errors: day.errors + healed,
      runs: day.runs + (healed > 0 ? 1 : 0),
      all: day.all + 1,
    });
  }
  const begin = since === null ? null : Math.max(Date.parse(since), clock.now - (MOST_DAYS - 1) * DAY_MS);
  const days = (begin === null ? [] : daysBetween(begin, clock.now, clock.zone)).map((at): Counted => {
    const { errors, runs, all } = found.get(at) ?? { errors: 0, runs: 0, all: 0 };
    return { at, failed: 0, open: 0, healed: errors, more: [`${runs} of ${all}`] };
  });
  return {
    days,
    errors: closed.reduce((sum, { healed }) => sum + healed, 0),
    runs: closed.filter(({ healed }) => healed > 0).length,
    ...{ among: closed.length, since },
  };
}

export function HealedChart({ rows, clock }: { rows: readonly RunRow[]; clock: PageClock }) {
  const { days, errors, runs, among, since } = healedOverTime(rows, clock);
  if (since === null) return null;
  const words =
    errors === 0
      ? `No error had to heal in the last ${count(among, 'run')}.`
      : `${count(errors, 'error')} healed in ${runs} of the last ${count(among, 'run')}, since ${brief(since, clock)}. They changed no outcome.`;
  return (
    <section aria-labelledby="healed">
      <h2 id="healed">Errors that healed</h2>
      <p class="hint">{words}</p>
      {errors === 0 ? null : (
        <HourChart counted={days} head={['Day', 'runs with errors that healed']} says={words} />
      )}
    </section>
  );
}
