/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The pages that list runs and goals.

import type { Child } from 'hono/jsx';
import type { GoalSummary } from '../../goals/wire/answers.ts';
import type { RunRow, RunRowPage } from '../../goals/wire/run-row.ts';
import { pathWith } from './asking.ts';
import { BulkLinks } from './bulk-pages.tsx';
import { InForce } from './in-force.tsx';
import { Near, type NearThing } from './near.tsx';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import { gistOfRow, stateOfGoal, stateOfRun } from './states.ts';
import { Strip } from './strip.tsx';
import { count, MarkIcon, Quoted, toneOf, visible, When } from './text.tsx';
import { duration, type PageClock } from './times.ts';

export type ListedRuns = Pick<RunRowPage, 'items' | 'next'> & { count?: number | null };

const runHref = (id: string): string => `/runs/${encodeURIComponent(id)}`;
const goalHref = (goal: string): string => `/goals/${encodeURIComponent(goal)}`;

export const RunTable = ({
  runs,
  clock,
  named = true,
}: {
  runs: readonly RunRow[];
  clock: PageClock;
  named?: boolean;
}) => (
  <table class="goals runs">
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col" class="c-num">
          Began
        </th>
        <th scope="col" class="c-num">
          Took
        </th>
        <th scope="col" class="c-num">
          Healed
        </th>
      </tr>
    </thead>
    <tbody>
      {runs.map((run) => {
        const state = stateOfRun(run);
        const end = run.closedAt === null ? clock.now : Date.parse(run.closedAt);
        const gist = gistOfRow(run);
        return (
          <tr>
            <td class="g">
              <div class="gg">
                <MarkIcon mark={state.mark} />
                <div>
                  <a class="say" href={runHref(run.id)} data-row>
                    {named ? `${visible(run.goal)} ` : ''}
                    <bdi class="mono">{visible(run.key)}</bdi>
                  </a>
                  <span class="facts">
                    <span class={toneOf(state.mark)}>{state.words}</span>
                    {gist === '' ? null : (
                      <span>
                        <Quoted text={gist} limit={200} />
                      </span>
                    )}
                  </span>
                </div>
              </div>
            </td>
            <td data-column="began">
              <When at={run.startedAt} clock={clock} />
            </td>
            <td data-column={run.closedAt === null ? 'runs for' : 'took'}>
              {duration(end - Date.parse(run.startedAt))}
            </td>
            <td class="healed">{run.healed ? `${run.healed} healed` : ''}</td>
          </tr>
        );
      })}
    </tbody>
  </table>
);

const FILTERS = [
  ['All', {}],
  ['Under way', { state: 'pursuing' }],
  ['Struggling', { state: 'struggling' }],
  ['Waiting', { state: 'waiting' }],
  ['Not reached', { outcome: 'failed' }],
  ['Reached', { outcome: 'achieved' }],
  ['Cancelled', { outcome: 'cancelled' }],
] as const;

const FIELDS = [
  ...(['goal', 'owner', 'team', 'key', 'keyFrom', 'keyTo', 'keyPrefix', 'id'] as const),
  ...(['fingerprint', 'code', 'kind', 'late', 'accepted', 'why', 'tag', 'mark', 'since', 'until'] as const),
];

/** Those that have a field of their own above the list. */
const ASKED = ['goal', 'key', 'team', 'code', 'why', 'since', 'until'] as const;

/** What may be written there. */
const EXAMPLES: Partial<Record<(typeof ASKED)[number], string>> = {
  why: 'schedule',
  since: '24h',
  until: '2026-11-28T06:00Z',
};

/** Fields that narrow a list, out of the way until somebody wants them. */
const Filters = ({ action, isOpen, children }: { action: string; isOpen: boolean; children?: Child }) => (
  <details class="narrow" open={isOpen}>
    <summary>Filter</summary>
    <form class="filters" action={action}>
      {children}
      <button class="b" type="submit">
        Filter
      </button>
    </form>
  </details>
);

/** The filters of `/runs`, as its address has them. */
export type RunQuery = Readonly<Record<string, string | undefined>>;

export function runsPage(
  { items, next, count: all = null }: ListedRuns,
  query: RunQuery,
  clock: PageClock,
  reader: PageReader,
  near: readonly NearThing[] = [],
): ShownPage {
  const kept = Object.fromEntries(FIELDS.map((name) => [name, query[name]]));
  const lost = items.filter(({ outcome }) => outcome === 'failed').length;
  const open = items.filter(({ closedAt }) => closedAt === null).length;
  const isAll = next === null && query.cursor === undefined;
  const shown = isAll
    ? count(items.length, 'run')
    : `${items.length}${all === null ? '' : ` of ${all}`} runs`;
  const isNarrow = [...FIELDS, 'state', 'outcome', 'cursor'].some((name) => query[name]);
  // Of what no query tells only so many are looked at for one page.
  const fits = next === null ? 'No run fits.' : 'No run that was looked at fits: older ones may.';
  const none = isNarrow ? fits : 'No goal was pursued yet.';
  const sentence = items.length === 0 ? none : `${shown}: ${open} under way, ${lost} not reached.`;
  return {
    sentence,
    screen: '/runs',
    body: (
      <>
        <h1>{sentence}</h1>
        {items.length === 0 ? null : (
          <p class="lead">Those under way first, then from the one that closed last.</p>
        )}
        <nav class="tabs wraps" aria-label="Which runs">
          {FILTERS.map(([words, filter]) => {
            const { state, outcome } = filter as { state?: string; outcome?: string };
            const isThis = query.state === state && query.outcome === outcome;
            return (
              <a
                href={pathWith('/runs', { ...kept, state, outcome })}
                aria-current={isThis ? 'true' : undefined}
              >
                {words}
              </a>
            );
          })}
        </nav>
        <Filters action="/runs" isOpen={ASKED.some((name) => query[name])}>
          {['state', 'outcome', ...FIELDS.filter((name) => !ASKED.some((one) => one === name))].map((name) =>
            query[name] === undefined ? null : <input type="hidden" name={name} value={query[name]} />,
          )}
          {ASKED.map((name) => (
            <label>
              {name}
              <input class="in" name={name} value={query[name] ?? ''} placeholder={EXAMPLES[name]} />
            </label>
          ))}
        </Filters>
        <InForce path="/runs" query={query} names={FIELDS} />
        {items.length === 0 ? <Near things={near} /> : <BulkLinks query={query} reader={reader} />}
        {items.length === 0 ? (
          <div class="empty">
            <p class="lead">
              Runs appear here as soon as a goal is pursued: <code>npx goalkeeper runs start GOAL</code>.
            </p>
          </div>
        ) : (
          <RunTable runs={items} clock={clock} />
        )}
        <p class="foot">
          <span class="hint">
            {next === null ? 'There are no older ones.' : `These are ${items.length}; there are older ones.`}
          </span>
          {next === null ? null : (
            <a class="b" href={pathWith('/runs', { ...query, cursor: next })}>
              Older runs
            </a>
          )}
        </p>
      </>
    ),
  };
}

/** What does not hold comes first. */
const RANK = ['failed', 'stale', 'struggling', 'waiting', 'pursuing', 'cancelled', 'achieved', 'none'];

const rankOf = (goal: GoalSummary): number => RANK.indexOf(stateOfGoal(goal).mark);

export interface ListedGoals {
  items: GoalSummary[];
  next: string | null;
}

const GOAL_TABS = [
  ['All', undefined],
  ['Not reached', 'not_reached'],
  ['Stale', 'stale'],
  ['No worker', 'no_worker'],
  ['Hold', 'holds'],
] as const;

export function goalsPage(
  { items: goals, next }: ListedGoals,
  query: RunQuery,
  clock: PageClock,
  near: readonly NearThing[] = [],
): ShownPage {
  const holding = goals.filter((goal) => stateOfGoal(goal).mark === 'achieved').length;
  const isNarrow = [query.team, query.owner, query.state, query.text, query.cursor].some(Boolean);
  const sentence =
    goals.length === 0
      ? isNarrow
        ? 'No goal fits.'
        : 'No goal is published yet.'
      : `${holding} of ${count(goals.length, 'outcome')}${next === null ? '' : ' on this page'} ${goals.length === 1 ? 'holds' : 'hold'}.`;
  const teams = [...new Set(goals.map(({ team }) => team))].sort();
  return {
    sentence,
    screen: '/goals',
    body: (
      <>
        <h1>{sentence}</h1>
        {goals.length === 0 && !isNarrow ? (
          <p class="lead">
            A worker that starts publishes its goals. <code>npm run example</code> starts one with goals.
          </p>
        ) : (
          <p class="lead">
            <a href="/map">A map</a> shows which goals need which; <a href="/datasets">datasets</a> are what
            they produce and use.
          </p>
        )}
        <nav class="tabs wraps" aria-label="Which goals">
          {GOAL_TABS.map(([words, state]) => (
            <a
              href={pathWith('/goals', { ...query, cursor: undefined, state })}
              aria-current={query.state === state ? 'true' : undefined}
            >
              {words}
            </a>
          ))}
        </nav>
        <Filters action="/goals" isOpen={[query.text, query.team, query.owner].some(Boolean)}>
          {query.state === undefined ? null : <input type="hidden" name="state" value={query.state} />}
          {(['text', 'team', 'owner'] as const).map((name) => (
            <label>
              {name}
              <input class="in" name={name} value={query[name] ?? ''} />
            </label>
          ))}
        </Filters>
        <Near things={near} />
        {teams.map((team, i) => (
          <section aria-labelledby={`team-${i}`}>
            <h2 id={`team-${i}`}>
              <Quoted text={team} limit={100} />
            </h2>
            <GoalTable goals={goals.filter((goal) => goal.team === team)} clock={clock} />
          </section>
        ))}
        {next === null ? null : (
          <p class="foot">
            <a class="b" href={pathWith('/goals', { ...query, cursor: next })}>
              More goals
            </a>
          </p>
        )}
      </>
    ),
  };
}

const GoalTable = ({ goals, clock }: { goals: readonly GoalSummary[]; clock: PageClock }) => (
  <table class="goals">
    <thead>
      <tr>
        <th scope="col">Outcome</th>
        <th scope="col" class="c-strip">
          Last runs
        </th>
        <th scope="col" class="c-num">
          Reached
        </th>
        <th scope="col" class="c-until">
          Holds until
        </th>
        <th scope="col" class="c-next">
          Last
        </th>
      </tr>
    </thead>
    <tbody>
      {[...goals]
        .sort((a, b) => rankOf(a) - rankOf(b) || a.goal.localeCompare(b.goal))
        .map((goal) => {
          const state = stateOfGoal(goal);
          const { achieved, failed } = goal.record;
          return (
            <tr>
              <td class="g">
                <div class="gg">
                  <MarkIcon mark={state.mark} />
                  <div>
                    <a class="say" href={goalHref(goal.goal)} data-row dir="auto">
                      <Quoted text={goal.outcome} limit={200} />
                    </a>
                    <span class="facts">
                      <bdi class="mono">{visible(goal.goal)}</bdi>
                      <span class={toneOf(state.mark)}>{state.words}</span>
                      {goal.paused === null ? null : <span>paused</span>}
                      {goal.record.open > 0 ? <span>{goal.record.open} under way</span> : null}
                    </span>
                  </div>
                </div>
              </td>
              <td>
                <Strip runs={goal.recent} />
              </td>
              <td data-column="reached">
                {achieved + failed === 0 ? 'never' : `${achieved} of ${achieved + failed}`}
              </td>
              <td data-column="holds until">
                {goal.standing?.freshUntil ? <When at={goal.standing.freshUntil} clock={clock} /> : ''}
              </td>
              <td data-column="last">
                {goal.last?.closedAt ? <When at={goal.last.closedAt} clock={clock} /> : ''}
              </td>
            </tr>
          );
        })}
    </tbody>
  </table>
);
