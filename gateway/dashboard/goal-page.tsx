/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of a goal: whether its outcome holds, how sure that is, its runs, and what it takes.

import type { CriterionResult, GoalDetails, ScheduleSummaryView } from '../../goals/wire/answers.ts';
import { type ByClock, saidByClock } from '../../goals/wire/by-clock.ts';
import type { ScheduleTerms } from '../../goals/wire/schedules.ts';
import { GoalActs } from './actions/goal-actions.tsx';
import { CriterionChart, measuredWords } from './criterion-page.tsx';
import { HealedChart } from './healed-chart.tsx';
import { type ListedRuns, RunTable } from './list-pages.tsx';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import { stateOfGoal } from './states.ts';
import { Strip } from './strip.tsx';
import { Icon, Json, Quoted, State, visible, When } from './text.tsx';
import { brief, duration, type PageClock } from './times.ts';

/** Runs that have a row; more are read, for what is drawn of them. */
const ROWS = 10;

/** What each criterion said lately, by its name. */
export type SaidByCriteria = ReadonlyMap<string, readonly CriterionResult[]>;

function saidTime(ms: number | null | undefined, terms: ByClock | undefined): string {
  if (terms === undefined) return ms == null ? 'none' : duration(ms);
  const day = terms.date === null ? 'the day' : `the day in ${terms.date}`;
  return `${saidByClock(terms)} of ${day}${terms.plusDays === 0 ? '' : `, ${terms.plusDays > 0 ? '+' : ''}${terms.plusDays} d`}`;
}

export function goalPage(
  goal: GoalDetails,
  runs: ListedRuns,
  clock: PageClock,
  reader: PageReader,
  said: SaidByCriteria = new Map(),
  schedules: readonly ScheduleSummaryView[] = [],
): ShownPage {
  const state = stateOfGoal(goal);
  const { achieved, failed, cancelled, open, since, window } = goal.record;
  const links = { runs: `/runs?goal=${encodeURIComponent(goal.goal)}` };
  return {
    sentence: `${goal.goal}: ${state.words}`,
    screen: '/goals',
    id: goal.goal,
    crumbs: [{ words: 'Goals', href: '/goals' }, { words: goal.goal }],
    body: (
      <>
        <h1 dir="auto">
          <Quoted text={goal.outcome} limit={300} />
        </h1>
        <p class="lead">
          <State {...state} />
          {goal.paused === null ? '' : ', paused'}
          {goal.last?.closedAt ? (
            <>
              , last run <When at={goal.last.closedAt} clock={clock} />
            </>
          ) : null}
        </p>
        <GoalActs goal={goal} reader={reader} />
        <dl class="cards">
          <div>
            <dt>reached in {window}</dt>
            <dd>
              {achieved + failed === 0 ? 'never tried' : `${achieved} of ${achieved + failed}`}
              <small>
                counted since {brief(since, clock)}
                {cancelled === 0 ? '' : `, ${cancelled} cancelled`}
              </small>
            </dd>
          </div>
          <div>
            <dt>under way</dt>
            <dd>
              {open}
              <small>
                {goal.usualMs == null ? 'usual time unknown' : `usually ${duration(goal.usualMs)}`}
              </small>
            </dd>
          </div>
          <div>
            <dt>holds until</dt>
            <dd>
              {goal.standing === undefined
                ? 'its next run'
                : (goal.standing.freshUntil && brief(goal.standing.freshUntil, clock)) || 'never reached'}
              <small>{goal.standing === undefined ? 'it has no time of its own' : goal.standing.state}</small>
            </dd>
          </div>
          <div>
            <dt>owner</dt>
            <dd>
              <Quoted text={goal.owner} limit={60} />
              <small>
                of <Quoted text={goal.team} limit={60} />
              </small>
            </dd>
          </div>
        </dl>
        <section aria-labelledby="runs">
          <h2 id="runs">
            Runs{' '}
            <span class="n">
              {goal.recent.length > 1 ? `the last ${goal.recent.length} from left to right` : ''}
            </span>
            <span class="end">
              <a href={links.runs}>All runs</a>
              {' · '}
              <a href={`/goals/${encodeURIComponent(goal.goal)}/keys`}>All keys</a>
            </span>
          </h2>
          {runs.items.length === 0 ? (
            <p class="hint">
              None yet: <code>npx goalkeeper runs start {visible(goal.goal)}</code> starts one, as the form
              does.
            </p>
          ) : (
            <>
              <Strip runs={goal.recent} />
              <RunTable runs={runs.items.slice(0, ROWS)} clock={clock} named={false} />
            </>
          )}
        </section>
        <HealedChart rows={runs.items} clock={clock} />
        <div class="two">
          <section aria-labelledby="criteria">
            <h2 id="criteria">Criteria</h2>
            <ul class="crit">
              {goal.criteria.length === 0 ? (
                <li class="hint">none: it is reached when its path ends</li>
              ) : null}
              {goal.criteria.map((name) => (
                <CriterionItem goal={goal.goal} name={name} items={said.get(name) ?? []} />
              ))}
            </ul>
          </section>
          <section aria-labelledby="needs">
            <h2 id="needs">Needs and times</h2>
            <dl class="pairs">
              <dt>needs</dt>
              <dd>
                {goal.needs.length === 0 ? 'no other goal' : null}
                {goal.needs.map((name, i) => (
                  <>
                    {i === 0 ? '' : ', '}
                    <a href={`/goals/${encodeURIComponent(name)}`}>{visible(name)}</a>
                  </>
                ))}
              </dd>
              <dt>needed by</dt>
              <dd>
                {goal.neededBy.length === 0 ? 'no other goal' : null}
                {goal.neededBy.map((name, i) => (
                  <>
                    {i === 0 ? '' : ', '}
                    <a href={`/goals/${encodeURIComponent(name)}`}>{visible(name)}</a>
                  </>
                ))}
                ; <a href={`/map?goal=${encodeURIComponent(goal.goal)}`}>on the map</a>, and{' '}
                <a href={`/goals/${encodeURIComponent(goal.goal)}/lineage`}>with its datasets</a>
              </dd>
              <dt>schedules</dt>
              <dd>
                {(goal.schedules ?? []).length === 0 ? 'none' : null}
                {(goal.schedules ?? []).map((terms) => (
                  <Schedule
                    terms={terms}
                    known={schedules.find(({ name }) => name === terms.name)}
                    clock={clock}
                  />
                ))}
              </dd>
              <dt>jobs</dt>
              <dd>{visible(goal.jobs.map(({ name }) => name).join(', ')) || 'none'}</dd>
              <dt>deadline</dt>
              <dd>{saidTime(goal.deadlineMs, goal.deadlineBy)}</dd>
              <dt>expected</dt>
              <dd>{saidTime(goal.expectedMs, goal.expectedBy)}</dd>
            </dl>
          </section>
        </div>
        <section aria-labelledby="raw">
          <h2 id="raw">Raw</h2>
          <details>
            <summary>
              Input <span class="end">JSON Schema</span>
            </summary>
            <div class="inset">
              <Json value={goal.input} />
            </div>
          </details>
          <details>
            <summary>
              Output <span class="end">JSON Schema</span>
            </summary>
            <div class="inset">
              <Json value={goal.output} />
            </div>
          </details>
        </section>
      </>
    ),
  };
}

/** When a schedule comes, and when it comes next. */
function Schedule({
  terms: { name, cron, every, timezone },
  known,
  clock,
}: {
  terms: ScheduleTerms;
  known: ScheduleSummaryView | undefined;
  clock: PageClock;
}) {
  const times = cron.join(', ') || `every ${duration(every?.ms ?? 0)}`;
  const [next] = known?.next ?? [];
  return (
    <div>
      <bdi>{visible(name)}</bdi> ({visible(times)}, {timezone})
      {known === undefined || known.state === 'active' ? '' : `, ${known.state}`}
      {next === undefined ? null : (
        <>
          , next <When at={next} clock={clock} />
        </>
      )}
    </div>
  );
}

/** A criterion with what it said of the last run, and its values over time. */
function CriterionItem({
  goal,
  name,
  items,
}: {
  goal: string;
  name: string;
  items: readonly CriterionResult[];
}) {
  const [last] = items;
  const mark = last === undefined ? 'none' : last.met ? 'achieved' : 'failed';
  const met = items.filter((item) => item.met).length;
  return (
    <li>
      <Icon mark={mark} tone={last?.met === false && last.severity === 'warn' ? 'struggling' : mark} />
      <div>
        <a href={`/goals/${encodeURIComponent(goal)}/criteria/${encodeURIComponent(name)}`}>
          <Quoted text={name} limit={200} />
        </a>
        <CriterionChart name={name} items={items} />
      </div>
      <small>
        {last === undefined ? 'not judged yet' : `met ${met} of ${items.length}`}
        {last?.measured === undefined ? '' : `, last ${visible(measuredWords(last))}`}
      </small>
    </li>
  );
}
