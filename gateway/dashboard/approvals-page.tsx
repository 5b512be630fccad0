/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of all that runs ask of people: each is decided on its run.

import { type ListedRuns, RunTable } from './list-pages.tsx';
import { NextPage } from './next-page.tsx';
import type { ShownPage } from './shell.tsx';
import { count } from './text.tsx';
import type { PageClock } from './times.ts';

/** A page looks at so many runs that wait, and may find nobody's question among them though there is one further on. */
function sentenceOf({ items, next }: ListedRuns, cursor: string | undefined): string {
  if (items.length > 0)
    return `${count(items.length, 'run waits', 'runs wait')} for a person${next === null ? '' : ', and perhaps more'}.`;
  if (next !== null) return 'The latest runs that wait, wait for events; older ones may ask a person.';
  return cursor === undefined ? 'Nothing is to be decided.' : 'Nothing more is to be decided.';
}

export function approvalsPage(listed: ListedRuns, cursor: string | undefined, clock: PageClock): ShownPage {
  const { items, next } = listed;
  const sentence = sentenceOf(listed, cursor);
  return {
    sentence,
    screen: '/',
    // The first page has a stream.
    keepsUp: cursor !== undefined,
    crumbs: [{ words: 'Attention', href: '/' }, { words: 'Approvals' }],
    body: (
      <>
        <h1>{sentence}</h1>
        <section>
          {items.length === 0 ? (
            <p class="hint">A run that asks for an approval appears here.</p>
          ) : (
            <RunTable runs={items} clock={clock} />
          )}
        </section>
        <NextPage path="/approvals" query={{}} next={next} words="Older runs that wait" />
      </>
    ),
  };
}
