// The share of late flights by hour, as an SVG of columns. Its colours are the page's.

import type { Hour } from './figures.ts';
import { count, hourName, percent } from './text.ts';

const WIDTH = 860;
const HEIGHT = 360;
const PLOT = { left: 44, right: WIDTH - 8, top: 34, bottom: HEIGHT - 46 };
const TICK_PERCENT = 10;

export function hoursChart(hours: readonly Hour[], averagePercent: number): string {
  const shares = hours.map(({ latePercent }) => latePercent);
  const highest = Math.max(...shares);
  const top = Math.max(1, Math.ceil(highest / TICK_PERCENT)) * TICK_PERCENT;
  const y = (share: number) => PLOT.bottom - (share / top) * (PLOT.bottom - PLOT.top);
  const step = (PLOT.right - PLOT.left) / hours.length;
  const extremes = [highest, Math.min(...shares)];

  const ticks = Array.from({ length: top / TICK_PERCENT + 1 }, (_, i) => {
    const share = i * TICK_PERCENT;
    return `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(share)}" y2="${y(share)}"/>
      <text class="tick" x="${PLOT.left - 8}" y="${y(share) + 4}" text-anchor="end">${share}%</text>`;
  });
  const columns = hours.map(({ hour, flights, latePercent }, i) => {
    const x = PLOT.left + i * step;
    const middle = x + step / 2;
    const value = extremes.includes(latePercent)
      ? `<text class="value" x="${middle}" y="${y(latePercent) - 7}" text-anchor="middle">${percent(latePercent)}</text>`
      : '';
    const label =
      hour % 3 === 0
        ? `<text class="tick" x="${middle}" y="${PLOT.bottom + 19}" text-anchor="middle">${hourName(hour)}</text>`
        : '';
    return `<g><title>${hourName(hour)} to ${hourName(hour + 1)}: ${percent(latePercent)} of ${count(flights)} flights late</title>
      <rect class="bar" x="${x + step * 0.12}" width="${step * 0.76}" y="${y(latePercent)}" height="${PLOT.bottom - y(latePercent)}" rx="2"/>
      ${value}${label}</g>`;
  });

  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="hours-title">
    <title id="hours-title">Share of flights that arrived late, by hour of departure</title>
    <text class="axis" x="0" y="14">Flights that arrived late</text>
    ${ticks.join('')}
    ${columns.join('')}
    <line class="average" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(averagePercent)}" y2="${y(averagePercent)}"/>
    <text class="note" x="${PLOT.left + 4}" y="${y(averagePercent) - 7}">all flights ${percent(averagePercent)}</text>
    <text class="axis" x="${PLOT.right}" y="${HEIGHT - 4}" text-anchor="end">Hour of departure, local time</text>
  </svg>`;
}
