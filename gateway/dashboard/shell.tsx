/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What stands around each page: head, navigation, where one is, and in whose time. A page brings its sentence and its body.

import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { script, stylesheet } from './assets.ts';
import { KeysDialog } from './keys-dialog.tsx';
import { SPRITE } from './sprite.ts';
import { Icon, visible } from './text.tsx';
import type { PageClock } from './times.ts';

/** A page without its frame. */
export interface ShownPage {
  /** Its answer as one sentence: the title of its tab. */
  sentence: string;
  /** Which screen of the navigation it belongs to. */
  screen: string;
  /** Links to what it lies in. */
  crumbs?: readonly { words: string; href?: string }[];
  body: Child;
  status?: number;
  /** The stream that says when it changes. */
  live?: string | undefined;
  /** It is about something under way that no stream follows: the page is loaded again by itself until that is over. */
  isUnderWay?: boolean;
  /** It is a list that no stream follows: it is loaded again by itself, now and then. */
  keepsUp?: boolean;
  /** What it is about, to be copied. */
  id?: string | undefined;
}

/** What the frame says of the request. */
export interface Around {
  clock: PageClock;
  /** The zone that the reader's browser told. */
  own: string;
  /** The address of the page with another parameter `tz`. */
  inZone(zone: string): string;
  theme: 'light' | 'dark' | null;
  /** How many things need a person; null where that is not known in time. */
  attention: number | null;
  /** Parameters that the page does not know. */
  unknown: readonly string[];
  /** What the reader has just done. */
  done: string | null;
}

/** After so many seconds a page that no stream follows is loaded again. */
const [UNDER_WAY_S, LIST_S] = [3, 10];

const SCREENS = [
  ['/', 'attention', 'Attention'],
  ['/goals', 'goals', 'Goals'],
  ['/runs', 'runs', 'Runs'],
  ['/errors', 'errors', 'Errors'],
  ['/due', 'stale', 'Due'],
  ['/schedules', 'times', 'Times'],
  ['/operations', 'lease', 'Operations'],
] as const;

const Navigation = ({ screen, attention }: { screen: string; attention: number | null }) => (
  <nav class="nav" aria-label="Main">
    {SCREENS.map(([href, icon, words]) => (
      <a
        href={href}
        class={href === '/operations' || href === '/due' ? 'wide' : undefined}
        aria-current={href === screen ? 'page' : undefined}
      >
        <Icon mark={icon} />
        <span class="l">{words}</span>
        {href === '/' && attention !== null && attention > 0 ? (
          <span class="n hot">
            <span class="sr">, </span>
            {attention}
            <span class="sr"> need a person</span>
          </span>
        ) : null}
      </a>
    ))}
  </nav>
);

const Zones = ({ clock, own, inZone }: Around) => (
  <nav class="pick" aria-label="Time zone">
    {[...new Set([own, 'UTC'])].map((zone) => (
      <a href={inZone(zone)} aria-current={zone === clock.zone ? 'true' : undefined}>
        {zone}
      </a>
    ))}
  </nav>
);

export const Shell = ({ page, around }: { page: ShownPage; around: Around }) => (
  <html lang="en" data-theme={around.theme ?? undefined}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
      <title>{`${visible(page.sentence)} · goalkeeper`}</title>
      <link rel="stylesheet" href={stylesheet.path} />
      <link rel="icon" href="data:," />
      <script src={script.path} defer />
    </head>
    <body>
      <svg class="sprite" aria-hidden="true">
        {raw(SPRITE)}
      </svg>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <div class="frame">
        <header class="rail">
          <div>
            <a class="brand" href="/">
              <svg class="i l" viewBox="0 0 22 22" aria-hidden="true">
                <path
                  d="M3 19V4h16v15"
                  fill="none"
                  stroke="currentColor"
                  stroke-width="2.4"
                  stroke-linecap="round"
                  stroke-linejoin="round"
                />
                <circle cx="11" cy="14.5" r="3.4" class="d-pursuing" />
              </svg>
              goalkeeper
            </a>
            <Navigation screen={page.screen} attention={around.attention} />
            <div class="stand">
              <span class="live" id="live" hidden />
              <span class="js-only">
                <button class="b plain" type="button" data-keys>
                  <kbd>?</kbd>&nbsp;keys
                </button>
              </span>
              <a href="/docs" aria-current={page.screen === '/docs' ? 'page' : undefined}>
                API
              </a>
            </div>
          </div>
        </header>
        <main
          id="main"
          tabindex={-1}
          data-live={page.live}
          data-again={page.isUnderWay ? UNDER_WAY_S : page.keepsUp ? LIST_S : undefined}
          data-zone={around.clock.zone}
        >
          <div class="bar">
            {page.crumbs === undefined ? null : (
              <nav class="crumbs" aria-label="Where you are">
                {page.crumbs.map(({ words, href }, i) => (
                  <>
                    {i === 0 ? null : <span aria-hidden="true">/</span>}
                    {href === undefined ? (
                      <bdi class="mono">{visible(words)}</bdi>
                    ) : (
                      <a href={href}>{visible(words)}</a>
                    )}
                  </>
                ))}
              </nav>
            )}
            {page.id === undefined ? null : (
              <span class="js-only">
                <button class="b plain" type="button" data-copy={page.id} data-copy-id>
                  Copy ID
                </button>
              </span>
            )}
            <div class="end">
              <search>
                <form class="find" action="/find">
                  <Icon mark="find" />
                  <label class="sr" for="q">
                    Find a goal or run
                  </label>
                  <input id="q" name="q" placeholder="Find a goal or run" />
                  <kbd>/</kbd>
                </form>
              </search>
              <Zones {...around} />
            </div>
          </div>
          {around.unknown.length === 0 ? null : (
            <p class="banner" role="note">
              The address has parameters that this page does not know:{' '}
              {around.unknown.map(visible).join(', ')}.
            </p>
          )}
          {around.done === null ? null : (
            <p class="banner good" role="status" data-keep>
              {around.done}
            </p>
          )}
          {page.body}
          <div class="below">
            <nav class="facts" aria-label="More">
              <a href="/due">Due</a>
              <a href="/approvals">Approvals</a>
              <a href="/operations">Operations</a>
              <a href="/docs">API</a>
            </nav>
            <Zones {...around} />
          </div>
        </main>
      </div>
      <p class="sr" id="said" role="status" />
      <p class="stale" id="stale" role="status" hidden />
      <button class="b main held" id="held" type="button" hidden />
      <KeysDialog />
    </body>
  </html>
);
