/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The path of a run as a drawing: a row a step, or a job of many; outcomes in colour, what healed low and grey.

import type { Run } from '../../goals/wire/run-view.ts';
import { type Axis, axisOf } from './axis.ts';
import { GroupRow } from './group-row.tsx';
import type { PathPart } from './path-groups.ts';
import { Legend, percent } from './path-mark.tsx';
import { marksIn } from './path-marks.ts';
import { GRID, type LinkTo, Row } from './path-row.tsx';
import { busyOf, type PathRow } from './path-rows.ts';
import { Icon, visible } from './text.tsx';
import { absolute, duration, type PageClock } from './times.ts';

const Grid = ({ axis }: { axis: Axis }) => (
  <defs>
    <g id={GRID}>
      {axis.ticks.map((tick) => (
        <line x1={percent(tick.at)} x2={percent(tick.at)} y1="0" y2="34" class="d-line" />
      ))}
      {axis.folds.map(({ from, to }) => (
        <rect x={percent(from)} width={percent(to - from)} y="0" height="34" class="d-sunk" />
      ))}
    </g>
  </defs>
);

/** How far the nearest fold's words are from there, in parts of a hundred. */
const awayFromFolds = ({ folds }: Axis, at: number): number =>
  Math.min(100, ...folds.map(({ from, to }) => Math.abs((from + to) / 2 - at)));

/** What is drawn of a path. */
export interface DrawnPath {
  run: Run;
  /** Its rows, and the steps that they are of. */
  parts: readonly PathPart[];
  rows: readonly PathRow[];
  /** Jobs that have not begun. */
  never: readonly string[];
  linkTo: LinkTo;
  /** Whether it is all of the path, from the run's beginning to its end, or only some of its steps. */
  isWhole: boolean;
}

export function Path({ run, parts, rows, never, linkTo, isWhole, clock }: DrawnPath & { clock: PageClock }) {
  const [began, closed] = [
    Date.parse(run.startedAt),
    run.closedAt === null ? clock.now : Date.parse(run.closedAt),
  ];
  const start = Math.min(...(isWhole ? [began] : []), ...rows.map(({ from }) => from));
  const end = Math.max(...(isWhole ? [closed] : []), ...rows.map(({ to }) => to), start + 1);
  const axis = axisOf([start, end], busyOf(rows));
  return (
    <>
      <ol class="path">
        <li class="axis">
          <div class="name">step</div>
          <svg class="lane" width="100%" height="22" aria-hidden="true">
            <Grid axis={axis} />
            {axis.ticks
              .filter(({ at }) => at < 97 && awayFromFolds(axis, at) > 9)
              .map(({ at, ms }, i) => (
                <text
                  x={percent(at)}
                  y="15"
                  class={i % 2 === 1 || awayFromFolds(axis, at) < 20 ? 'd-text odd' : 'd-text'}
                  text-anchor={at === 0 ? undefined : 'middle'}
                >
                  {ms === 0 ? '0 s' : duration(ms).replace('.0 s', ' s')}
                </text>
              ))}
            {axis.folds.map(({ from, to, ms }) => (
              <text
                x={percent(to > 90 ? to : (from + to) / 2)}
                y="15"
                class="d-text strong"
                text-anchor={to > 90 ? 'end' : 'middle'}
              >
                {`⋯ ${duration(ms)} ⋯`}
              </text>
            ))}
          </svg>
          <span class="took">took</span>
        </li>
        {parts.map((part) =>
          'row' in part ? (
            <Row row={part.row} axis={axis} linkTo={linkTo} />
          ) : (
            <GroupRow group={part.group} axis={axis} linkTo={linkTo} />
          ),
        )}
        {never.map((name) => (
          <li class="never">
            <div class="name">
              <Icon mark="none" tone="none" />
              <span>{visible(name)}</span>
            </div>
            <span class="lane hint">never begun</span>
            <span class="took" />
          </li>
        ))}
      </ol>
      <div class="foot">
        <Legend
          marks={marksIn(
            parts.flatMap((part) => ('row' in part ? [part.row] : [])),
            parts.flatMap((part) => ('group' in part ? [part.group] : [])),
          )}
        />
        <span class="hint">
          {isWhole ? 'began' : 'the first began'}{' '}
          {absolute(isWhole ? run.startedAt : new Date(start).toISOString(), clock.zone)}, all times{' '}
          {clock.zone}; execution {run.execution.slice(0, 8)}
        </span>
      </div>
    </>
  );
}
