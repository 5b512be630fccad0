// The figures of the delay report, from the warehouse.

import { permanent } from 'goalkeeper';
import { z } from 'zod';
import { read } from '../jobs/warehouse.ts';

/** From how many minutes on a flight is late, as the U.S. Bureau of Transportation Statistics counts it. */
export const LATE_MINUTES = 15;

const AIRPORTS_SHOWN = 15;
/** The least share of all flights that an hour must have: of a few flights no share says anything. */
const TELLING_SHARE = 0.005;

const number = z.coerce.number();
const group = { flights: number, late: number, latePercent: number, meanDelay: number };
const GROUP = `
  count(*) AS flights, count(*) FILTER (delay >= ${LATE_MINUTES}) AS late,
  100 * late / count(*) AS latePercent, avg(delay) AS meanDelay`;

const hour = z.object({ hour: number, ...group });
const airport = z.object({ iata: z.string(), city: z.string().nullable(), ...group });
const span = z.object({ first: z.string(), last: z.string() });

export type Hour = z.output<typeof hour>;
export type Airport = z.output<typeof airport>;

export interface ReportFigures {
  batch: string;
  /** First and last month, such as `2001-01`. */
  months: z.output<typeof span>;
  /** All flights of the table of hours, which is all there are unless the report is wrong. */
  flights: number;
  latePercent: number;
  meanDelay: number;
  /** By the hour in which the flights left, 0 to 23. */
  hours: readonly Hour[];
  /** Those with enough flights to say something. */
  tellingHours: readonly Hour[];
  /** Those with the most departures, the latest first. */
  airports: readonly Airport[];
  airportsWithoutCity: string[];
}

export async function reportFigures(batch: string): Promise<ReportFigures> {
  const hours = await read(
    hour,
    `SELECT hour(departed) AS hour, ${GROUP} FROM flights WHERE batch = $batch GROUP BY hour ORDER BY hour`,
    { batch },
  );
  const [months] = await read(
    span,
    `SELECT strftime(min(departed), '%Y-%m') AS first, strftime(max(departed), '%Y-%m') AS last
     FROM flights WHERE batch = $batch HAVING count(*) > 0`,
    { batch },
  );
  if (!months)
    throw permanent(`the warehouse has no flights of the batch ${batch}`, { code: 'nothing_to_report' });
  const airports = await read(
    airport,
    `SELECT origin AS iata, any_value(city) AS city, ${GROUP}
     FROM flights LEFT JOIN airports ON iata = origin WHERE batch = $batch GROUP BY origin ORDER BY flights DESC, origin`,
    { batch },
  );
  const flights = sum(hours, ({ flights }) => flights);
  return {
    batch,
    months,
    flights,
    latePercent: (100 * sum(hours, ({ late }) => late)) / flights,
    meanDelay: sum(hours, ({ flights, meanDelay }) => flights * meanDelay) / flights,
    hours,
    tellingHours: hours.filter((hour) => hour.flights >= flights * TELLING_SHARE),
    airports: airports.slice(0, AIRPORTS_SHOWN).sort(byLateness),
    airportsWithoutCity: airports.filter(({ city }) => city === null).map(({ iata }) => iata),
  };
}

/** Puts the latest first. */
export const byLateness = (a: { latePercent: number }, b: { latePercent: number }): number =>
  b.latePercent - a.latePercent;

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
