/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of a map: its items in parts from the first to the last, and those that were lost, a page at a time.

import type { ItemsPart, MapDetails } from '../../goals/wire/map.ts';
import { runPath } from './actions/run-places.ts';
import { type Ask, asked, pathWith } from './asking.ts';
import { runLink } from './links.tsx';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, Quoted, visible, When } from './text.tsx';
import type { PageClock } from './times.ts';

type Query = Readonly<Record<string, string | undefined>>;

export const itemsRow = {
  path: /^\/runs\/([^/]+)\/map$/,
  ...{ screen: '/runs', query: ['execution', 'cursor'] },
  async show(ask: Ask, { step, execution, cursor }: Query, clock: PageClock, id: string): Promise<ShownPage> {
    const query = { step, execution, cursor };
    return itemsPage(id, await asked<MapDetails>(ask, pathWith(`${runPath(id)}/map`, query)), query, clock);
  },
};

const HEIGHT = 40;

/** What each part draws, by its class: done from the line up, what was lost above it, what is retried on top. */
function itemPaths(parts: readonly ItemsPart[]): Map<string, string> {
  const paths = new Map<string, string>();
  for (const [i, { items, done, lost, retrying }] of parts.entries()) {
    const all = Math.max(items ?? 0, done + lost + retrying, 1);
    let top = HEIGHT;
    for (const [tone, some] of [
      ['d-achieved', done],
      ['d-failed', lost],
      ['d-struggling', retrying],
    ] as const) {
      if (some === 0) continue;
      // However few there are, they show.
      const height = Math.min(top, Math.max(1.5, (some / all) * HEIGHT));
      top -= height;
      const path = `M${i} ${top.toFixed(2)}h.9v${height.toFixed(2)}h-.9z`;
      paths.set(tone, (paths.get(tone) ?? '') + path);
    }
  }
  return paths;
}

function Parts({ map }: { map: MapDetails }) {
  const { parts, done, lost, retrying, total } = map;
  if (parts.length === 0) return <p class="hint">The history tells of no item yet.</p>;
  const words = `${count(parts.length, 'part')} from the first item to the last: ${done} of ${total ?? '?'} done, ${lost} lost, ${retrying} retried`;
  return (
    <svg
      class="parts"
      width="100%"
      height={HEIGHT}
      viewBox={`0 0 ${parts.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words}
    >
      <rect width={parts.length} height={HEIGHT} class="d-sunk" />
      {[...itemPaths(parts)].map(([tone, path]) => (
        <path d={path} class={tone} />
      ))}
    </svg>
  );
}

export function itemsPage(id: string, map: MapDetails, query: Query, clock: PageClock): ShownPage {
  const { step, total, done, lost, retrying, rate, estimatedEnd, kept, unnamed } = map;
  const sentence = `${done} of ${total ?? 'so far unknown many'} items of ${visible(step)} are done${lost === 0 ? '' : `, ${lost} lost`}.`;
  const rows = map.items.map((item) => [
    <bdi class="mono">{visible(item.path)}</bdi>,
    <span class="code">{visible(item.code)}</span>,
    <Quoted text={item.message} limit={200} />,
    item.run === undefined ? '' : runLink(item.run),
  ]);
  return {
    sentence,
    screen: '/runs',
    live:
      query.execution === undefined && query.cursor === undefined
        ? `${runPath(id)}/events?follow=run`
        : undefined,
    crumbs: [{ words: id, href: pathWith(runPath(id), { execution: query.execution }) }, { words: step }],
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          {retrying === 0 ? '' : `${retrying} are retried. `}
          {rate === null ? '' : `${rate.toFixed(1)} a second. `}
          {kept === 0 ? '' : `${kept} were done before, and are in no part. `}
          {estimatedEnd === null ? null : (
            <>
              All done <When at={estimatedEnd} clock={clock} />.
            </>
          )}
        </p>
        <section aria-labelledby="parts">
          <h2 id="parts">From the first item to the last</h2>
          <Parts map={map} />
        </section>
        <section aria-labelledby="lost">
          <h2 id="lost">Lost items</h2>
          <Table head={['Item', 'Code', 'Message', 'Run']} rows={rows} empty="No item was lost." />
          {unnamed === 0 ? null : (
            <p class="hint">{count(unnamed, 'lost item')} more, which the history counts and does not name</p>
          )}
          {map.next === null ? null : (
            <p class="foot">
              <a class="b" href={pathWith(`${runPath(id)}/map`, { ...query, cursor: map.next })}>
                More lost items
              </a>
            </p>
          )}
        </section>
      </>
    ),
  };
}
