/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The pages of what the API refused: what it means, how to mend it, and where to go on.

import { problems } from '../../goals/wire/problem-codes.ts';
import { type Ask, asked, type Refusal } from './asking.ts';
import { Near, type NearThing } from './near.tsx';
import type { ShownPage } from './shell.tsx';
import { Quoted } from './text.tsx';
import type { PageClock } from './times.ts';

/** A text of ours, in which what stands between backticks is code. */
const Said = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part))}</>
);

interface ExplainedProblem {
  code: string;
  status: number;
  title: string;
  means: string;
  mend: string;
}

/** To where the `type` of a problem leads: what its code means. */
export const problemRow = {
  path: /^\/problems\/([^/]+)$/,
  ...{ screen: '/docs', query: [] },
  async show(ask: Ask, _: unknown, __: PageClock, code: string): Promise<ShownPage> {
    const path = `/problems/${encodeURIComponent(code)}`;
    const { status, title, means, mend } = await asked<ExplainedProblem>(ask, path);
    return {
      sentence: title,
      screen: '/docs',
      crumbs: [{ words: 'API', href: '/docs' }, { words: code }],
      body: (
        <>
          <h1>{title}</h1>
          <p class="lead">
            <Said text={means} />
          </p>
          <section aria-labelledby="mend">
            <h2 id="mend">How to mend it</h2>
            <p class="lead">
              <Said text={mend} />
            </p>
          </section>
          <p class="facts note">
            <span class="code">{code}</span>
            <span>HTTP status {status}</span>
          </p>
        </>
      ),
    };
  },
};

/** The list in which what was looked for may be, by the screen that was asked for. */
const LISTS: Readonly<Record<string, string>> = {
  '/goals': 'All goals',
  '/runs': 'All runs',
  '/errors': 'All errors',
  '/schedules': 'All schedules',
  '/operations': 'Operations',
  '/docs': 'All routes',
};

export function refusedPage(
  { status, code, title, detail }: Refusal,
  screen: string,
  near: readonly NearThing[] = [],
): ShownPage {
  const mend = code === 'unknown' ? 'See the log of the gateway.' : problems[code].mend;
  const list = LISTS[screen];
  return {
    sentence: title,
    screen,
    status,
    // What is away for now comes back, and then the page is what was asked for.
    isUnderWay: status === 503,
    body: (
      <>
        <h1>{title}</h1>
        <p class="lead" dir="auto">
          <Quoted text={detail} />
        </p>
        {near.length > 0 ? null : (
          <p class="lead">
            <Said text={mend} />
          </p>
        )}
        {status === 503 ? (
          <p class="lead">
            <span class="js-only">
              The page asks again by itself, and shows what was asked for once it can.
            </span>
          </p>
        ) : null}
        <Near things={near} />
        {status !== 404 || list === undefined ? null : (
          <div class="acts">
            <a class="b" href={screen}>
              {list}
            </a>
          </div>
        )}
        <p class="facts note">
          <span class="code">{code}</span>
          <span>HTTP status {status}</span>
          <a href={`/problems/${code}`}>What it means</a>
        </p>
      </>
    ),
  };
}
