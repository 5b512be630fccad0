// The share of late flights by airport, as an SVG of bars. Its colours are the page's.

import type { Airport } from './figures.ts';
import { count, escaped, percent } from './text.ts';

const WIDTH = 860;
const ROW = 27;
const PLOT = { left: 190, right: WIDTH - 64, top: 26 };

export function airportsChart(airports: readonly Airport[], averagePercent: number): string {
  const highest = Math.max(...airports.map(({ latePercent }) => latePercent), averagePercent, 1);
  const length = (share: number) => (share / highest) * (PLOT.right - PLOT.left);
  const bottom = PLOT.top + airports.length * ROW;
  const average = PLOT.left + length(averagePercent);

  const rows = airports.map(({ iata, city, flights, latePercent }, i) => {
    const y = PLOT.top + i * ROW;
    const name = escaped(city ?? iata);
    return `<g><title>${name} (${escaped(iata)}): ${percent(latePercent)} of ${count(flights)} flights late</title>
      <text class="name" x="${PLOT.left - 52}" y="${y + 18}" text-anchor="end">${name}</text>
      <text class="tick" x="${PLOT.left - 10}" y="${y + 18}" text-anchor="end">${escaped(iata)}</text>
      <rect class="bar" x="${PLOT.left}" y="${y + 4}" width="${length(latePercent)}" height="${ROW - 8}" rx="2"/>
      <text class="value" x="${WIDTH}" y="${y + 18}" text-anchor="end">${percent(latePercent)}</text></g>`;
  });

  return `<svg viewBox="0 0 ${WIDTH} ${bottom + 8}" role="img" aria-labelledby="airports-title">
    <title id="airports-title">Share of flights that arrived late, by airport of departure</title>
    ${rows.join('')}
    <line class="average" x1="${average}" x2="${average}" y1="${PLOT.top - 4}" y2="${bottom + 4}"/>
    <text class="note" x="${average}" y="14" text-anchor="middle">all flights ${percent(averagePercent)}</text>
  </svg>`;
}
