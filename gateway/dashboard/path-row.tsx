/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// A step in the drawing of a path: its name, and its attempts in a lane of time.

import type { MapProgress } from '../../goals/wire/map.ts';
import type { Axis } from './axis.ts';
import { Mark, percent } from './path-mark.tsx';
import { markedSpans } from './path-marks.ts';
import type { PathRow } from './path-rows.ts';
import { awaitedEvent } from './states.ts';
import { count, Icon, type StateMark, toneOf, visible } from './text.tsx';
import { duration } from './times.ts';

/** What every lane has behind its marks: drawn once in a page. */
export const GRID = 'path-grid';

/** Where a page of a run is, with what it is asked for: of the run that is shown in the execution that is shown. */
export type LinkTo = (
  run: string,
  query: Readonly<Record<string, string | undefined>>,
  under?: 'map',
) => string;

const MARKS: Record<PathRow['step']['state'], StateMark> = {
  ...{ succeeded: 'achieved', failed: 'failed', cancelled: 'cancelled', abandoned: 'none' },
  ...{ running: 'pursuing', waiting: 'pursuing' },
};

const isAsked = ({ step }: PathRow): boolean => step.kind === 'approval' || step.kind === 'ask';

export function markOf(row: PathRow): StateMark {
  if (row.step.closedAt === null && isAsked(row)) return 'waiting';
  if (row.step.closedAt === null && row.step.errors.pending > 0) return 'struggling';
  return MARKS[row.step.state];
}

function wordsOf(row: PathRow): string {
  const { step } = row;
  if (step.kept !== null) return step.kept.supplied ? 'supplied by an operator' : 'kept';
  const parts = [step.kind === 'job' ? '' : step.kind];
  if (step.attempts > 1) parts.push(count(step.attempts, 'attempt'));
  if (step.map !== undefined) parts.push(`${step.map.done} of ${step.map.total ?? '?'} items`);
  if (step.waitingFor !== undefined) parts.push(`waits for ${step.waitingFor}`);
  if (step.awaits !== undefined && step.closedAt === null)
    parts.push(`waits for ${awaitedEvent(step.awaits)}`);
  const isQueued = step.kind === 'job' && step.state === 'waiting' && step.nextAttemptAt === null;
  if (isQueued && step.waitingFor === undefined) parts.push('waits for a worker');
  if (step.progress?.note) parts.push(step.progress.note);
  return visible(parts.filter(Boolean).join(', '));
}

/** What the drawing of a row says, for whoever does not see it. */
function saidOf(row: PathRow): string {
  const { step, errors } = row;
  if (step.map !== undefined) {
    const { total, done, lost, retrying } = step.map;
    return `${done} of ${total ?? '?'} items done, ${lost} lost, ${retrying} retried`;
  }
  const failed = errors.length === 0 ? '' : `, ${count(errors.length, 'failed attempt')}`;
  const hit = row.isHit ? ': the first true failure' : '';
  const isWait = step.kind === 'event' || isAsked(row);
  const what = step.kind === 'sleep' ? 'a sleep, ' : isWait ? 'a wait, ' : '';
  return `${what}${step.state} after ${duration(row.to - row.from)}${failed}${hit}`;
}

const HIT_WORDS = 'first true failure';

/** Whether the words fit beside what is drawn of the row. */
const hasRoom = ({ from, to }: PathRow, axis: Axis): boolean => axis.at(from) > 30 || axis.at(to) < 70;

function Lane({ row, axis }: { row: PathRow; axis: Axis }) {
  const { step } = row;
  const x = axis.at(row.from);
  return (
    <svg class="lane" width="100%" height="24" role="img" aria-label={saidOf(row)}>
      <use href={`#${GRID}`} />
      {markedSpans(row).map(({ mark, from, to }) => (
        <Mark mark={mark} from={axis.at(from)} to={axis.at(to)} />
      ))}
      {step.map === undefined ? null : (
        <MapBar map={step.map} x={x} w={Math.max(0.3, axis.at(row.to) - x)} lasts={step.closedAt === null} />
      )}
      {row.isHit && hasRoom(row, axis) ? (
        <text
          {...(x > 30
            ? { x: percent(x), dx: '-8', 'text-anchor': 'end' }
            : { x: percent(axis.at(row.to)), dx: '8' })}
          y="16"
          class="d-text bad"
        >
          {HIT_WORDS}
        </text>
      ) : null}
    </svg>
  );
}

/** The items of a map, one bar whatever their number: those that are done, those that were lost, and the others while it lasts. */
function MapBar({ map, x, w, lasts }: { map: MapProgress; x: number; w: number; lasts: boolean }) {
  const { done, lost, total } = map;
  const all = Math.max(total ?? 0, done + lost, 1);
  const [ofDone, ofLost] = [(done / all) * w, lost === 0 ? 0 : Math.max(0.3, (lost / all) * w)];
  return (
    <>
      <rect
        x={percent(x)}
        width={percent(w)}
        y="7"
        height="10"
        rx="2"
        class={lasts ? 'd-hatch-p' : 'd-sunk'}
      />
      {done === 0 ? null : (
        <rect x={percent(x)} width={percent(ofDone)} y="7" height="10" class="d-achieved" />
      )}
      {lost === 0 ? null : (
        <rect
          x={percent(x + Math.min(ofDone, w - ofLost))}
          width={percent(ofLost)}
          y="4"
          height="13"
          class="d-failed"
        />
      )}
    </>
  );
}

export const Row = ({ row, axis, linkTo }: { row: PathRow; axis: Axis; linkTo: LinkTo }) => {
  const { step } = row;
  const mark = markOf(row);
  const href =
    step.run !== null && step.kind === 'goal'
      ? linkTo(step.run, step.execution === undefined ? {} : { execution: step.execution })
      : step.kind === 'map'
        ? linkTo(row.run, { step: step.path }, 'map')
        : `${linkTo(row.run, { step: step.path })}#attempts`;
  const tone = row.isHit ? 'hit' : step.closedAt === null && isAsked(row) ? 'ask' : '';
  return (
    <li class={[row.depth === 1 ? 'in1' : '', tone].filter(Boolean).join(' ') || undefined}>
      <div class="name">
        <Icon mark={mark} tone={toneOf(mark)} />
        <span class="sr">{step.state}: </span>
        <a href={href}>
          <bdi>{visible(step.path)}</bdi>
        </a>
        <small>
          <bdi>{wordsOf(row)}</bdi>
          {row.isHit && !hasRoom(row, axis) ? <span class="failed"> {HIT_WORDS}</span> : null}
        </small>
      </div>
      <Lane row={row} axis={axis} />
      <span class="took">{step.kept === null ? duration(step.ms ?? row.to - row.from) : 'kept'}</span>
    </li>
  );
};
