/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of one trouble: when it came, what it did to which goal, and in which runs.

import type { Child } from 'hono/jsx';
import type { IncidentDetails } from '../../goals/wire/answers.ts';
import { pathWith } from './asking.ts';
import { FirstSeen } from './first-seen.tsx';
import { type Counted, HourChart } from './hour-chart.tsx';
import { InForce } from './in-force.tsx';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, Quoted, visible, WhenExactly } from './text.tsx';
import { absolute, brief, daysBetween, type PageClock } from './times.ts';
import { KINDS, runsOfTrouble, Where } from './trouble-words.tsx';

const HOUR_MS = 3_600_000;
/** Hours that are drawn; of a longer time each bar is a day. */
const MOST_HOURS = 72;

type Query = Readonly<Record<string, string | undefined>>;

/** The hours of a time, or its days where they are many, with those in which there was nothing. */
export function overTime(hours: IncidentDetails['hours'], since: string, clock: PageClock): Counted[] {
  const from = Date.parse(`${since.slice(0, 13)}:00:00Z`);
  const isShort = clock.now - from <= MOST_HOURS * HOUR_MS;
  const named = (ms: number): string => {
    const at = absolute(new Date(ms).toISOString(), clock.zone);
    return isShort ? at.slice(5, 16) : at.slice(0, 10);
  };
  const times = isShort
    ? Array.from({ length: Math.floor((clock.now - from) / HOUR_MS) + 1 }, (_, i) =>
        named(from + i * HOUR_MS),
      )
    : daysBetween(from, clock.now, clock.zone);
  const counted = new Map(times.map((at): [string, Counted] => [at, { at, failed: 0, healed: 0, open: 0 }]));
  for (const { hour, failed, healed, open } of hours) {
    const one = counted.get(named(Date.parse(`${hour}:00:00Z`)));
    if (one === undefined) continue;
    one.failed += failed;
    one.healed += healed;
    one.open += open;
  }
  return [...counted.values()];
}

const Fates = ({
  failedRuns,
  healedRuns,
  openRuns,
}: Pick<IncidentDetails, 'failedRuns' | 'healedRuns' | 'openRuns'>) => (
  <span class="fates">
    {failedRuns > 0 ? <span class="failed">{failedRuns} ended</span> : null}
    {healedRuns > 0 ? <span class="healed">{healedRuns} healed</span> : null}
    {openRuns > 0 ? <span class="struggling">{openRuns} retried</span> : null}
  </span>
);

function sentenceOf({ kind, failedRuns, openRuns, healedRuns }: IncidentDetails): string {
  if (kind !== null) return `It ended ${count(failedRuns, 'run')}: ${KINDS[kind]}.`;
  const healed = healedRuns === 0 ? '' : `; it healed in ${count(healedRuns, 'other')}`;
  if (failedRuns > 0) return `It ended ${count(failedRuns, 'run')}${healed}.`;
  if (openRuns > 0) return `Workers retry it in ${count(openRuns, 'run')}${healed}.`;
  return `It healed every time, in ${count(healedRuns, 'run')}.`;
}

export function errorPage(trouble: IncidentDetails, query: Query, clock: PageClock): ShownPage {
  const { fingerprint, kind, code, message, lastSeen, occurrences, hurt, runs, untimed, from } = trouble;
  const word = kind === null ? 'error' : 'outcome';
  const sentence = sentenceOf(trouble);
  const counted = overTime(trouble.hours, from, clock);
  const busy = counted.filter((one) => one.failed + one.healed + one.open > 0).length;
  const path = `/errors/${fingerprint}`;
  const rows = hurt.map((one): Child[] => [
    <a href={`/goals/${encodeURIComponent(one.goal)}`}>{visible(one.goal)}</a>,
    <Fates {...one} />,
    count(one.occurrences, 'time'),
    <WhenExactly at={one.lastSeen} clock={clock} />,
    <a href={runsOfTrouble(trouble, one.goal)}>
      its runs<span class="sr"> of {visible(one.goal)}</span>
    </a>,
  ]);
  return {
    sentence: `${visible(code)}: ${sentence}`,
    screen: '/errors',
    id: fingerprint,
    crumbs: [{ words: 'Errors', href: pathWith('/errors', query) }, { words: code }],
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead" dir="auto">
          <Quoted text={message} limit={1000} />
        </p>
        <p class="facts">
          <span class="code">{visible(code)}</span>
          <span>{visible(trouble.class)}</span>
          <Where of={trouble} />
          <span>{count(occurrences, 'time')}</span>
          <span>
            <FirstSeen of={trouble} clock={clock} />
          </span>
          <span>
            last <WhenExactly at={lastSeen} clock={clock} />
          </span>
        </p>
        <nav class="tabs wraps" aria-label="Window">
          {['1h', '24h', '7d', '30d'].map((one) => (
            <a
              href={pathWith(path, { ...query, window: one })}
              aria-current={one === (query.window ?? '24h') ? 'true' : undefined}
            >
              {one}
            </a>
          ))}
        </nav>
        <InForce path={path} query={query} names={['goal', 'team']} />
        <section aria-labelledby="hours">
          <h2 id="hours">
            When{' '}
            <span class="n">
              since {brief(from, clock)}
              {trouble.truncated ? ', as far as runs are looked at' : ''}
            </span>
          </h2>
          <HourChart
            counted={counted}
            head={['Time']}
            says={`${count(occurrences - untimed, word)} in ${busy} of ${counted.length} times; the table below has each`}
          />
          {untimed === 0 ? null : (
            <p class="hint">{count(untimed, word)} more, of which no time of their own is kept.</p>
          )}
        </section>
        <section aria-labelledby="goals">
          <h2 id="goals">Goals that it hurt</h2>
          <Table
            head={['Goal', 'Runs', kind === null ? 'Errors' : 'Outcomes', 'Last', 'Look']}
            rows={rows}
            empty=""
          />
        </section>
        <section aria-labelledby="runs">
          <h2 id="runs">
            Runs <span class="n">{runs.length === 10 ? 'ten of them, those that failed first' : ''}</span>
            <span class="end">
              <a href={runsOfTrouble(trouble)}>All of them</a>
            </span>
          </h2>
          <ul class="lines">
            {runs.map((run) => (
              <li>
                <a href={`/runs/${encodeURIComponent(run)}`} data-row>
                  <bdi class="mono">{visible(run)}</bdi>
                </a>
              </li>
            ))}
          </ul>
        </section>
      </>
    ),
  };
}
