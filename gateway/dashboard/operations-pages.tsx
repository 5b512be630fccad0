/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The pages of the machinery: leases, pools, alerts.

import type { Child } from 'hono/jsx';
import type { Alert, Mute } from '../../goals/wire/alerts.ts';
import type { LeaseView } from '../../goals/wire/answers.ts';
import type { PoolMemo } from '../../goals/wire/pools.ts';
import { AlertActs, LeaseActs } from './actions/row-acts.tsx';
import { InForce } from './in-force.tsx';
import { GoalLinks, goalLink, runLink } from './links.tsx';
import { NextPage } from './next-page.tsx';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, Icon, MarkIcon, Quoted, State, type StateMark, visible, When } from './text.tsx';
import { brief, type PageClock } from './times.ts';

/** A run; or what else an alert is about, which has no page. */
const ofAlert = (id: string): Child =>
  id.startsWith('gk-') ? <bdi class="mono">{visible(id)}</bdi> : runLink(id);

/** When something becomes of a lease next. */
function nextOf({ state, nextAttemptAt, expiresAt }: LeaseView, clock: PageClock): Child {
  if (state === 'held')
    return (
      <>
        expires <When at={expiresAt} clock={clock} />
      </>
    );
  return nextAttemptAt === null ? (
    ''
  ) : (
    <>
      retried <When at={nextAttemptAt} clock={clock} />
    </>
  );
}

export interface ListedLeases {
  items: LeaseView[];
  next: string | null;
}

/** Of a page, as its address has it. */
type Query = Readonly<Record<string, string | undefined>>;

function leasesSentence({ items, next }: ListedLeases, query: Query): string {
  const stuck = items.filter(({ state }) => state === 'stuck').length;
  const isNarrow = [query.state, query.goal, query.cursor].some(Boolean);
  if (items.length === 0) return isNarrow ? 'No lease fits.' : 'Nothing is left to be torn down.';
  const isPart = next !== null || query.cursor !== undefined;
  if (stuck === 0) return `${count(items.length, 'lease')}${isPart ? ' on this page' : ''}, none stuck.`;
  if (items.length === 1 && !isPart && !isNarrow) return 'The only lease is stuck.';
  return `${stuck} of ${count(items.length, 'lease')}${isPart ? ' on this page' : ''} ${stuck === 1 ? 'is' : 'are'} stuck.`;
}

export function leasesPage(
  listed: ListedLeases,
  query: Query,
  clock: PageClock,
  reader: PageReader,
): ShownPage {
  const { items, next } = listed;
  const rows = items.map((one): Child[] => [
    <>
      <Quoted text={one.name ?? one.id} limit={120} /> <span class="faint">of {goalLink(one.goal)}</span>
    </>,
    one.state === 'stuck' ? <State mark="struggling" words="stuck" /> : one.state,
    runLink(one.run),
    nextOf(one, clock),
    one.errors.at(-1) === undefined ? (
      ''
    ) : (
      <>
        <Quoted text={one.errors.at(-1)?.message ?? ''} limit={200} />{' '}
        <span class="faint">{count(one.failed, 'failed attempt')}</span>
      </>
    ),
    <LeaseActs lease={one} reader={reader} />,
  ]);
  return operations(
    leasesSentence(listed, query),
    <>
      <InForce path="/leases" query={query} names={['state', 'goal']} />
      <Table
        head={['What', 'State', 'Run', 'Next', 'Last error', 'Actions']}
        rows={rows}
        empty="What a run creates and has to tear down appears here."
      />
      <NextPage path="/leases" query={query} next={next} words="More leases" />
    </>,
    '/leases',
    true,
  );
}

/** Waiting steps that a row names. */
const MOST_WAITERS = 5;

/** Who waits for a slot since when: those that have waited longest. */
function Waiters({ pool: { waiting, waiters = [] }, clock }: { pool: PoolMemo; clock: PageClock }) {
  if (waiting === 0) return <>nobody</>;
  const named = waiters.slice(0, MOST_WAITERS);
  return (
    <>
      <span class="struggling">{count(waiting, 'attempt')}</span>
      {named.map(({ run, step, since }) => (
        <div>
          {runLink(run)} <bdi class="mono">{visible(step)}</bdi>{' '}
          {since === null ? null : <When at={since} clock={clock} />}
        </div>
      ))}
      {named.length === 0 || waiting === named.length ? null : (
        <div class="quiet">and {waiting - named.length} more</div>
      )}
    </>
  );
}

const slotsOf = ({ held, atOnce, perSecond }: PoolMemo): string =>
  [
    atOnce === null ? `${held} held` : `${held} of ${atOnce} held`,
    ...(perSecond === null ? [] : [`up to ${perSecond} a second`]),
  ].join(', ');

export function poolsPage(items: readonly PoolMemo[], clock: PageClock): ShownPage {
  const waiting = items.reduce((sum, one) => sum + one.waiting, 0);
  const rows = items.map((one): Child[] => [
    <bdi class="mono">{visible(one.name)}</bdi>,
    slotsOf(one),
    <Waiters pool={one} clock={clock} />,
    <ul>
      {one.holders.slice(0, HOLDERS_NAMED).map(({ run, since }) => (
        <li>
          {runLink(run)}{' '}
          <span class="faint">
            since <When at={since} clock={clock} />
          </span>
        </li>
      ))}
      {one.held > HOLDERS_NAMED ? <li class="faint">and {one.held - HOLDERS_NAMED} more</li> : null}
    </ul>,
  ]);
  return operations(
    items.length === 0
      ? 'No pool is shared.'
      : `${count(items.length, 'pool')}; ${waiting === 0 ? 'nobody waits' : `${count(waiting, 'attempt waits', 'attempts wait')} for a slot`}.`,
    <Table
      head={['Pool', 'Slots', 'Waiting', 'Held by']}
      rows={rows}
      empty="A pool appears here once jobs share it."
    />,
    '/pools',
  );
}

const HOLDERS_NAMED = 5;

const KINDS: Record<Alert['kind'], { mark: StateMark; words: string }> = {
  failed: { mark: 'failed', words: 'not reached' },
  struggling: { mark: 'struggling', words: 'struggling' },
  'at-risk': { mark: 'struggling', words: 'at risk' },
  late: { mark: 'struggling', words: 'late' },
  'lease-stuck': { mark: 'lease', words: 'stuck lease' },
  stale: { mark: 'stale', words: 'stale' },
  stuck: { mark: 'struggling', words: 'stuck' },
  warned: { mark: 'struggling', words: 'warned' },
  'in-doubt': { mark: 'struggling', words: 'in doubt' },
};

const OPEN: Record<'open' | 'closed', string> = { open: 'open', closed: 'settled' };

function standsOf({ state, acknowledged }: Alert): Child {
  if (state === 'closed') return 'settled';
  return acknowledged === null ? 'nobody yet' : <Quoted text={acknowledged.by} limit={60} />;
}

export function alertsPage(
  { items, mutes }: { items: readonly Alert[]; mutes: readonly Mute[] },
  query: Query,
  clock: PageClock,
  reader: PageReader,
): ShownPage {
  const open = items.filter(({ state }) => state === 'open');
  const taken = open.filter(({ acknowledged }) => acknowledged !== null).length;
  const rows = items.map((one): Child[] => [
    <a href={`/alerts/${encodeURIComponent(one.id)}`} data-row>
      <Quoted text={one.trouble.cause?.message ?? one.trouble.message} limit={200} />
    </a>,
    <State {...KINDS[one.kind]} />,
    <GoalLinks goals={one.goals.map(({ goal }) => goal)} />,
    standsOf(one),
    <When at={one.at} clock={clock} />,
  ]);
  const sentence =
    items.length === 0
      ? [query.state, query.goal].some(Boolean)
        ? 'No alert fits.'
        : 'Nobody was alerted.'
      : open.length === 0
        ? `No alert is open; ${count(items.length, 'is', 'are')} settled.`
        : `${count(open.length, 'alert is', 'alerts are')} open; ${taken === 0 ? 'nobody is on any yet' : `somebody is on ${taken === open.length ? 'each' : taken}`}.`;
  return operations(
    sentence,
    <>
      <InForce path="/alerts" query={query} names={['state', 'goal']} />
      <Table
        head={['Trouble', 'Kind', 'Goals', 'Who is on it', 'When']}
        rows={rows}
        empty="Workers alert of what fails or slips."
      />
      {mutes.length === 0 ? null : (
        <section aria-labelledby="muted">
          <h2 id="muted">Muted goals</h2>
          <Table
            head={['Goal', 'Until', 'By', 'Actions']}
            rows={mutes.map(({ goal, team, until, by, reason }): Child[] => [
              goalLink(goal),
              brief(until, clock),
              <Quoted text={reason === null ? by : `${by}: ${reason}`} limit={200} />,
              team !== undefined && reader.may('operator', team) ? (
                <a href={`/goals/${encodeURIComponent(goal)}/unmute`} data-act>
                  Unmute…<span class="sr"> {visible(goal)}</span>
                </a>
              ) : (
                ''
              ),
            ])}
            empty=""
          />
        </section>
      )}
    </>,
    '/alerts',
    true,
  );
}

export function alertPage(alert: Alert, clock: PageClock, reader: PageReader): ShownPage {
  const { trouble, acknowledged } = alert;
  const deliveries = alert.messages.flatMap((message) =>
    Object.entries(message.deliveries).map(([sink, { state, at }]): Child[] => [
      sink,
      message.what,
      state === 'given-up' ? <span class="failed">{state}</span> : state,
      at === null ? '' : <When at={at} clock={clock} />,
    ]),
  );
  const goals = alert.goals.map((one): Child[] => [
    goalLink(one.goal),
    one.runs.map(({ run }, i) => (i === 0 ? ofAlert(run) : <>, {ofAlert(run)}</>)),
    one.settled === null ? 'not yet' : one.settled.how,
  ]);
  return {
    sentence: `Alert: ${trouble.cause?.message ?? trouble.message}`.slice(0, 200),
    screen: '/operations',
    crumbs: [{ words: 'Alerts', href: '/alerts' }, { words: alert.id }],
    body: (
      <>
        <h1 dir="auto">
          <Quoted text={trouble.cause?.message ?? trouble.message} limit={300} />
        </h1>
        <p class="lead">
          <State {...KINDS[alert.kind]} />, {OPEN[alert.state]}, since <When at={alert.at} clock={clock} />;{' '}
          {acknowledged === null ? (
            alert.state === 'open' ? (
              'nobody is on it yet'
            ) : (
              'nobody had to say that they were on it'
            )
          ) : (
            <>
              <Quoted text={acknowledged.by} limit={60} /> is on it
              {acknowledged.reason === null ? null : (
                <>
                  : <Quoted text={acknowledged.reason} limit={200} />
                </>
              )}
            </>
          )}
        </p>
        <p class="facts">
          <span class="code">{visible(trouble.cause?.code ?? trouble.code)}</span>
          {trouble.path.length === 0 ? null : <bdi class="mono">{visible(trouble.path.join(' → '))}</bdi>}
          <a href={`/runs?fingerprint=${alert.fingerprint}`}>runs that it hurt</a>
        </p>
        <AlertActs alert={alert} reader={reader} />
        <section aria-labelledby="goals">
          <h2 id="goals">Goals</h2>
          <Table head={['Goal', 'Runs', 'Settled']} rows={goals} empty="No goal is named." />
        </section>
        <section aria-labelledby="told">
          <h2 id="told">Who was told</h2>
          <Table head={['Sink', 'What', 'State', 'When']} rows={deliveries} empty="Nobody yet." />
        </section>
      </>
    ),
  };
}

const OPERATIONS = [
  ['/operations', 'Overview'],
  ['/leases', 'Leases'],
  ['/pools', 'Pools'],
  ['/alerts', 'Alerts'],
] as const;

const operations = (sentence: string, body: Child, at: string, keepsUp = false): ShownPage => ({
  sentence,
  screen: '/operations',
  keepsUp,
  body: (
    <>
      <h1>{sentence}</h1>
      <nav class="tabs wraps" aria-label="Operations">
        {OPERATIONS.map(([href, words]) => (
          <a href={href} aria-current={href === at ? 'page' : undefined}>
            {words}
          </a>
        ))}
      </nav>
      <section>{body}</section>
    </>
  ),
});

/** What the overview is made of. */
export interface Machinery {
  leases: ListedLeases;
  pools: readonly PoolMemo[];
  /** Those that no worker serves. */
  queues: readonly string[];
  alerts: readonly Alert[];
}

/** What of the machinery is not well, and of each part that it is. */
export function operationsPage({ leases, pools, queues, alerts }: Machinery, clock: PageClock): ShownPage {
  const stuck = leases.items.filter(({ state }) => state === 'stuck');
  const [oldest] = stuck.map(({ startedAt }) => startedAt).sort();
  const atLeast = leases.next === null ? '' : 'at least ';
  const waited = pools.filter(({ waiting }) => waiting > 0);
  const open = alerts.filter(({ state, acknowledged }) => state === 'open' && acknowledged === null);
  const n = stuck.length + queues.length;
  return operations(
    n === 0
      ? 'The machinery is well.'
      : `${atLeast === '' ? '' : 'At least '}${count(n, 'part')} of the machinery ${n === 1 ? 'needs' : 'need'} somebody.`,
    <ul class="items">
      {queues.length === 0 ? (
        <Part mark="achieved">Each queue has a worker</Part>
      ) : (
        queues.map((queue) => (
          <Part mark="struggling">
            No worker serves the queue <bdi class="mono">{visible(queue)}</bdi>
          </Part>
        ))
      )}
      <Part mark={stuck.length === 0 ? 'achieved' : 'lease'}>
        <a href={stuck.length === 0 ? '/leases' : '/leases?state=stuck'}>
          {stuck.length === 0 ? 'No teardown is stuck' : `${atLeast}${count(stuck.length, 'stuck teardown')}`}
        </a>
        {oldest === undefined ? null : (
          <span class="quiet">
            the oldest{atLeast === '' ? '' : ' of them'} since <When at={oldest} clock={clock} />
          </span>
        )}
      </Part>
      <Part mark={waited.length === 0 ? 'achieved' : 'pursuing'}>
        <a href="/pools">
          {waited.length === 0
            ? 'Nobody waits for a pool'
            : `${count(waited.length, 'pool')} with somebody waiting`}
        </a>
      </Part>
      <Part mark={open.length === 0 ? 'achieved' : 'attention'}>
        <a href="/alerts?state=open">
          {open.length === 0
            ? 'Somebody is on each open alert'
            : `${count(open.length, 'open alert')} that nobody is on yet`}
        </a>
      </Part>
    </ul>,
    '/operations',
  );
}

const Part = ({ mark, children }: { mark: StateMark | 'attention'; children?: Child }) => (
  <li>
    {mark === 'attention' ? <Icon mark={mark} /> : <MarkIcon mark={mark} />}
    <p class="head">{children}</p>
  </li>
);
