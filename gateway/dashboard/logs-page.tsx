/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of a run's log: its lines as text, and the way to a team's own system.

import type { RunLogs } from '../../goals/wire/kept-logs.ts';
import { type Ask, asked, pathWith } from './asking.ts';
import type { ShownPage } from './shell.tsx';
import { count, visible } from './text.tsx';
import type { PageClock } from './times.ts';
import { writtenText } from './written.tsx';

type Query = Readonly<Record<string, string | undefined>>;

export const logsRow = {
  path: /^\/runs\/([^/]+)\/logs$/,
  ...{ screen: '/runs', query: ['attempt', 'cursor'] },
  async show(ask: Ask, { step, attempt, cursor }: Query, clock: PageClock, id: string): Promise<ShownPage> {
    const query = { step, attempt, cursor };
    const path = `/runs/${encodeURIComponent(id)}/logs`;
    return logsPage(id, await asked<RunLogs>(ask, pathWith(path, query)), query, clock);
  },
};

export function logsPage(id: string, logs: RunLogs, query: Query, clock: PageClock): ShownPage {
  const path = `/runs/${encodeURIComponent(id)}`;
  const of = [query.step, query.attempt ? `attempt ${query.attempt}` : undefined];
  const sentence = `Log of ${visible([id, ...of].filter(Boolean).join(', '))}`;
  const lines = logs.items.map((line) => ({ ...line, text: `${line.step}@${line.attempt}  ${line.text}` }));
  return {
    sentence,
    screen: '/runs',
    crumbs: [{ words: 'Runs', href: '/runs' }, { words: id, href: path }, { words: 'Log' }],
    body: (
      <>
        <h1>{sentence}</h1>
        {logs.link === null ? null : (
          <p class="lead">
            <a href={logs.link} rel="noreferrer">
              The same log in your own system
            </a>
          </p>
        )}
        {logs.hidden ? (
          <p class="hint">You may not see values of this run, of which its lines may have some.</p>
        ) : !logs.kept ? (
          <p class="hint">
            Whole logs are not kept here. Set <code>GOALKEEPER_LOGS</code> for workers and gateways. Each
            error of the run has the lines before it.
          </p>
        ) : lines.length === 0 ? (
          <p class="hint">No lines.</p>
        ) : (
          <>
            <p class="lead">{count(lines.length, 'line')}</p>
            <pre class="log" dir="auto" tabindex={0}>
              {writtenText(lines, clock)}
            </pre>
          </>
        )}
        {logs.after === null || logs.items.length === 0 ? null : (
          <p class="foot">
            <a class="b" href={pathWith(`${path}/logs`, { ...query, cursor: logs.next ?? logs.after })}>
              {logs.next === null ? 'Look for newer lines' : 'More lines'}
            </a>
          </p>
        )}
      </>
    ),
  };
}
