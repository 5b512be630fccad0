/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The pages of what comes when: schedules, and the list of backfills.

import type { Child } from 'hono/jsx';
import type { BackfillView, ScheduleSummaryView } from '../../goals/wire/answers.ts';
import { BackfillActs, ScheduleActs } from './actions/row-acts.tsx';
import { backfillHref, doneWords, rangeWords, stateOfBackfill } from './backfill-page.tsx';
import { InForce } from './in-force.tsx';
import { NextPage } from './next-page.tsx';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, State, visible, When } from './text.tsx';
import { brief, duration, type PageClock } from './times.ts';

/** Of a page, as its address has it. */
type Query = Readonly<Record<string, string | undefined>>;

const PAGES = [
  ['/schedules', 'Schedules'],
  ['/backfills', 'Backfills'],
  ['/due', 'Due'],
] as const;

/** The pages of times, one of which is shown. */
export const TimesTabs = ({ at }: { at: (typeof PAGES)[number][0] }) => (
  <nav class="tabs wraps" aria-label="Times">
    {PAGES.map(([href, words]) => (
      <a href={href} aria-current={href === at ? 'page' : undefined}>
        {words}
      </a>
    ))}
  </nav>
);

const goalLink = (goal: string): Child => <a href={`/goals/${encodeURIComponent(goal)}`}>{visible(goal)}</a>;

const page = (at: (typeof PAGES)[number][0], sentence: string, body: Child): ShownPage => ({
  sentence,
  screen: '/schedules',
  keepsUp: true,
  body: (
    <>
      <h1>{sentence}</h1>
      <TimesTabs at={at} />
      <section>{body}</section>
    </>
  ),
});

/** Who paused it and why: the fields where a gateway wrote them, else the note of Temporal. */
function pausedWords({ state, steered, note }: ScheduleSummaryView): string {
  if (state !== 'paused') return '';
  if (steered === undefined) return note ?? '';
  return `by ${steered.by}: ${steered.reason}`;
}

export function schedulesPage(
  items: readonly ScheduleSummaryView[],
  query: Query,
  clock: PageClock,
  reader: PageReader,
): ShownPage {
  const paused = items.filter(({ state }) => state === 'paused').length;
  const [first] = items.flatMap(({ next }) => next.slice(0, 1)).sort();
  const sentence =
    items.length === 0
      ? query.goal === undefined
        ? 'No goal has a schedule.'
        : 'That goal has no schedule.'
      : `${count(items.length, 'schedule')}${paused === 0 ? '' : `, ${paused} paused`}${first === undefined ? '' : `; the next time is ${brief(first, clock)}`}.`;
  const rows = items.map((one): Child[] => [
    <>
      {goalLink(one.goal)} <bdi class="mono faint">{visible(one.name)}</bdi>
    </>,
    one.cron.length > 0 ? (
      <span class="mono">{one.cron.join(', ')}</span>
    ) : (
      `every ${duration(one.every?.ms ?? 0)}`
    ),
    one.timezone,
    one.state === 'active' ? (
      'active'
    ) : (
      <>
        <State mark={one.state === 'paused' ? 'cancelled' : 'struggling'} words={one.state} />
        <span class="hint"> {visible(pausedWords(one)).slice(0, 200)}</span>
      </>
    ),
    one.next[0] === undefined ? '' : <When at={one.next[0]} clock={clock} />,
    <ScheduleActs schedule={one} reader={reader} />,
  ]);
  return page(
    '/schedules',
    sentence,
    <>
      <InForce path="/schedules" query={query} names={['goal']} />
      <Table
        head={['Goal', 'Times', 'Zone', 'State', 'Next', 'Actions']}
        rows={rows}
        empty="A goal's schedule appears here once a worker publishes it."
      />
    </>,
  );
}

export interface ListedBackfills {
  items: BackfillView[];
  next: string | null;
}

export function backfillsPage(
  { items, next }: ListedBackfills,
  query: Query,
  clock: PageClock,
  reader: PageReader,
): ShownPage {
  const open = items.filter(({ closedAt }) => closedAt === null).length;
  const rows = items.map((one): Child[] => [
    <>
      {goalLink(one.goal)}{' '}
      <a href={backfillHref(one.id)} data-row>
        {rangeWords(one)}
      </a>
    </>,
    <State {...stateOfBackfill(one)} />,
    doneWords(one),
    <When at={one.startedAt} clock={clock} />,
    <BackfillActs backfill={one} reader={reader} />,
  ]);
  const isPart = next !== null || query.cursor !== undefined;
  const none = [query.goal, query.state, query.cursor].some(Boolean)
    ? 'No backfill fits.'
    : 'No backfill was started.';
  return page(
    '/backfills',
    items.length === 0
      ? none
      : `${count(items.length, 'backfill')}${isPart ? ' on this page' : ''}, ${open === 0 ? 'none' : open} under way.`,
    <>
      <InForce path="/backfills" query={query} names={['goal', 'state']} />
      <Table
        head={['Backfill', 'State', 'Done', 'Began', 'Actions']}
        rows={rows}
        empty="A backfill appears here as soon as it is started, on the page of its goal."
      />
      <NextPage path="/backfills" query={query} next={next} words="More backfills" />
    </>,
  );
}
