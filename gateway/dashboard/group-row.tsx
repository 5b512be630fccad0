/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Many steps as one row of a path: how many were under way at each time, what healed below the line, and the way to each of them.

import type { Axis } from './axis.ts';
import type { StepGroup, StepRange } from './path-groups.ts';
import { GRID, type LinkTo } from './path-row.tsx';
import type { PathRow } from './path-rows.ts';
import { COLUMNS, densityPaths, LINE } from './step-density.ts';
import { count, Icon, type StateMark, toneOf, visible } from './text.tsx';
import { duration } from './times.ts';

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
