/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The pages of retractions: all of them, and one with what is in doubt by it.

import type { RetractionDetails, RetractionView } from '../../goals/wire/answers.ts';
import { type Ask, asked } from './asking.ts';
import type { PageReader } from './reader.ts';
import { EndState } from './recovery-pages.tsx';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, Quoted, visible, When } from './text.tsx';
import type { PageClock } from './times.ts';

const pathOf = (id: string): string => `/retractions/${encodeURIComponent(id)}`;

/** Where the marks are kept, for what is planned and for what was done. */
export const keptBy = (sinks: readonly string[]): string =>
  sinks.length === 0
    ? "No sink keeps records: the marks go with the runs when Temporal's retention ends."
    : `Records are kept beyond Temporal's retention by ${visible(sinks.join(', '))}.`;

const RunLink = ({ run }: { run: string }) => (
  <a href={`/runs/${encodeURIComponent(run)}`}>
    <bdi class="mono">{visible(run)}</bdi>
  </a>
);

function retractionsPage(items: readonly RetractionView[], clock: PageClock): ShownPage {
  const sentence = items.length === 0 ? 'No outcome was retracted.' : `${count(items.length, 'retraction')}.`;
  return {
    sentence,
    screen: '/errors',
    crumbs: [{ words: 'Recoveries', href: '/recoveries' }, { words: 'Retractions' }],
    body: (
      <>
        <h1>{sentence}</h1>
        <Table
          head={['Run', 'Why', 'In doubt', 'State', 'When']}
          empty="The page of an achieved run retracts it, should its outcome turn out to be wrong."
          rows={items.map((one) => [
            <a href={pathOf(one.id)} data-row>
              <bdi class="mono">{visible(one.run)}</bdi>
            </a>,
            <Quoted text={one.reason} limit={200} />,
            count(one.doubts, 'run'),
            <EndState {...one} />,
            <When at={one.at} clock={clock} />,
          ])}
        />
      </>
    ),
  };
}

function retractionPage(one: RetractionDetails, clock: PageClock, reader: PageReader): ShownPage {
  const sentence = `${count(one.doubts, 'run')} in doubt, as ${one.run} was retracted.`;
  return {
    sentence,
    screen: '/errors',
    crumbs: [{ words: 'Retractions', href: '/retractions' }, { words: one.run }],
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          <RunLink run={one.run} /> was retracted by <Quoted text={one.by} limit={100} />,{' '}
          <When at={one.at} clock={clock} />: <Quoted text={one.reason} limit={500} />
        </p>
        {one.state === 'closed' ? null : (
          <p class="note">
            {one.state === 'watching'
              ? `All that is known is marked. ${count(one.watched, 'run')} that may still use it: looked at again once closed.`
              : one.open === 0
                ? 'It is looking for what used it.'
                : `${count(one.open, 'run')} in doubt still open: what they do is followed.`}
          </p>
        )}
        {one.truncated ? <p class="note">More runs are in doubt than one retraction marks.</p> : null}
        <p class="note">{keptBy(one.sinks)}</p>
        {reader.may('operator', one.team) ? (
          <div class="acts" id="acts">
            <a class="b main" href={`${pathOf(one.id)}/recoveries`}>
              Pursue them once more…
            </a>
          </div>
        ) : null}
        {one.items.length === 0 ? (
          <p class="hint">Nothing that you may see used it.</p>
        ) : (
          <section aria-labelledby="doubts">
            <h2 id="doubts">In doubt</h2>
            <ul class="plan">
              {one.items.map(({ run, through, path }) => (
                <li>
                  <span class="do">{through}</span>
                  <RunLink run={run} />
                  <span class="faint">{visible(path.join(' → '))}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </>
    ),
  };
}

export const retractionsRow = {
  path: /^\/retractions$/,
  ...{ screen: '/errors', query: [] },
  show: async (ask: Ask, _: unknown, clock: PageClock): Promise<ShownPage> =>
    retractionsPage((await asked<{ items: RetractionView[] }>(ask, '/retractions')).items, clock),
};

export const retractionRow = {
  path: /^\/retractions\/([^/]+)$/,
  ...{ screen: '/errors', query: [] },
  show: async (ask: Ask, _: unknown, clock: PageClock, id: string, reader: PageReader): Promise<ShownPage> =>
    retractionPage(await asked<RetractionDetails>(ask, pathOf(id)), clock, reader),
};
