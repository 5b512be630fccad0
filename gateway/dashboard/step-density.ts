// Many steps as a drawing: how many were under way at each time, and what healed below the line.

import type { Axis } from './axis.ts';
import type { PathRow } from './path-rows.ts';

/** Columns of a density; how far it rises above its line, and where that is. */
export const COLUMNS = 100;
export const LINE = 21;
const RISE = 18;

/** From the line up: what is done, what a person need not see, what waits or sleeps, what lasts, what failed. */
const TONES = ['d-achieved', 'd-healed', 'd-rest', 'd-pursuing', 'd-failed'] as const;

const RESTS: ReadonlySet<PathRow['step']['kind']> = new Set(['sleep', 'event', 'approval', 'ask']);

function toneOfRow({ step }: PathRow): number {
  if (step.state === 'failed') return 4;
  if (RESTS.has(step.kind)) return 2;
  if (step.closedAt === null) return step.state === 'waiting' && step.nextAttemptAt === null ? 2 : 3;
  return step.state === 'succeeded' ? 0 : 1;
}

const isHealed = ({ disposition }: PathRow['errors'][number]): boolean => disposition !== 'fatal';

/** The classes of what a density of these steps draws. */
export const densityTones = (rows: readonly PathRow[]): string[] => [
  ...new Set([
    ...rows.map((row) => TONES[toneOfRow(row)] as string),
    ...(rows.some(({ errors }) => errors.some(isHealed)) ? ['d-healed'] : []),
  ]),
];

/** How many steps of each tone are under way in each column. */
function densityOf(rows: readonly PathRow[], axis: Axis): number[][] {
  const changes = TONES.map(() => Array.from({ length: COLUMNS + 1 }, () => 0));
  const add = (tone: number, column: number, n: number): void => {
    const of = changes[tone] as number[];
    of[column] = (of[column] ?? 0) + n;
  };
  const columnOf = (ms: number): number => Math.min(COLUMNS - 1, Math.floor((axis.at(ms) / 100) * COLUMNS));
  for (const row of rows) {
    const from = columnOf(row.from);
    add(toneOfRow(row), from, 1);
    add(toneOfRow(row), Math.max(from, columnOf(row.to)) + 1, -1);
  }
  return changes.map((of) => {
    let n = 0;
    return of.slice(0, COLUMNS).map((change) => (n += change));
  });
}

/** Between two lines of heights, from the left to the right. */
function between(low: readonly number[], high: readonly number[]): string {
  const along = (line: readonly number[], from: number, to: number, step: 1 | -1): string => {
    let path = '';
    for (let i = from; i !== to; i += step) {
      if (i !== from && line[i] === line[i - step]) continue;
      path += `${i === from ? '' : `H${step === 1 ? i : i + 1}`}V${line[i]}`;
    }
    return path;
  };
  return `M0 ${low[0]}${along(high, 0, COLUMNS, 1)}H${COLUMNS}${along(low, COLUMNS - 1, -1, -1)}H0z`;
}

/** What a density draws, by its class. */
export function densityPaths(rows: readonly PathRow[], axis: Axis): Map<string, string> {
  const counts = densityOf(rows, axis);
  const most = Math.max(
    1,
    ...Array.from({ length: COLUMNS }, (_, i) => counts.reduce((n, of) => n + (of[i] ?? 0), 0)),
  );
  const paths = new Map<string, string>();
  let below = Array.from({ length: COLUMNS }, () => LINE);
  for (const [tone, of] of counts.entries()) {
    const low = below;
    // However few there are, they show.
    const high = low.map((y, i) =>
      of[i] ? Math.max(0, y - Math.max(2, Math.round(((of[i] ?? 0) / most) * RISE))) : y,
    );
    if (high.some((y, i) => y !== low[i])) paths.set(TONES[tone] as string, between(low, high));
    below = high;
  }
  const healed = Array.from({ length: COLUMNS }, () => 0);
  for (const { errors } of rows)
    for (const error of errors) {
      const column = Math.min(
        COLUMNS - 1,
        Math.max(0, Math.floor((axis.at(Date.parse(error.at)) / 100) * COLUMNS)),
      );
      if (isHealed(error)) healed[column] = (healed[column] ?? 0) + 1;
    }
  const marks = healed
    .map((n, i) => (n === 0 ? '' : `M${i} ${LINE + 3}h.9v${Math.min(9, 2 + n)}h-.9z`))
    .join('');
  if (marks !== '') paths.set('d-healed', (paths.get('d-healed') ?? '') + marks);
  return paths;
}
