/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The pages of recoveries: all of them, and one with the runs that were not achieved.

import type { RecoveryView } from '../../goals/wire/answers.ts';
import { type Ask, asked } from './asking.ts';
import type { PageReader } from './reader.ts';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, Quoted, State, visible, When } from './text.tsx';
import type { PageClock } from './times.ts';

const pathOf = (id: string): string => `/recoveries/${encodeURIComponent(id)}`;

const about = ({ of }: RecoveryView) =>
  of.kind === 'trouble' ? (
    <a class="code" href={`/runs?fingerprint=${of.fingerprint}`}>
      {of.fingerprint}
    </a>
  ) : (
    <a class="code" href={`/retractions/${encodeURIComponent(of.retraction)}`}>
      {visible(of.retraction)}
    </a>
  );

/** How what goes on by itself for many runs stands, or ended. */
export function EndState({ outcome, state }: { outcome: string | null; state: string }) {
  if (outcome === 'achieved') return <State mark="achieved" words="Done" />;
  if (outcome === 'failed') return <State mark="failed" words="Not all done" />;
  if (outcome === 'cancelled') return <State mark="cancelled" words="Cancelled" />;
  return state === 'paused' ? (
    <State mark="cancelled" words="Paused" />
  ) : (
    <State mark="pursuing" words="Under way" />
  );
}

const progressOf = ({ total, achieved, skipped, failed, open }: RecoveryView): string =>
  `${achieved} of ${total} achieved${failed === 0 ? '' : `, ${failed} not`}${skipped === 0 ? '' : `, ${skipped} left alone`}${open === 0 ? '' : `, ${open} open`}`;

function recoveriesPage(items: readonly RecoveryView[], clock: PageClock): ShownPage {
  const open = items.filter(({ state }) => state !== 'closed').length;
  const sentence =
    items.length === 0
      ? 'No recovery was started.'
      : `${count(items.length, 'recovery', 'recoveries')}, ${open} under way.`;
  return {
    sentence,
    screen: '/errors',
    crumbs: [{ words: 'Errors', href: '/errors' }, { words: 'Recoveries' }],
    body: (
      <>
        <h1>{sentence}</h1>
        <Table
          head={['Recovery', 'Of', 'State', 'Runs', 'Began']}
          empty="Resume what one trouble ended from its line on the page of errors."
          rows={items.map((one) => [
            <a href={pathOf(one.id)} data-row>
              <bdi class="mono">{visible(one.id)}</bdi>
            </a>,
            about(one),
            <EndState {...one} />,
            progressOf(one),
            <When at={one.startedAt} clock={clock} />,
          ])}
        />
      </>
    ),
  };
}

const Acts = ({ recovery: { id, state, team }, reader }: { recovery: RecoveryView; reader: PageReader }) =>
  state === 'closed' || !reader.may('operator', team) ? null : (
    <div class="acts" id="acts">
      {[state === 'paused' ? 'unpause' : 'pause', 'cancel'].map((verb) => (
        <a class="b" href={`${pathOf(id)}/${verb}`}>
          {`${verb.charAt(0).toUpperCase()}${verb.slice(1)}`}…
        </a>
      ))}
    </div>
  );

function recoveryPage(one: RecoveryView, clock: PageClock, reader: PageReader): ShownPage {
  const sentence =
    one.stopped !== null
      ? 'The recovery stopped by itself.'
      : one.outcome === null
        ? `The recovery is ${one.state === 'paused' ? 'paused' : 'under way'}.`
        : one.outcome === 'achieved'
          ? 'All runs of the recovery are achieved.'
          : one.outcome === 'cancelled'
            ? 'The recovery was cancelled.'
            : 'Not all runs of the recovery are achieved.';
  return {
    sentence,
    screen: '/errors',
    crumbs: [{ words: 'Recoveries', href: '/recoveries' }, { words: one.id }],
    isUnderWay: one.state !== 'closed',
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          {progressOf(one)}. Of {about(one)}, begun <When at={one.startedAt} clock={clock} /> by{' '}
          <Quoted text={one.by} limit={100} />
          {one.reason === null ? '' : ': '}
          {one.reason === null ? null : <Quoted text={one.reason} limit={300} />}
        </p>
        {one.stopped === null ? null : (
          <p class="note">
            <Quoted text={one.stopped.message} limit={500} />
          </p>
        )}
        <Acts recovery={one} reader={reader} />
        {one.missed.length === 0 ? null : (
          <section aria-labelledby="missed">
            <h2 id="missed">Not achieved</h2>
            <ul class="plan">
              {one.missed.map(({ run, how, code, message }) => (
                <li>
                  <span class="do">{how}</span>
                  <a href={`/runs/${encodeURIComponent(run)}`}>
                    <bdi class="mono">{visible(run)}</bdi>
                  </a>
                  <span class="faint">
                    {visible(code)} <Quoted text={message} limit={200} />
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </>
    ),
  };
}

export const recoveriesRow = {
  path: /^\/recoveries$/,
  ...{ screen: '/errors', query: [] },
  show: async (ask: Ask, _: unknown, clock: PageClock): Promise<ShownPage> =>
    recoveriesPage((await asked<{ items: RecoveryView[] }>(ask, '/recoveries')).items, clock),
};

export const recoveryRow = {
  path: /^\/recoveries\/([^/]+)$/,
  ...{ screen: '/errors', query: [] },
  show: async (ask: Ask, _: unknown, clock: PageClock, id: string, reader: PageReader): Promise<ShownPage> =>
    recoveryPage(await asked<RecoveryView>(ask, pathOf(id)), clock, reader),
};
