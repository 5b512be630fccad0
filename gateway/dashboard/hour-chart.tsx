/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Errors over time as bars: what ended runs stands on the line and is taller, what healed hangs below it. The same as a table.

import type { Child } from 'hono/jsx';
import { visible } from './text.tsx';

/** What was counted in one hour or day, the first first. */
export interface Counted {
  /** What it is called: `11-28 03:00`, or `2026-11-28`. */
  at: string;
  failed: number;
  healed: number;
  open: number;
  /** Said beside the counts in the table. */
  more?: readonly Child[];
}

/** Room above the line, and below it, where something stands or hangs there. */
const ROOM = 36;
const WIDTH = 640;
const MOST_WIDE = 28;

/** Bars by the class that they are drawn in, one path for each. */
export function barPaths(counted: readonly Counted[]): {
  paths: Map<string, string>;
  line: number;
  height: number;
} {
  const above = counted.some(({ failed, open }) => failed + open > 0) ? ROOM : 0;
  const below = counted.some(({ healed }) => healed > 0) ? ROOM : 0;
  const line = above + 2;
  const most = Math.max(1, ...counted.map(({ failed, open }) => failed + open));
  const deepest = Math.max(1, ...counted.map(({ healed }) => healed));
  const pitch = Math.min(MOST_WIDE, WIDTH / Math.max(1, counted.length));
  const wide = rounded(Math.max(1, pitch - 2));
  const paths = new Map<string, string>();
  const draw = (tone: string, x: number, y: number, height: number): void => {
    if (height <= 0) return;
    paths.set(tone, `${paths.get(tone) ?? ''}M${x} ${rounded(y)}h${wide}v${rounded(height)}h-${wide}z`);
  };
  // The least that is there can be seen.
  const part = (n: number, of: number, room: number): number => (n === 0 ? 0 : Math.max(3, (n / of) * room));
  for (const [i, { failed, open, healed }] of counted.entries()) {
    const x = rounded(i * pitch);
    const tall = part(failed, most, above);
    draw('d-failed', x, line - 1 - tall, tall);
    const lasts = Math.min(part(open, most, above), above - tall);
    draw('d-struggling', x, line - 1 - tall - lasts, lasts);
    draw('d-healed', x, line + 2, part(healed, deepest, below));
  }
  return { paths, line, height: line + below + 4 };
}

const rounded = (n: number): number => Math.round(n * 10) / 10;

const LEGEND = [
  ['d-failed', 'ended a run'],
  ['d-struggling', 'retried'],
  ['d-healed', 'healed'],
] as const;

/** The drawing, with the sentence that it says, and its table one click away. */
export function HourChart({
  counted,
  says,
  head,
}: {
  counted: readonly Counted[];
  says: string;
  /** Columns of the table: what `at` is, and those of `more`. */
  head: readonly [at: string, ...more: string[]];
}) {
  const [first, last] = [counted[0], counted.at(-1)];
  if (first === undefined || last === undefined) return null;
  const { paths, line, height } = barPaths(counted);
  const [at, ...more] = head;
  return (
    <>
      <svg
        class="hours"
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="xMinYMid meet"
        role="img"
        aria-label={says}
      >
        <line x1="0" y1={line + 0.5} x2={WIDTH} y2={line + 0.5} class="d-base" />
        {[...paths].map(([tone, path]) => (
          <path d={path} class={tone} />
        ))}
      </svg>
      <p class="legend">
        {LEGEND.filter(([tone]) => paths.has(tone)).map(([tone, words]) => (
          <span>
            <svg width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" class={tone} />
            </svg>
            {words}
          </span>
        ))}
        <span>{first === last ? visible(first.at) : `${visible(first.at)} to ${visible(last.at)}`}</span>
      </p>
      <details class="narrow">
        <summary>As a table</summary>
        <table class="numbers">
          <thead>
            <tr>
              {[at, 'ended a run', 'retried', 'healed', ...more].map((words) => (
                <th scope="col">{words}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {counted
              .filter((one) => one.failed + one.healed + one.open > 0)
              .map((one) => (
                <tr>
                  <th scope="row">{visible(one.at)}</th>
                  {[one.failed, one.open, one.healed, ...(one.more ?? [])].map((cell) => (
                    <td>{cell}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
