/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of what is due on a day: a line for each owner, and of each what is not there yet.

import type { Child } from 'hono/jsx';
import type { DueItem, DueLine, DuePage, DueState } from '../../goals/wire/due.ts';
import { pathWith } from './asking.ts';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, Quoted, State, type StateMark, visible, When } from './text.tsx';
import type { PageClock } from './times.ts';
import { TimesTabs } from './times-pages.tsx';

const WORDS: Readonly<Record<DueState, { mark: StateMark; words: string }>> = {
  missing: { mark: 'failed', words: 'Missing' },
  failed: { mark: 'failed', words: 'Not reached' },
  late: { mark: 'struggling', words: 'Late' },
  atRisk: { mark: 'struggling', words: 'At risk' },
  open: { mark: 'pursuing', words: 'Under way' },
  ahead: { mark: 'none', words: 'Ahead' },
  achieved: { mark: 'achieved', words: 'Reached' },
};
const COLUMNS: readonly DueState[] = ['achieved', 'open', 'atRisk', 'late', 'failed', 'missing', 'ahead'];
const DAY_MS = 86_400_000;

/** `query` as the address has it: the links to other days and owners keep it. */
export function duePage(
  page: DuePage,
  query: Readonly<Record<string, string | undefined>>,
  clock: PageClock,
): ShownPage {
  const sum = (part: 'due' | DueState): number => page.items.reduce((total, line) => total + line[part], 0);
  const lacking = sum('missing') + sum('failed') + sum('late');
  const sentence =
    sum('due') === 0
      ? `Nothing is due on ${page.day}.`
      : `${count(sum('due'), 'outcome')} due on ${page.day}: ${sum('achieved')} reached, ${lacking} not reached.`;
  const dayAway = (days: number): string =>
    new Date(Date.parse(page.day) + days * DAY_MS).toISOString().slice(0, 10);
  const dayLink = (days: number): Child => (
    <a href={pathWith('/due', { ...query, day: dayAway(days) })}>{dayAway(days)}</a>
  );
  return {
    sentence,
    screen: '/due',
    body: (
      <>
        <h1>
          {sentence.split(page.day)[0]}
          <span class="nowrap">{page.day}</span>
          {sentence.split(page.day)[1]}
        </h1>
        <TimesTabs at="/due" />
        <p class="lead">
          The day in {page.timezone}. {dayLink(-1)} · {dayLink(1)}
          {page.uncounted === 0 ? '' : ` · ${page.uncounted} more were not looked at`}
        </p>
        {page.items.length === 0 ? (
          <p class="hint">
            A goal appears here that has a schedule, or says by when it is due: <code>expected</code> or{' '}
            <code>deadline</code>.
          </p>
        ) : (
          <section>
            <Table
              head={['Owner', 'Due', ...COLUMNS.map((state) => WORDS[state].words)]}
              rows={page.items.map((line): Child[] => [
                <a href={pathWith('/due', { ...query, owner: line.owner })}>
                  <Quoted text={line.owner} limit={100} />
                </a>,
                line.due,
                ...COLUMNS.map((state) => (line[state] === 0 ? '' : line[state])),
              ])}
              empty=""
            />
          </section>
        )}
        {page.items.map((line) => (
          <LineItems line={line} clock={clock} query={query} />
        ))}
      </>
    ),
  };
}

const LineItems = ({
  line: { owner, items, more },
  clock,
  query,
}: {
  line: DueLine;
  clock: PageClock;
  query: Readonly<Record<string, string | undefined>>;
}) => (
  <section>
    <h2>
      <Quoted text={owner} limit={100} />
    </h2>
    <Table
      head={['State', 'Goal', 'Run', 'Due']}
      rows={items.map((item): Child[] => [
        <State {...WORDS[item.state]} />,
        <a href={`/goals/${encodeURIComponent(item.goal)}`}>{visible(item.goal)}</a>,
        whatRuns(item, clock),
        <When at={item.due} clock={clock} />,
      ])}
      empty=""
    />
    {more === 0 ? null : (
      <p>
        <a href={pathWith('/due', { ...query, owner })}>{more} more</a>
      </p>
    )}
  </section>
);

function whatRuns({ run, key, at }: DueItem, clock: PageClock): Child {
  if (run !== null)
    return (
      <a href={`/runs/${encodeURIComponent(run)}`}>
        <Quoted text={key ?? run} limit={80} />
      </a>
    );
  if (at === null) return <span class="faint">no run</span>;
  return (
    <span class="faint">
      scheduled <When at={at} clock={clock} />
    </span>
  );
}
