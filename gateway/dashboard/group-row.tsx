/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Many steps as one row of a path: how many were under way at each time, what healed below the line, and the way to each of them.

import type { Axis } from './axis.ts';
import type { StepGroup, StepRange } from './path-groups.ts';
import { GRID, type LinkTo } from './path-row.tsx';
import type { PathRow } from './path-rows.ts';
import { count, Icon, type StateMark, toneOf, visible } from './text.tsx';
import { duration } from './times.ts';

/** Columns of a density; how far it rises above its line, and where that is. */
const COLUMNS = 100;
const [RISE, LINE] = [18, 21];

/** From the line up: what is done, what a person need not see, what lasts, what failed. */
const TONES = ['d-achieved', 'd-healed', 'd-pursuing', 'd-failed'] as const;

function toneOfRow({ step }: PathRow): number {
  if (step.closedAt === null) return 2;
  return step.state === 'failed' ? 3 : step.state === 'succeeded' ? 0 : 1;
}

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
    for (const { at, disposition } of errors) {
      const column = Math.min(
        COLUMNS - 1,
        Math.max(0, Math.floor((axis.at(Date.parse(at)) / 100) * COLUMNS)),
      );
      if (disposition !== 'fatal') healed[column] = (healed[column] ?? 0) + 1;
    }
  const marks = healed
    .map((n, i) => (n === 0 ? '' : `M${i} ${LINE + 3}h.9v${Math.min(9, 2 + n)}h-.9z`))
    .join('');
  if (marks !== '') paths.set('d-healed', (paths.get('d-healed') ?? '') + marks);
  return paths;
}

const STATES = [
  ['succeeded', ({ step }: PathRow) => step.state === 'succeeded' && step.kept === null],
  ['kept', ({ step }: PathRow) => step.kept !== null],
  ['under way', ({ step }: PathRow) => step.closedAt === null],
  ['failed', ({ step }: PathRow) => step.state === 'failed'],
  ['cancelled', ({ step }: PathRow) => step.state === 'cancelled' || step.state === 'abandoned'],
] as const;

/** How steps stand, by their states, and the errors that healed. */
function saidOfRows(rows: readonly PathRow[]): string {
  const states = STATES.map(([words, is]) => [words, rows.filter(is).length] as const).filter(
    ([, n]) => n > 0,
  );
  const healed = rows.reduce((sum, { step: { errors } }) => sum + errors.recovered + errors.handled, 0);
  return [
    ...states.map(([words, n]) => (n === rows.length ? `all ${words}` : `${n} ${words}`)),
    ...(healed === 0 ? [] : [`${count(healed, 'error')} healed`]),
  ].join(', ');
}

function markOfRows(rows: readonly PathRow[]): StateMark {
  if (rows.some(({ step }) => step.state === 'failed')) return 'failed';
  const open = rows.filter(({ step }) => step.closedAt === null);
  if (open.length > 0) return open.some(({ step }) => step.errors.pending > 0) ? 'struggling' : 'pursuing';
  return rows.some(({ step }) => step.state === 'succeeded') ? 'achieved' : 'cancelled';
}

export function GroupRow({ group, axis, linkTo }: { group: StepGroup; axis: Axis; linkTo: LinkTo }) {
  const { run, depth, job, rows, ranges } = group;
  const mark = markOfRows(rows);
  const words = `${count(rows.length, 'step')}, ${saidOfRows(rows)}`;
  const took = Math.max(...rows.map(({ to }) => to)) - Math.min(...rows.map(({ from }) => from));
  const at = (from: number): string => `${linkTo(run, { job: job ?? undefined, from: String(from) })}#path`;
  return (
    <li class={depth === 1 ? 'in1 many' : 'many'}>
      <div class="name">
        <Icon mark={mark} tone={toneOf(mark)} />
        <a href={at(1)}>
          <bdi>{job === null ? `${group.jobs} other jobs` : visible(job)}</bdi>
        </a>
        <small>{words}</small>
      </div>
      <svg class="lane" width="100%" height="34" role="img" aria-label={words}>
        <use href={`#${GRID}`} />
        <line x1="0" x2="100%" y1={LINE + 0.5} y2={LINE + 0.5} class="d-line" />
        <svg
          width="100%"
          height="34"
          viewBox={`0 0 ${COLUMNS} 34`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {[...densityPaths(rows, axis)].map(([tone, path]) => (
            <path d={path} class={tone} />
          ))}
        </svg>
      </svg>
      <span class="took">{duration(took)}</span>
      {ranges.length === 0 ? null : (
        <details class="ranges" id={`ranges-${encodeURIComponent(run)}-${encodeURIComponent(job ?? '')}`}>
          <summary>
            All of them <span class="end">{count(ranges.length, 'range')}</span>
          </summary>
          <ul>
            {ranges.map((range) => (
              <Range range={range} href={at(range.from)} />
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

const Range = ({ range: { from, to, rows }, href }: { range: StepRange; href: string }) => (
  <li>
    <a href={href}>
      {from} to {to}
    </a>{' '}
    <small>{saidOfRows(rows)}</small>
  </li>
);
