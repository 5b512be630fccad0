/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What a run shows beside its outcome: on the run's page the first of it, and all on a page of its own.

import { raw } from 'hono/html';
import type { RunArtifactPage } from '../../goals/wire/answers.ts';
import { isImageData, isWebAddress } from '../../goals/wire/artifact-bounds.ts';
import type { RunArtifact } from '../../goals/wire/artifacts.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { runPath } from './actions/run-places.ts';
import { type Ask, asked, pathWith } from './asking.ts';
import { htmlOf } from './markdown.ts';
import type { ShownPage } from './shell.tsx';
import { count, Quoted, visible, WhenExactly } from './text.tsx';
import type { PageClock } from './times.ts';

type Query = Readonly<Record<string, string | undefined>>;

/** What the page of a run shows of them: so many, as far as so much of JSON holds them. */
const FIRST = 5;
const FIRST_CHARACTERS = 24_000;

/** What a page of theirs shows. */
const OF_PAGE = 20;

/** So much of Markdown is read as such on one page; what is beyond shows as it was written. */
const READ_CHARACTERS = 48_000;

/** Reads those that the page of a run shows; null of a run that has none. */
export const readFirstArtifacts = async (ask: Ask, run: Run): Promise<RunArtifactPage | null> =>
  run.artifacts === undefined
    ? null
    : asked<RunArtifactPage>(
        ask,
        pathWith(`${runPath(run.id)}/artifacts`, { execution: run.execution, limit: String(FIRST) }),
      );

/** The first of them, on the page of their run. */
export function Artifacts({
  run,
  told,
  clock,
}: {
  run: Run;
  told: RunArtifactPage | null;
  clock: PageClock;
}) {
  if (told === null) return null;
  let left = FIRST_CHARACTERS;
  const shown = told.items.filter((item) => {
    left -= JSON.stringify(item).length;
    return left >= 0;
  });
  const { kept = 0, dropped = 0 } = run.artifacts ?? {};
  return (
    <section aria-labelledby="artifacts">
      <h2 id="artifacts">
        Artifacts <span class="n">{kept + dropped}</span>
      </h2>
      <Listed items={shown} clock={clock} />
      {told.hidden ? (
        <p class="hint">You may not see values of this run, of which they may show some.</p>
      ) : shown.length === kept && dropped === 0 ? null : (
        <p>
          <a href={pathWith(`${runPath(run.id)}/artifacts`, { execution: run.execution })}>
            {shown.length === kept ? 'about artifacts that were left out' : `all ${kept} artifacts`}
          </a>
        </p>
      )}
    </section>
  );
}

export const artifactsRow = {
  path: /^\/runs\/([^/]+)\/artifacts$/,
  ...{ screen: '/runs', query: ['execution', 'cursor'] },
  async show(ask: Ask, { execution, cursor }: Query, clock: PageClock, id: string): Promise<ShownPage> {
    const query = { execution, cursor };
    const path = `${runPath(id)}/artifacts`;
    const told = await asked<RunArtifactPage>(ask, pathWith(path, { ...query, limit: String(OF_PAGE) }));
    return artifactsPage(id, told, query, clock);
  },
};

export function artifactsPage(id: string, told: RunArtifactPage, query: Query, clock: PageClock): ShownPage {
  const sentence = `Artifacts of ${visible(id)}`;
  const { items, dropped, next } = told;
  return {
    sentence,
    screen: '/runs',
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          <a href={pathWith(runPath(id), { execution: query.execution })}>the run</a>
        </p>
        {told.hidden ? (
          <p class="hint">You may not see values of this run, of which they may show some.</p>
        ) : (
          <>
            {items.length === 0 ? <p class="hint">None.</p> : <Listed items={items} clock={clock} />}
            {dropped === 0 ? null : (
              <p class="hint">
                {count(dropped, 'artifact')} more, at least, {dropped === 1 ? 'is' : 'are'} not kept: a run
                keeps up to 100, and 1 MiB of them.
              </p>
            )}
          </>
        )}
        {next === null ? null : (
          <p class="foot">
            <a class="b" href={pathWith(`${runPath(id)}/artifacts`, { ...query, cursor: next })}>
              More artifacts
            </a>
          </p>
        )}
      </>
    ),
  };
}

function Listed({ items, clock }: { items: readonly RunArtifact[]; clock: PageClock }) {
  let left = READ_CHARACTERS;
  return (
    <>
      {items.map((item) => {
        if (item.kind === 'markdown') left -= item.text.length;
        return (
          <div class="artifact">
            <h3>
              <Quoted text={item.name} limit={100} />
            </h3>
            <p class="quiet">
              {item.step === null ? 'pursue' : <bdi>{visible(`${item.step}, attempt ${item.attempt}`)}</bdi>},{' '}
              <WhenExactly at={item.at} clock={clock} />
            </p>
            <Content item={item} isRead={left >= 0} />
          </div>
        );
      })}
    </>
  );
}

function Content({ item, isRead }: { item: RunArtifact; isRead: boolean }) {
  switch (item.kind) {
    case 'table':
      return <Table table={item} />;
    case 'markdown':
      return isRead ? (
        <div class="markdown" dir="auto">
          {raw(htmlOf(item.text))}
        </div>
      ) : (
        <pre dir="auto" tabindex={0}>
          {visible(item.text)}
        </pre>
      );
    case 'image':
      if (isImageData(item.address)) return <img src={item.address} alt={visible(item.name)} />;
      return <Address address={item.address} />;
    case 'link':
      return <Address address={item.address} />;
  }
}

/** Only an address of the web is a link. */
const Address = ({ address }: { address: string }) => (
  <p>
    {isWebAddress(address) ? (
      <a href={address} rel="noreferrer">
        <Quoted text={address} limit={2000} />
      </a>
    ) : (
      <Quoted text={address} limit={2000} />
    )}
  </p>
);

function Table({ table: { name, columns, rows, more } }: { table: Extract<RunArtifact, { kind: 'table' }> }) {
  return (
    <>
      <section class="scrolls" tabindex={0} aria-label={visible(name)}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th scope="col">
                  <Quoted text={column} limit={100} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells) => (
              <tr>
                {cells.map((cell) => (
                  <td class={typeof cell === 'number' ? 'num' : undefined}>
                    {cell === null ? '' : <Quoted text={String(cell)} limit={600} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {more === undefined ? null : <p class="hint">and {count(more, 'row')} more, which it does not keep</p>}
    </>
  );
}
