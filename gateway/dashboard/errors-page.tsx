/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of errors: what ended goals, by errors and without one, apart from what healed.

import type { Incident, IncidentPage } from '../../goals/wire/answers.ts';
import { pathWith } from './asking.ts';
import { FirstSeen } from './first-seen.tsx';
import { InForce } from './in-force.tsx';
import { GoalLinks } from './links.tsx';
import { NextPage } from './next-page.tsx';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import { count, Quoted, visible, WhenExactly } from './text.tsx';
import { brief, type PageClock } from './times.ts';
import { isRecoverable, KINDS, Where } from './trouble-words.tsx';

const WINDOWS = ['1h', '24h', '7d', '30d'] as const;

const Recovery = ({ at, code }: { at: string | null; code: string }) =>
  at === null ? null : (
    <a href={at} data-act>
      Resume them…<span class="sr"> what {visible(code)} ended</span>
    </a>
  );

const Troubles = ({
  items,
  clock,
  asked,
  isCalm = false,
  recovery = () => null,
}: {
  items: readonly Incident[];
  clock: PageClock;
  /** What of the errors was asked for. */
  asked: Readonly<Record<string, string | undefined>>;
  isCalm?: boolean;
  /** Where the reader resumes what a trouble ended; null where they may not. */
  recovery?: (trouble: Incident) => string | null;
}) => (
  <table class={`troubles${isCalm ? ' calm' : ''}`}>
    <thead>
      <tr>
        <th scope="col">Trouble</th>
        <th scope="col" class="c-goals">
          Goals
        </th>
        <th scope="col" class="c-runs">
          Runs
        </th>
        <th scope="col" class="c-seen">
          Seen
        </th>
      </tr>
    </thead>
    <tbody>
      {items.map((one) => (
        <tr>
          <td class="t">
            <a class="code" href={pathWith(`/errors/${one.fingerprint}`, asked)} data-row>
              {visible(one.code)}
            </a>
            {one.kind === null ? null : <span class="faint"> {KINDS[one.kind]}</span>}
            <p class="say" dir="auto">
              <Quoted text={one.message} limit={200} />
            </p>
            <div class="facts">
              <Where of={one} />
            </div>
          </td>
          <td data-column="Goals">
            <GoalLinks goals={one.goals} />
          </td>
          <td data-column="Runs">
            <span class="fates">
              {one.failedRuns > 0 ? <span class="failed">{one.failedRuns} ended</span> : null}
              {one.healedRuns > 0 ? <span class="healed">{one.healedRuns} healed</span> : null}
              {one.openRuns > 0 ? <span class="struggling">{one.openRuns} retried</span> : null}
            </span>{' '}
            <span class="faint">{count(one.occurrences, 'time')}</span>
            <Recovery at={recovery(one)} code={one.code} />
          </td>
          <td data-column="Seen">
            last <WhenExactly at={one.lastSeen} clock={clock} />{' '}
            <div class="faint">
              <FirstSeen of={one} clock={clock} />
            </div>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

export function errorsPage(
  page: IncidentPage,
  query: Readonly<Record<string, string | undefined>>,
  clock: PageClock,
  reader: PageReader,
): ShownPage {
  const { goal, team } = query;
  const window = query.window ?? '24h';
  const seen = { clock, asked: { window: query.window, goal, team } };
  const recovery = (trouble: Incident): string | null =>
    isRecoverable(trouble) && trouble.teams.some((one) => reader.may('operator', one))
      ? pathWith(`/errors/${trouble.fingerprint}/recoveries`, seen.asked)
      : null;
  const hurting = page.items.filter(({ failedRuns }) => failedRuns > 0);
  const [byErrors, byOthers] = [true, false].map((isError) =>
    hurting.filter(({ kind }) => (kind === null) === isError),
  ) as [Incident[], Incident[]];
  const open = page.items.filter(({ failedRuns, openRuns }) => failedRuns === 0 && openRuns > 0);
  const healed = page.items.filter(({ failedRuns, openRuns }) => failedRuns === 0 && openRuns === 0);
  const sentence =
    hurting.length > 0
      ? `${count(hurting.length, 'trouble')} ended goals; ${healed.length} healed by themselves.`
      : healed.length + open.length === 0
        ? `No error in ${window}.`
        : `No error ended a goal; ${count(healed.length, 'trouble')} healed by ${healed.length === 1 ? 'itself' : 'themselves'}.`;
  return {
    sentence,
    screen: '/errors',
    keepsUp: true,
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          Since {brief(page.since, clock)}
          {page.truncated ? ': more runs were hurt before than are looked at here' : ''}.{' '}
          <a href="/recoveries">Recoveries</a> and <a href="/retractions">retractions</a> have pages of their
          own.
        </p>
        <nav class="tabs wraps" aria-label="Window">
          {WINDOWS.map((one) => (
            <a
              href={pathWith('/errors', { ...query, cursor: undefined, window: one })}
              aria-current={one === window ? 'true' : undefined}
            >
              {one}
            </a>
          ))}
        </nav>
        <InForce path="/errors" query={query} names={['goal', 'team']} />
        {page.items.length > 0 ? null : (
          <p class="hint">
            What ended goals appears here first: errors of attempts, and criteria, deadlines, decisions and
            inputs. Apart from it, what healed.
          </p>
        )}
        {byErrors.length === 0 ? null : (
          <section aria-labelledby="ended">
            <h2 id="ended">Ended goals</h2>
            <Troubles items={byErrors} {...seen} recovery={recovery} />
          </section>
        )}
        {byOthers.length === 0 ? null : (
          <section aria-labelledby="without">
            <h2 id="without">
              Ended goals without an error{' '}
              <span class="n">by a criterion, a deadline, a decision, an input</span>
            </h2>
            <Troubles items={byOthers} {...seen} recovery={recovery} />
          </section>
        )}
        {open.length === 0 ? null : (
          <section aria-labelledby="open">
            <h2 id="open">Being retried</h2>
            <Troubles items={open} {...seen} />
          </section>
        )}
        {healed.length === 0 ? null : (
          <section aria-labelledby="healed">
            <h2 id="healed">
              Healed every time <span class="n">they changed no outcome</span>
            </h2>
            <Troubles items={healed} {...seen} isCalm />
          </section>
        )}
        <NextPage path="/errors" query={query} next={page.next} words="More troubles" />
      </>
    ),
  };
}
