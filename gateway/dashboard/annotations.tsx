/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What people have said of a run: its tags, each of which leads to the runs that have it, and their notes.

import type { Run } from '../../goals/wire/run-view.ts';
import { Quoted, visible, WhenExactly } from './text.tsx';
import type { PageClock } from './times.ts';

export function Annotations({ run, clock }: { run: Run; clock: PageClock }) {
  const { tags = [], notes = [] } = run;
  if (tags.length + notes.length === 0) return null;
  return (
    <section aria-labelledby="annotations">
      <h2 id="annotations">Tags and notes</h2>
      {tags.length === 0 ? null : (
        <p>
          {tags.map((tag, i) => (
            <>
              {i === 0 ? '' : ', '}
              <a href={`/runs?tag=${encodeURIComponent(tag)}`}>
                <bdi>{visible(tag)}</bdi>
              </a>
            </>
          ))}
        </p>
      )}
      {notes.map(({ at, by, text }) => (
        <>
          <p class="quiet">
            <bdi>{visible(by)}</bdi>, <WhenExactly at={at} clock={clock} />
          </p>
          {text.split('\n').map((line) => (
            <p>
              <Quoted text={line} limit={4000} />
            </p>
          ))}
        </>
      ))}
    </section>
  );
}
