/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Lines that attempts wrote, as text and nothing but text.

import type { LogLine } from '../../goals/wire/attempt-lines.ts';
import type { RunError } from '../../goals/wire/run-view.ts';
import { count, visible } from './text.tsx';
import { absolute, type PageClock } from './times.ts';

export const writtenText = (lines: readonly LogLine[], clock: PageClock): string =>
  lines
    .map(
      ({ at, level = '', text }) =>
        `${absolute(at, clock.zone).slice(11)} ${level.padEnd(5)} ${visible(text)}`,
    )
    .join('\n');

/** What an attempt wrote before it failed. */
export function Written({ log, clock }: { log: NonNullable<RunError['log']>; clock: PageClock }) {
  if (log.hidden)
    return <p class="hint">It wrote {count(log.dropped, 'line')} before, which you may not see.</p>;
  return (
    <>
      <p class="hint">
        It wrote before
        {log.dropped === 0 ? '' : ` (the last of ${count(log.dropped + log.lines.length, 'line')})`}:
      </p>
      <pre dir="auto" tabindex={0}>
        {writtenText(log.lines, clock)}
      </pre>
    </>
  );
}
