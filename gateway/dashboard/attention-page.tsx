/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page that answers whether anything needs a person, and in which order.

import type { GoalSummary, ScheduleSummaryView } from '../../goals/wire/answers.ts';
import type { Attention, SharedTrouble } from '../../goals/wire/attention.ts';
import { type Ask, asked, askedIfAny } from './asking.ts';
import { Group, LeaseItem, RunItem, StaleItem, TroubleItem } from './attention-items.tsx';
import { goalLink } from './links.tsx';
import type { ShownPage } from './shell.tsx';
import { stateOfGoal } from './states.ts';
import { count, MarkIcon, Quoted, visible } from './text.tsx';
import { brief, type PageClock } from './times.ts';

/** What the page shows. */
export interface AttentionNow {
  attention: Attention;
  goals: readonly GoalSummary[];
  schedules: readonly ScheduleSummaryView[];
}

const runHref = (id: string): string => `/runs/${encodeURIComponent(id)}`;

/** Reads it by the lists that the API has. */
export async function readAttention(ask: Ask): Promise<AttentionNow> {
  const [attention, goals, schedules] = await Promise.all([
    asked<Attention>(ask, '/attention'),
    asked<{ items: GoalSummary[] }>(ask, '/goals?window=24h'),
    askedIfAny<{ items: ScheduleSummaryView[] }>(ask, '/schedules'),
  ]);
  return { attention, goals: goals.items, schedules: schedules?.items ?? [] };
}

/** The whole page's answer, as one sentence. */
function sentenceOf(
  lost: readonly SharedTrouble[],
  slipping: number,
  waiting: number,
  stale: number,
): string {
  const outcomes = lost.reduce((sum, { count: runs }) => sum + runs, 0);
  if (outcomes > 0)
    return `${count(outcomes, 'outcome was', 'outcomes were')} not reached, for ${count(lost.length, 'reason')}.`;
  if (slipping > 0) return `${count(slipping, 'outcome is', 'outcomes are')} about to slip.`;
  if (waiting > 0) return `${count(waiting, 'run waits', 'runs wait')} for a person.`;
  if (stale > 0) return `${count(stale, 'thing is', 'things are')} no longer true, or not cleaned up.`;
  return 'Nothing needs you.';
}

export function attentionPage(told: AttentionNow, clock: PageClock): ShownPage {
  const { attention, goals, schedules } = told;
  const { slipping, waiting, stale, leases } = attention;
  const isOn = ({ alert }: SharedTrouble): boolean => alert !== null && alert.acknowledged !== null;
  const attended = attention.troubles.filter(isOn);
  const troubles = attention.troubles.filter((trouble) => !isOn(trouble));
  const outdated = [
    ...stale.map((one) => <StaleItem stale={one} clock={clock} />),
    ...leases.map((lease) => <LeaseItem lease={lease} />),
  ];
  const sentence = sentenceOf(troubles, slipping.length, waiting.length, outdated.length);
  const holding = goals.filter((goal) => stateOfGoal(goal).mark === 'achieved').length;
  const reached = goals.reduce((sum, { record }) => sum + record.achieved, 0);
  const open = goals.reduce((sum, { record }) => sum + record.open, 0);
  const next = schedules
    .flatMap(({ goal, next: [first], state }) =>
      first === undefined || state !== 'active' ? [] : [{ goal, at: first }],
    )
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(0, 6);
  const items = troubles.length + slipping.length + waiting.length + outdated.length;
  const lead = [
    slipping.length > 0 && troubles.length > 0 ? `${slipping.length} about to slip` : '',
    waiting.length > 0 && troubles.length + slipping.length > 0
      ? `${waiting.length} waiting for a person`
      : '',
    stale.length > 0 ? `${stale.length} gone stale` : '',
  ].filter(Boolean);
  return {
    sentence,
    screen: '/',
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          {lead.length > 0
            ? `Beside that: ${lead.join(', ')}.`
            : troubles.length === 0
              ? `${count(holding, 'outcome holds', 'outcomes hold')}, ${count(open, 'run')} under way.`
              : 'Nothing else needs a person.'}
          {attention.truncated
            ? ' There are more runs than are read here: the list of runs has them all.'
            : ''}
        </p>
        <div class="split">
          <div>
            <Group
              id="lost"
              words="Not reached"
              n={count(troubles.length, 'trouble')}
              items={troubles.map((trouble) => <TroubleItem trouble={trouble} clock={clock} />)}
            />
            <Group
              id="slips"
              words="About to slip"
              n={`${slipping.length}`}
              items={slipping.map((run) => <RunItem run={run} clock={clock} />)}
            />
            <Group
              id="waits"
              words="Waits for a person"
              n={`${waiting.length}`}
              items={waiting.map((run) => <RunItem run={run} clock={clock} />)}
            />
            <Group
              id="stale"
              words="No longer true, or not cleaned up"
              n={`${outdated.length}`}
              items={outdated}
            />
          </div>
          <div class="aside">
            <section aria-labelledby="well">
              <h2 id="well">{items === 0 ? 'All is well' : 'Beside that'}</h2>
              <ul class="nums">
                <li>
                  <b>{holding}</b> <a href="/goals">{holding === 1 ? 'goal holds' : 'goals hold'}</a>
                </li>
                <li>
                  <b>{open}</b> <a href="/runs">{open === 1 ? 'run' : 'runs'} under way</a>
                </li>
                <li>
                  <b>{reached}</b> <a href="/runs?outcome=achieved&since=24h">reached, last 24 h</a>
                </li>
              </ul>
              <p class="hint">
                <a href="/errors">Errors that healed</a> changed no outcome.
              </p>
            </section>
            {attended.length > 0 ? (
              <section aria-labelledby="on">
                <h2 id="on">Somebody is on it</h2>
                <ul class="on">
                  {attended.map(({ runs: [run], alert }) => (
                    <li>
                      <MarkIcon mark="failed" />
                      <span>
                        <a href={runHref(run?.id ?? '')}>{visible(run?.goal ?? '')}</a>,{' '}
                        <Quoted text={alert?.acknowledged?.by ?? ''} />
                      </span>
                    </li>
                  ))}
                </ul>
              </section>
            ) : null}
            {next.length === 0 ? null : (
              <section aria-labelledby="next">
                <h2 id="next">Next by the clock</h2>
                <dl class="pairs clock">
                  {next.map(({ goal, at }) => (
                    <>
                      <dt>
                        {brief(at, clock)
                          .slice(0, 11)
                          .replace(/:\d\d$/, (s) => (brief(at, clock).length === 8 ? '' : s))}
                      </dt>
                      <dd>{goalLink(goal)}</dd>
                    </>
                  ))}
                </dl>
              </section>
            )}
          </div>
        </div>
      </>
    ),
  };
}
