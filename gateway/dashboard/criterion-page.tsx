/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What a criterion said over time: as a drawing, and as the table that it is drawn from.

import type { CriterionPage, CriterionResult } from '../../goals/wire/answers.ts';
import { pathWith } from './asking.ts';
import type { ShownPage } from './shell.tsx';
import { Quoted, State, visible, When } from './text.tsx';
import type { PageClock } from './times.ts';

const WIDTH = 640;
const HEIGHT = 96;
const EDGE = 8;
const FLAT = 28;

/** Where each value stands in the drawing, from the oldest; one that measured nothing stands at its foot. */
export function chartPoints(items: readonly CriterionResult[]): { x: number; y: number; met: boolean }[] {
  const values = items.flatMap(({ measured }) =>
    measured === undefined
      ? []
      : [measured.value, measured.atLeast ?? measured.value, measured.atMost ?? measured.value],
  );
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high > low ? high - low : 1;
  return [...items].reverse().map(({ measured, met }, i) => ({
    x: EDGE + (i * (WIDTH - 2 * EDGE)) / Math.max(1, items.length - 1),
    y:
      measured === undefined
        ? HEIGHT - EDGE
        : HEIGHT - EDGE - ((measured.value - low) / span) * (HEIGHT - 2 * EDGE),
    met,
  }));
}

const rounded = (n: number): number => Math.round(n * 10) / 10;

export function CriterionChart({ name, items }: { name: string; items: readonly CriterionResult[] }) {
  // One says no more than the words beside it.
  if (items.length < 2) return null;
  const points = chartPoints(items);
  const met = items.filter((item) => item.met).length;
  const isMeasured = items.some(({ measured }) => measured !== undefined);
  // Without values there is nothing but the foot to look at.
  const top = isMeasured ? 0 : HEIGHT - FLAT;
  return (
    <svg
      class={isMeasured ? 'criterion' : 'criterion flat'}
      viewBox={`0 ${top} ${WIDTH} ${HEIGHT - top}`}
      preserveAspectRatio="xMinYMid meet"
      role="img"
      aria-label={`${visible(name)}: met by ${met} of the last ${items.length} runs`}
    >
      <line x1="0" y1={HEIGHT - 2} x2={WIDTH} y2={HEIGHT - 2} class="d-base" />
      {isMeasured ? (
        <polyline
          points={points.map(({ x, y }) => `${rounded(x)},${rounded(y)}`).join(' ')}
          class="d-base"
          fill="none"
        />
      ) : null}
      {/* What is not met is a square that stands taller, so that colour is not alone. */}
      <path
        class="d-achieved"
        d={points
          .filter((point) => point.met)
          .map(({ x, y }) => `M${rounded(x - 3)} ${rounded(y)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`)
          .join('')}
      />
      <path
        class="d-failed"
        d={points
          .filter((point) => !point.met)
          .map(({ x, y }) => `M${rounded(x - 4)} ${rounded(y - 8)}h8v14h-8z`)
          .join('')}
      />
    </svg>
  );
}

/** What was measured, with its unit and bounds. */
export function measuredWords({ measured }: Pick<CriterionResult, 'measured'>): string {
  if (measured === undefined) return '';
  const { value, unit, atLeast, atMost } = measured;
  const bounds = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ].join(', ');
  return `${value}${unit === undefined ? '' : ` ${unit}`}${bounds === '' ? '' : ` (${bounds})`}`;
}

export function criterionPage(
  { goal, criterion, items, next }: CriterionPage,
  query: Readonly<Record<string, string | undefined>>,
  clock: PageClock,
): ShownPage {
  const met = items.filter((item) => item.met).length;
  const path = `/goals/${encodeURIComponent(goal)}/criteria/${encodeURIComponent(criterion)}`;
  const sentence =
    items.length === 0
      ? `No run of ${goal} was judged by it yet.`
      : met === items.length
        ? `Met by ${items.length === 1 ? 'the only run' : `each of ${items.length} runs`}${next === null ? '' : ' on this page'}.`
        : `Met by ${met} of ${items.length} runs.`;
  return {
    sentence: `${criterion}: ${sentence}`,
    screen: '/goals',
    crumbs: [
      { words: 'Goals', href: '/goals' },
      { words: goal, href: `/goals/${encodeURIComponent(goal)}` },
      { words: criterion },
    ],
    body: (
      <>
        <h1 dir="auto">
          <Quoted text={criterion} limit={200} />
        </h1>
        <p class="lead">{sentence}</p>
        <CriterionChart name={criterion} items={items} />
        <table class="goals">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Said</th>
              <th scope="col" class="c-num">
                Closed
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr>
                <td class="g">
                  <a
                    class="say"
                    href={pathWith(`/runs/${encodeURIComponent(item.run)}`, { execution: item.execution })}
                    data-row
                  >
                    <bdi class="mono">{visible(item.run)}</bdi>
                  </a>
                </td>
                <td>
                  <State
                    mark={item.met ? 'achieved' : item.severity === 'warn' ? 'struggling' : 'failed'}
                    words={item.met ? 'met' : item.severity === 'warn' ? 'not met, it only warns' : 'not met'}
                  />{' '}
                  <span class="quiet">{visible(measuredWords(item))}</span>
                  {item.message === null ? null : (
                    <p class="hint" dir="auto">
                      <Quoted text={item.message} limit={200} />
                    </p>
                  )}
                </td>
                <td data-column="closed">
                  <When at={item.at} clock={clock} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {next === null ? null : (
          <p class="foot">
            <a class="b" href={pathWith(path, { ...query, cursor: next })}>
              Older runs
            </a>
          </p>
        )}
      </>
    ),
  };
}
