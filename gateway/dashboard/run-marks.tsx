/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What a run is marked as, beside its verdict: that it was retracted, or stands on what was.

import type { Run } from '../../goals/wire/run-view.ts';
import { Quoted, visible, WhenExactly } from './text.tsx';
import type { PageClock } from './times.ts';

const retractionPath = (id: string): string => `/retractions/${encodeURIComponent(id)}`;

export function RunMarks({ run: { retracted, inDoubt = [] }, clock }: { run: Run; clock: PageClock }) {
  if (retracted === undefined && inDoubt.length === 0) return null;
  return (
    <section aria-labelledby="marks">
      <h2 id="marks">{retracted === undefined ? 'In doubt' : 'Retracted'}</h2>
      {retracted === undefined ? null : (
        <p>
          <bdi>{visible(retracted.by)}</bdi>, <WhenExactly at={retracted.at} clock={clock} />:{' '}
          <Quoted text={retracted.reason} limit={500} />{' '}
          <a href={retractionPath(retracted.retraction)}>what used it</a>
        </p>
      )}
      {inDoubt.map(({ at, run, path, retraction }) => (
        <p>
          It stands on{' '}
          <a href={`/runs/${encodeURIComponent(run)}`}>
            <bdi class="mono">{visible(run)}</bdi>
          </a>
          , which was <a href={retractionPath(retraction)}>retracted</a> <WhenExactly at={at} clock={clock} />
          : <bdi class="mono">{visible(path.join(' → '))}</bdi>
        </p>
      ))}
    </section>
  );
}
