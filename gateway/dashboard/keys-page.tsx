/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of a goal's keys: a grid of one or two parts of the key, with gaps, and the totals.

import type { KeyPage } from '../../goals/wire/answers.ts';
import { type GridCell, gridOf, worstOf } from '../../goals/wire/key-grid.ts';
import { pathWith } from './asking.ts';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import type { ShownState } from './states.ts';
import { count, MarkIcon, Quoted, State, toneOf, visible } from './text.tsx';
import { absolute, type PageClock } from './times.ts';

export interface KeysQuery {
  of?: string | undefined;
  outcome?: string | undefined;
  prefix?: string | undefined;
  part?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  schedule?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  cursor?: string | undefined;
}

const STATES: Record<ReturnType<typeof worstOf>, ShownState> = {
  failed: { mark: 'failed', words: 'Not reached' },
  missing: { mark: 'none', words: 'Missing' },
  open: { mark: 'pursuing', words: 'Under way' },
  cancelled: { mark: 'cancelled', words: 'Cancelled' },
  achieved: { mark: 'achieved', words: 'Reached' },
};

/** `column`: what it says of itself on a narrow screen; empty where there is but one. */
const Cell = ({ cell, column }: { cell: GridCell | null; column: string }) => {
  const said = column === '' ? undefined : visible(column);
  if (cell === null) return <td />;
  const worst = worstOf(cell);
  const { mark, words } = STATES[worst];
  const [only, ...others] = cell.keys;
  if (only === undefined || others.length > 0)
    return (
      <td data-column={said}>
        <State mark={mark} words={`${cell.achieved} of ${cell.keys.length} reached`} />
      </td>
    );
  if (only.state === 'missing')
    return (
      <td data-column={said}>
        <State mark={mark} words={only.paused ? 'Paused' : words} />
      </td>
    );
  return (
    <td data-column={said}>
      <a href={`/runs/${encodeURIComponent(only.run)}`}>
        <span class={`state ${toneOf(mark)}`}>
          <MarkIcon mark={mark} />
          {words}
        </span>
      </a>
    </td>
  );
};

function sentenceOf({ goal, totals }: KeyPage): string {
  const { keys, expected, executions } = totals;
  if (keys === null)
    return `${goal}: ${expected === null ? count(executions.achieved + executions.failed + executions.cancelled + executions.open, 'execution') : `${count(expected, 'key')} expected`}`;
  const all = keys.achieved + keys.failed + keys.cancelled + keys.open + keys.missing;
  const parts = [
    ...(keys.failed === 0 ? [] : [`${keys.failed} not reached`]),
    ...(keys.missing === 0 ? [] : [`${keys.missing} missing`]),
    ...(keys.cancelled === 0 ? [] : [`${keys.cancelled} cancelled`]),
    ...(keys.open === 0 ? [] : [`${keys.open} under way`]),
  ];
  if (all === 0) return `${goal}: no key is expected in this time`;
  return `${goal}: ${keys.achieved} of ${count(all, 'key')} reached${parts.length === 0 ? '' : `, ${parts.join(', ')}`}`;
}

const OF = [
  ['Expected', 'expected'],
  ['With runs', 'found'],
] as const;

/** Of which times the keys are, where they are of times, and the way to pursue those that are missing. */
const Times = ({
  page: { goal, team, times },
  clock: { zone },
  reader,
}: {
  page: KeyPage;
  clock: PageClock;
  reader: PageReader;
}) => {
  if (times === null) return null;
  const { schedules, from, to } = times;
  const [only, ...others] = schedules;
  const schedule = others.length === 0 ? only : undefined;
  return (
    <p class="lead">
      Those that {others.length === 0 ? 'the schedule' : 'the schedules'}{' '}
      <bdi class="mono">{visible(schedules.join(', '))}</bdi> would have made from {absolute(from, zone)} to{' '}
      {absolute(to, zone)}.{' '}
      {reader.may('operator', team) ? (
        <a href={pathWith('/backfills/new', { goal, schedule, from, to })} data-act>
          Backfill…
        </a>
      ) : null}
    </p>
  );
};

export function keysPage(page: KeyPage, query: KeysQuery, clock: PageClock, reader: PageReader): ShownPage {
  const { goal, parts, items, next } = page;
  const by = parts.slice(0, 2);
  const grid = gridOf(items, by);
  const path = `/goals/${encodeURIComponent(goal)}/keys`;
  const outcomes = ['failed', 'missing', 'open', 'cancelled', 'achieved'] as const;
  const shown = page.of === 'found' ? outcomes.filter((one) => one !== 'missing') : outcomes;
  const { cursor: _, ...filters } = query;
  return {
    sentence: sentenceOf(page),
    screen: '/goals',
    crumbs: [
      { words: 'Goals', href: '/goals' },
      { words: goal, href: `/goals/${encodeURIComponent(goal)}` },
      { words: 'Keys' },
    ],
    body: (
      <>
        <h1>{visible(sentenceOf(page))}</h1>
        <Times page={page} clock={clock} reader={reader} />
        <nav class="tabs wraps" aria-label="Which keys">
          {OF.map(([words, of]) => (
            <a href={pathWith(path, { of })} aria-current={page.of === of ? 'page' : undefined}>
              {words}
            </a>
          ))}
        </nav>
        <nav class="tabs wraps" aria-label="Outcome">
          <a
            href={pathWith(path, { ...filters, outcome: undefined })}
            aria-current={query.outcome === undefined ? 'page' : undefined}
          >
            All
          </a>
          {shown.map((outcome) => (
            <a
              href={pathWith(path, { ...filters, outcome })}
              aria-current={query.outcome === outcome ? 'page' : undefined}
            >
              {STATES[outcome].words}
            </a>
          ))}
        </nav>
        <section aria-labelledby="keys">
          <h2 id="keys">
            Keys <span class="n">by {visible(by.join(' and '))}</span>
          </h2>
          {items.length === 0 ? (
            <p class="hint">
              {next === null ? 'No key is of this filter.' : 'None among those that were looked at: go on.'}
            </p>
          ) : null}
          {grid.rows.length === 0 ? null : (
            <table class={grid.columns.length > 1 ? 'cells' : undefined}>
              <thead>
                <tr>
                  <th scope="col">{visible(by[0] ?? 'key')}</th>
                  {grid.columns.map((column) => (
                    <th scope="col">
                      <Quoted text={column === '' ? 'outcome' : column} limit={60} />
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {grid.rows.map(({ value, cells }) => (
                  <tr>
                    <th scope="row">
                      <bdi class="mono">{visible(value)}</bdi>
                    </th>
                    {cells.map((cell, i) => (
                      <Cell cell={cell} column={grid.columns[i] ?? ''} />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {grid.beside.length === 0 ? null : (
            <ul class="items">
              {grid.beside.map(({ key, run }) => (
                <li>
                  <span />
                  <p class="head">
                    <a href={`/runs/${encodeURIComponent(run)}`}>
                      <Quoted text={key} limit={120} />
                    </a>
                  </p>
                </li>
              ))}
            </ul>
          )}
          {next === null ? null : (
            <p>
              <a href={pathWith(path, { ...filters, cursor: next })}>More keys</a>
            </p>
          )}
        </section>
      </>
    ),
  };
}
