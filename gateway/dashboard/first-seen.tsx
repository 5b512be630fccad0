/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// Since when there is a trouble. What it did before the window is not looked at: then it says at least since when.

import type { Incident } from '../../goals/wire/answers.ts';
import { WhenExactly } from './text.tsx';
import type { PageClock } from './times.ts';

export const FirstSeen = ({
  of: { since, earlier },
  clock,
}: {
  of: Pick<Incident, 'since' | 'earlier'>;
  clock: PageClock;
}) => (
  <>
    {earlier ? 'at least since ' : 'since '}
    <WhenExactly at={since} clock={clock} />
  </>
);
