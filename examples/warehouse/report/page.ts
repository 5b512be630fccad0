// The delay report as one HTML file: nothing is fetched, nothing is scripted.

import { airportsChart } from './airports-chart.ts';
import { byLateness, type Hour, LATE_MINUTES, type ReportFigures } from './figures.ts';
import { hoursChart } from './hours-chart.ts';
import { STYLE } from './style.ts';
import { count, escaped, hourName, minutes, monthName, percent } from './text.ts';

export function reportPage(figures: ReportFigures): string {
  const { flights, latePercent, meanDelay, tellingHours, airports } = figures;
  const [worstHour, bestHour] = ends([...tellingHours].sort(byLateness));
  const [worstAirport, bestAirport] = ends(airports);
  const drawn = tellingHours.reduce((total, hour) => total + hour.flights, 0);
  const [first, last] = [figures.months.first, figures.months.last].map(monthName) as [string, string];

  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>When flights run late</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
  <p class="kicker">United States · ${first === last ? first : `${first} to ${last}`}</p>
  <h1>When flights run late</h1>
  <p class="lead">Of the flights that left between ${between(bestHour.hour)}, ${percent(bestHour.latePercent)} arrived
  late; of those between ${between(worstHour.hour)}, ${percent(worstHour.latePercent)} did.</p>
</header>
<dl class="figures">
  ${keyFigure('Flights', count(flights))}
  ${keyFigure('Arrived late', percent(latePercent))}
  ${keyFigure('Mean delay', minutes(meanDelay))}
  ${keyFigure('Best hour', hourName(bestHour.hour))}
  ${keyFigure('Worst hour', hourName(worstHour.hour))}
</dl>
<section>
  <h2>By hour of departure</h2>
  <figure>
    <div class="wide">${hoursChart(tellingHours, latePercent)}</div>
    <figcaption>${drawn === flights ? '' : `${count(flights - drawn)} flights left in hours too quiet for a column; the table has them. `}</figcaption>
  </figure>
  <details>
    <summary>The figures as a table</summary>
    ${hoursTable(figures)}
  </details>
</section>
<section>
  <h2>By airport of departure</h2>
  <p>Of the ${airports.length} airports with the most departures, ${escaped(worstAirport.city ?? worstAirport.iata)} had the
  largest share of late flights, ${escaped(bestAirport.city ?? bestAirport.iata)} the smallest.</p>
  <figure><div class="wide">${airportsChart(airports, latePercent)}</div></figure>
</section>
<footer>
  <p>A flight is late when it arrived ${LATE_MINUTES} minutes or more after its scheduled time. The hour is the one in which
  it really left, so a flight held past midnight counts among the night’s. Cancelled flights are not included.</p>
  <p>A random sample from the U.S. Bureau of Transportation Statistics, by way of vega-datasets. Batch ${escaped(figures.batch)}.</p>
</footer>
</main>
</body>
</html>
`;
}

const ends = <T>(items: readonly T[]): [T, T] => [items[0] as T, items.at(-1) as T];

const between = (hour: number): string => `${hourName(hour)} and ${hourName(hour + 1)}`;

const keyFigure = (name: string, value: string): string => `<div><dt>${name}</dt><dd>${value}</dd></div>`;

function hoursTable({ hours, flights, latePercent, meanDelay }: ReportFigures): string {
  const cells = (group: Pick<Hour, 'flights' | 'latePercent' | 'meanDelay'>) =>
    `<td>${count(group.flights)}</td><td>${percent(group.latePercent)}</td><td>${minutes(group.meanDelay)}</td>`;
  const rows = hours.map((hour) => `<tr><th scope="row">${hourName(hour.hour)}</th>${cells(hour)}</tr>`);
  return `<table>
    <thead><tr><th scope="col">Hour</th><th scope="col">Flights</th><th scope="col">Late</th><th scope="col">Mean delay</th></tr></thead>
    <tbody>${rows.join('\n')}</tbody>
    <tfoot><tr><th scope="row">All</th>${cells({ flights, latePercent, meanDelay })}</tr></tfoot>
  </table>`;
}
