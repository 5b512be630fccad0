/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of a backfill: how far it is, what it has not reached, the runs that it began, and how it is steered.

import type { Child } from 'hono/jsx';
import type { BackfillView, KeyPage } from '../../goals/wire/answers.ts';
import { MISSED_SHOWN } from '../../goals/wire/backfill.ts';
import { BackfillActs } from './actions/row-acts.tsx';
import { type Ask, asked, askedIfAny, pathWith } from './asking.ts';
import { BackfillCalendar, keptKeys } from './backfill-calendar.tsx';
import { type ListedRuns, RunTable } from './list-pages.tsx';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import type { ShownState } from './states.ts';
import { Table } from './table.tsx';
import { count, Quoted, State, visible, When } from './text.tsx';
import { absolute, brief, duration, type PageClock } from './times.ts';

/** Rows of the goal among which its runs are looked for. */
const LOOKED_AT = 100;
/** A run may begin a little before the backfill has noted that it is over. */
const AFTER_MS = 60_000;

export const backfillHref = (id: string): string => `/backfills/${encodeURIComponent(id)}`;

type Progress = Pick<
  BackfillView,
  'total' | 'achieved' | 'skipped' | 'failed' | 'open' | 'state' | 'outcome' | 'cancelled'
>;

export function stateOfBackfill({ state, outcome, cancelled }: Progress): ShownState {
  if (cancelled !== null || outcome === 'cancelled') return { mark: 'cancelled', words: 'Cancelled' };
  if (outcome === 'achieved') return { mark: 'achieved', words: 'Complete' };
  if (outcome === 'failed') return { mark: 'failed', words: 'Incomplete' };
  if (state === 'paused') return { mark: 'cancelled', words: 'Paused' };
  if (state === 'held') return { mark: 'struggling', words: 'Its goal is paused' };
  return { mark: 'pursuing', words: 'Under way' };
}

/** Which times or keys it is about. */
export function rangeWords({ from, to, total, schedule }: BackfillView): string {
  if (from === null || to === null) return total === null ? 'keys' : count(total, 'key');
  const [first, last] = [from, to].map((at) =>
    at.replace(/T00:00:00(\.000)?Z$/, '').replace(/:00\.000Z$/, 'Z'),
  );
  return `${first} to ${last}${schedule === null ? '' : `, ${visible(schedule)}`}`;
}

/** `18 of 19, 1 not reached`. */
export function doneWords({ total, achieved, skipped, failed, open }: Progress): string {
  if (total === null) return 'no worker has begun with it yet';
  const parts = [
    `${achieved + skipped} of ${total} reached`,
    ...(failed > 0 ? [`${failed} not`] : []),
    ...(open > 0 ? [`${open} under way`] : []),
  ];
  return parts.join(', ');
}

/** Its parts from left to right, in hundredths; what is still to begin is what is left. */
export function progressParts({ total, achieved, skipped, failed, open }: Progress): {
  tone: string;
  from: number;
  width: number;
}[] {
  let from = 0;
  return (
    [
      ['d-cancelled', skipped],
      ['d-achieved', achieved],
      ['d-failed', failed],
      ['d-hatch-p', open],
    ] as const
  ).flatMap(([tone, n]) => {
    if (n === 0 || total === null || total === 0) return [];
    const part = { tone, from, width: (n / total) * 100 };
    from += part.width;
    return [part];
  });
}

const Bar = ({ backfill }: { backfill: BackfillView }) => (
  <svg class="progress" width="100%" height="22" role="img" aria-label={doneWords(backfill)}>
    <rect x="0" y="6" width="100%" height="12" rx="2" class="d-sunk" />
    {progressParts(backfill).map(({ tone, from, width }) => {
      const isLost = tone === 'd-failed';
      return (
        <rect
          x={`${from.toFixed(2)}%`}
          y={isLost ? '1' : '6'}
          width={`${width.toFixed(2)}%`}
          height={isLost ? '17' : '12'}
          class={tone}
        />
      );
    })}
    <line x1="0" y1="18.5" x2="100%" y2="18.5" class="d-base" />
  </svg>
);

/** The keys of the goal that the backfill is about; all of them, where it is about no times of a schedule. */
const keysHref = (
  { goal, schedule, from, to }: Pick<BackfillView, 'goal' | 'schedule' | 'from' | 'to'>,
  more: Readonly<Record<string, string>> = {},
): string =>
  pathWith(`/goals/${encodeURIComponent(goal)}/keys`, {
    ...(schedule === null || from === null || to === null
      ? {}
      : { of: 'expected', schedule, since: from, until: to }),
    ...more,
  });

/** Reads a backfill, with the state of its keys where a schedule makes them, and the rows of the runs that it began. */
export async function readBackfill(
  ask: Ask,
  id: string,
): Promise<{ backfill: BackfillView; runs: ListedRuns; keys: KeyPage | null }> {
  const backfill = await asked<BackfillView>(ask, backfillHref(id));
  const until =
    backfill.closedAt === null ? undefined : new Date(Date.parse(backfill.closedAt) + AFTER_MS).toISOString();
  const [rows, keys] = await Promise.all([
    asked<ListedRuns>(
      ask,
      pathWith('/runs/rows', {
        ...{ goal: backfill.goal, since: backfill.startedAt, until, limit: String(LOOKED_AT) },
      }),
    ),
    backfill.schedule === null ? null : askedIfAny<KeyPage>(ask, keysHref(backfill, { limit: '500' })),
  ]);
  return {
    backfill,
    keys,
    runs: { ...rows, items: rows.items.filter(({ why }) => why?.ref === backfill.id) },
  };
}

function steered({ paused, held, cancelled }: BackfillView, clock: PageClock): Child {
  const by = cancelled ?? paused;
  if (by !== null)
    return (
      <p class="lead">
        {cancelled === null ? 'Paused' : 'Cancelled'} by <Quoted text={by.by} limit={60} />{' '}
        <When at={by.at} clock={clock} />
        {by.reason === null ? null : (
          <>
            : <Quoted text={by.reason} limit={200} />
          </>
        )}
      </p>
    );
  return held == null ? null : (
    <p class="lead">
      <Quoted text={held.message} limit={300} />
    </p>
  );
}

export function backfillPage(
  { backfill, runs, keys }: { backfill: BackfillView; runs: ListedRuns; keys: KeyPage | null },
  clock: PageClock,
  reader: PageReader,
): ShownPage {
  const { goal, total, achieved, skipped, failed, open, missed, startedAt, closedAt } = backfill;
  const state = stateOfBackfill(backfill);
  const sentence = `${visible(goal)}: ${doneWords(backfill)}.`;
  const left = total === null ? null : total - achieved - skipped - failed - open;
  const rows = missed.map((one): Child[] => [
    one.run === null ? (
      <Quoted text={one.at === null ? 'a key' : absolute(one.at, clock.zone)} />
    ) : (
      <a href={`/runs/${encodeURIComponent(one.run)}`}>
        <Quoted text={one.run} limit={80} />
      </a>
    ),
    one.outcome === 'failed' ? 'not reached' : one.outcome,
    <Quoted text={one.message} limit={200} />,
  ]);
  return {
    sentence,
    screen: '/schedules',
    id: backfill.id,
    live: closedAt === null ? `/runs/events?goal=${encodeURIComponent(goal)}` : undefined,
    crumbs: [
      { words: 'Backfills', href: '/backfills' },
      { words: goal, href: `/goals/${encodeURIComponent(goal)}` },
      { words: rangeWords({ ...backfill, schedule: null }) },
    ],
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          <State {...state} />, asked for by <Quoted text={backfill.by ?? 'nobody known'} limit={60} />
          {backfill.reason === null ? null : (
            <>
              : <Quoted text={backfill.reason} limit={200} />
            </>
          )}
        </p>
        {steered(backfill, clock)}
        <BackfillActs backfill={backfill} reader={reader} isPage />
        <Bar backfill={backfill} />
        <dl class="cards">
          <div>
            <dt>range</dt>
            <dd class="text">
              {rangeWords(backfill)}
              <small>up to {backfill.atOnce} runs at once</small>
            </dd>
          </div>
          <div>
            <dt>reached</dt>
            <dd>
              {achieved}
              <small>{skipped === 0 ? 'none was there before' : `${skipped} were there before`}</small>
            </dd>
          </div>
          <div>
            <dt>not reached</dt>
            <dd>
              {failed}
              <small>
                {open === 0 && left === 0 ? 'none is open' : `${open} open, ${left ?? 'all'} to begin`}
              </small>
            </dd>
          </div>
          <div>
            <dt>{closedAt === null ? 'runs for' : 'took'}</dt>
            <dd>
              {duration((closedAt === null ? clock.now : Date.parse(closedAt)) - Date.parse(startedAt))}
              <small>since {brief(startedAt, clock)}</small>
            </dd>
          </div>
        </dl>
        <BackfillCalendar keys={keptKeys(keys, runs.items)} isCut={(keys ?? runs).next !== null} />
        {missed.length === 0 ? null : (
          <section aria-labelledby="missed">
            <h2 id="missed">
              Not reached <span class="n">{missed.length < failed ? `the first ${MISSED_SHOWN}` : ''}</span>
            </h2>
            <Table head={['Run', 'Outcome', 'Why']} rows={rows} empty="" />
          </section>
        )}
        <section aria-labelledby="runs">
          <h2 id="runs">
            Runs that it began{' '}
            <span class="n">
              {runs.next === null
                ? `${runs.items.length}`
                : `${runs.items.length} among the last ${LOOKED_AT} of the goal`}
            </span>
            <span class="end">
              <a href={keysHref(backfill)}>{keys === null ? 'All keys of the goal' : 'Each of its keys'}</a>
            </span>
          </h2>
          {runs.items.length === 0 ? (
            <p class="hint">None that Temporal still lists.</p>
          ) : (
            <RunTable runs={runs.items} clock={clock} named={false} />
          )}
        </section>
      </>
    ),
  };
}
