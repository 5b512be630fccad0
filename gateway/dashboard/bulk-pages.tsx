/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The pages of acts on many runs: all of them, and one with how far it is and on which runs it could not act.

import type { Child } from 'hono/jsx';
import type { BulkActView } from '../../goals/wire/answers.ts';
import { type BulkActKind, bulkActs } from '../../goals/wire/bulk-act.ts';
import { pathWith } from './asking.ts';
import { runLink } from './links.tsx';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import type { ShownState } from './states.ts';
import { Table } from './table.tsx';
import { count, Quoted, State, visible, When } from './text.tsx';
import type { PageClock } from './times.ts';

export interface ListedBulkActs {
  items: BulkActView[];
  next: string | null;
}

const CRUMB = { words: 'Runs', href: '/runs' };

const stateOf = ({ state, outcome }: BulkActView): ShownState => {
  if (state === 'acting') return { mark: 'pursuing', words: 'Under way' };
  if (outcome === 'achieved') return { mark: 'achieved', words: 'Done' };
  if (outcome === 'cancelled') return { mark: 'cancelled', words: 'Stopped' };
  return { mark: 'failed', words: 'Not all done' };
};

/** `Tag 12 runs`. */
const titleOf = ({ act, total }: BulkActView): string =>
  `${act.charAt(0).toUpperCase()}${act.slice(1)} ${count(total, 'run')}`;

const progressOf = ({ done, skipped, failed, total }: BulkActView): string =>
  [
    `${done} of ${total} done`,
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ].join(', ');

const hrefOf = (id: string): string => `/bulk-acts/${encodeURIComponent(id)}`;

export function bulkActsPage(
  { items, next }: ListedBulkActs,
  clock: PageClock,
  reader: PageReader,
): ShownPage {
  const acting = items.filter(({ state }) => state === 'acting').length;
  const sentence =
    items.length === 0
      ? 'Nobody has acted on many runs at once.'
      : `${count(items.length, 'act')} on many runs, ${acting} under way.`;
  return {
    sentence,
    screen: '/runs',
    crumbs: [CRUMB, { words: 'Bulk acts' }],
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          Cancel, resume, accept or tag all runs of a filter, such as that of{' '}
          <a href="/runs">the list of runs</a>.
        </p>
        {reader.may('operator') ? (
          <div class="acts">
            <a class="b main" href="/bulk-acts/new" data-act>
              Act on many runs…
            </a>
          </div>
        ) : null}
        <section>
          <Table
            head={['Act', 'State', 'Runs', 'By', 'Began']}
            empty="An act on many runs appears here as soon as it is asked for."
            rows={items.map((one) => [
              <a href={hrefOf(one.id)} data-row>
                {titleOf(one)}
              </a>,
              <State {...stateOf(one)} />,
              progressOf(one),
              <Quoted text={one.by} limit={60} />,
              <When at={one.startedAt} clock={clock} />,
            ])}
          />
          {next === null ? null : (
            <p>
              <a href={pathWith('/bulk-acts', { cursor: next })}>Older acts</a>
            </p>
          )}
        </section>
      </>
    ),
  };
}

export function bulkActPage(one: BulkActView, clock: PageClock, reader: PageReader): ShownPage {
  const { stopped, missed, add = [], remove = [] } = one;
  const sentence = `${titleOf(one)}: ${progressOf(one)}.`;
  return {
    sentence,
    screen: '/runs',
    crumbs: [CRUMB, { words: 'Bulk acts', href: '/bulk-acts' }, { words: one.id }],
    isUnderWay: one.state === 'acting',
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          <State {...stateOf(one)} />, asked for by <Quoted text={one.by} limit={60} />,{' '}
          <When at={one.startedAt} clock={clock} />
          {one.closedAt === null ? null : (
            <>
              , closed <When at={one.closedAt} clock={clock} />
            </>
          )}
          {one.reason === null ? (
            '.'
          ) : (
            <>
              : <Quoted text={one.reason} limit={300} />
            </>
          )}
        </p>
        {one.state === 'closed' || !reader.may('operator', one.team) ? null : (
          <div class="acts" id="acts">
            <a class="b no" href={`${hrefOf(one.id)}/cancel`}>
              Stop it…
            </a>
          </div>
        )}
        <section aria-labelledby="which">
          <h2 id="which">Which runs</h2>
          <p class="facts">
            {Object.entries(one.filter).map(([name, given]) => (
              <span>
                {visible(name)}: <Quoted text={given} limit={100} />
              </span>
            ))}
            {add.length === 0 ? null : <span>gets {tagLinks(add)}</span>}
            {remove.length === 0 ? null : <span>loses {tagLinks(remove)}</span>}
            <span>{one.atOnce} at once</span>
          </p>
          <p class="note">
            {stopped === null ? (
              <>
                The runs were fixed when it began.{' '}
                <a href={pathWith('/runs', one.filter)}>Runs of the filter as they are now</a>
              </>
            ) : (
              <>
                Stopped by <Quoted text={stopped.by} limit={60} />, <When at={stopped.at} clock={clock} />
                {stopped.reason === null ? null : (
                  <>
                    : <Quoted text={stopped.reason} limit={300} />
                  </>
                )}
              </>
            )}
          </p>
        </section>
        <section aria-labelledby="missed">
          <h2 id="missed">
            Not acted on <span class="n">{one.skipped + one.failed}</span>
          </h2>
          {missed.length === 0 ? (
            <p class="hint">
              {one.state === 'acting' ? 'No run so far.' : 'No run: it acted on all that it began.'}
            </p>
          ) : (
            <Missed missed={missed} />
          )}
          {one.skipped + one.failed > missed.length ? (
            <p class="note">The first {missed.length} are listed.</p>
          ) : null}
        </section>
      </>
    ),
  };
}

const tagLinks = (tags: readonly string[]): Child =>
  tags.map((tag, i) => (
    <>
      {i === 0 ? '' : ', '}
      <a href={pathWith('/runs', { tag })}>
        <Quoted text={tag} limit={100} />
      </a>
    </>
  ));

/** A run that is skipped was not as the act needs it, which nobody has to mend. */
const Missed = ({ missed }: Pick<BulkActView, 'missed'>) => (
  <Table
    head={['Run', 'What', 'Why']}
    empty=""
    rows={missed.map(({ run, how, code, message }) => [
      runLink(run),
      how === 'failed' ? <State mark="failed" words="Failed" /> : 'skipped',
      <>
        <span class="code">{visible(code)}</span>
        {message === '' ? null : (
          <>
            {' '}
            <Quoted text={message} limit={300} />
          </>
        )}
      </>,
    ])}
  />
);

const WORDS: Record<BulkActKind, string> = {
  cancel: 'Cancel…',
  resume: 'Resume…',
  accept: 'Accept…',
  tag: 'Tag…',
};

/** What the reader may do with all runs that a list means: of everything, nothing. */
export function BulkLinks({
  query,
  reader,
}: {
  query: Readonly<Record<string, string | undefined>>;
  reader: PageReader;
}) {
  const { cursor: _, ...filter } = query;
  const isNarrow = Object.values(filter).some(Boolean) && reader.may('operator');
  return (
    <p class="facts">
      {isNarrow ? <span>The runs of this filter:</span> : null}
      {isNarrow
        ? bulkActs.map((act) => (
            <a href={pathWith('/bulk-acts/new', { ...filter, act })} data-act>
              {WORDS[act]}
            </a>
          ))
        : null}
      <a href="/bulk-acts">Bulk acts</a>
    </p>
  );
}
