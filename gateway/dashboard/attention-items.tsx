/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The items of the attention page: a trouble with its runs, a run that slips or waits, what holds no longer.

import type { Child } from 'hono/jsx';
import type { Attention, SharedTrouble } from '../../goals/wire/attention.ts';
import type { RunRow } from '../../goals/wire/run-row.ts';
import { gistOfRow, stateOfRun } from './states.ts';
import { count, MarkIcon, Quoted, type StateMark, toneOf, visible, When } from './text.tsx';
import { duration, type PageClock } from './times.ts';

const runHref = (id: string): string => `/runs/${encodeURIComponent(id)}`;

/** Items under a heading; nothing where there are none. */
export const Group = ({ id, words, n, items }: { id: string; words: string; n: string; items: Child[] }) =>
  items.length === 0 ? null : (
    <section aria-labelledby={id}>
      <h2 id={id}>
        {words} <span class="n">{n}</span>
      </h2>
      <ul class="items">{items}</ul>
    </section>
  );

/** What all items are: whose, since when, and in which words. */
const Item = ({
  mark,
  href,
  title,
  beside,
  when,
  children,
}: {
  mark: StateMark;
  href: string;
  title: Child;
  beside: Child;
  when: Child;
  children?: Child;
}) => (
  <li>
    <MarkIcon mark={mark} />
    <div class="head">
      <h3>
        <a href={href} data-row>
          {title}
        </a>
      </h3>
      {beside}
    </div>
    <div class="when">{when}</div>
    <div class="body">{children}</div>
  </li>
);

const Say = ({ children }: { children?: Child }) => (
  <p class="say" dir="auto">
    {children}
  </p>
);

const WAY_LIMIT = 4;

export function TroubleItem({ trouble, clock }: { trouble: SharedTrouble; clock: PageClock }) {
  const [run, ...others] = trouble.runs;
  if (run === undefined) return null;
  const { failure } = run;
  const more = [...new Set(others.map(({ goal }) => goal))].filter((goal) => goal !== run.goal);
  return (
    <Item
      mark="failed"
      href={runHref(run.id)}
      title={visible(run.goal)}
      beside={
        <>
          <bdi class="mono faint">{visible(run.key)}</bdi>
          {trouble.count === 1 ? null : (
            <span class="quiet">
              and {count(trouble.count - 1, 'other run')}
              {more.length === 0 ? '' : `, of ${visible(more.slice(0, WAY_LIMIT).join(', '))}`}
            </span>
          )}
        </>
      }
      when={run.closedAt === null ? null : <When at={run.closedAt} clock={clock} />}
    >
      <Say>
        <Quoted text={gistOfRow(run)} limit={400} />
      </Say>
      <div class="facts">
        <span class="code">{visible(failure?.code ?? 'code unknown')}</span>
        {failure === null || failure.path.length === 0 ? null : (
          <bdi class="mono">{visible(failure.path.join(' → '))}</bdi>
        )}
        {trouble.alert === null ? null : <a href={`/alerts/${trouble.alert.id}`}>its alert</a>}
      </div>
      <div class="acts">
        <a class="b" href={runHref(run.id)}>
          See what stopped it
        </a>
      </div>
    </Item>
  );
}

export function RunItem({ run, clock }: { run: RunRow; clock: PageClock }) {
  const state = stateOfRun(run);
  return (
    <Item
      mark={state.mark}
      href={runHref(run.id)}
      title={visible(run.goal)}
      beside={
        <>
          <bdi class="mono faint">{visible(run.key)}</bdi>
          <span class={toneOf(state.mark)}>{state.words}</span>
        </>
      }
      when={
        run.deadline === null ? (
          <>since {duration(clock.now - Date.parse(run.startedAt))}</>
        ) : (
          <>
            due <When at={run.deadline} clock={clock} />
          </>
        )
      }
    >
      <Say>
        <Quoted text={gistOfRow(run)} limit={400} />
      </Say>
      {run.struggling === null ? null : (
        <div class="facts">
          <span class="code">{visible(run.struggling.code)}</span>
        </div>
      )}
    </Item>
  );
}

export const StaleItem = ({ stale, clock }: { stale: Attention['stale'][number]; clock: PageClock }) => (
  <Item
    mark="stale"
    href={`/goals/${encodeURIComponent(stale.goal)}`}
    title={visible(stale.goal)}
    beside={<span class="struggling">stale</span>}
    when={
      <>
        since <When at={stale.since} clock={clock} />
      </>
    }
  >
    <Say>
      <Quoted text={stale.outcome} limit={300} />
    </Say>
  </Item>
);

export const LeaseItem = ({ lease }: { lease: Attention['leases'][number] }) => (
  <Item
    mark="lease"
    href="/leases?state=stuck"
    title={<Quoted text={lease.name ?? lease.id} limit={100} />}
    beside={<span class="quiet">of {visible(lease.goal)}</span>}
    when={null}
  >
    <Say>
      <bdi class="mono">{visible(lease.job)}</bdi> could not tear it down
    </Say>
  </Item>
);
