/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The last runs of a goal as a strip: a cell a run, failures taller, a mended one with a cap; what healed hangs below the line.

import type { RecentRun } from '../../goals/wire/answers.ts';
import { count } from './text.tsx';

/** Between the left edges of two cells. */
const PITCH = 8;
const bar = (i: number, y: number, height: number): string => `M${i * PITCH} ${y}h6v${height}h-6z`;

/** What each run draws, by the class that it is drawn in: one path for each, so that a page holds many strips. */
export function stripPaths(runs: readonly RecentRun[]): Map<string, string> {
  const paths = new Map<string, string>();
  const draw = (tone: string, path: string): void => void paths.set(tone, (paths.get(tone) ?? '') + path);
  for (const [i, { outcome, accepted, mended, healed }] of [...runs].reverse().entries()) {
    if (outcome === 'failed') draw(accepted ? 'd-accepted' : 'd-failed', bar(i, 0, 18));
    else draw(outcome === 'achieved' ? 'd-achieved' : 'd-cancelled', bar(i, 7, 11));
    if (mended) draw('d-failed', bar(i, 4, 2));
    if (healed) draw('d-healed', bar(i, 21, Math.min(7, 1 + healed)));
  }
  return paths;
}

export function Strip({ runs }: { runs: readonly RecentRun[] }) {
  if (runs.length === 0) return null;
  const width = runs.length * PITCH;
  const reached = runs.filter(({ outcome }) => outcome === 'achieved').length;
  const mended = runs.filter((run) => run.mended).length;
  const healed = runs.reduce((sum, run) => sum + (run.healed ?? 0), 0);
  const words = [
    `The last ${count(runs.length, 'run')}: ${reached} reached`,
    ...(mended > 0 ? [`${mended} of them after a mend`] : []),
    ...(healed > 0 ? [`${count(healed, 'error')} healed`] : []),
  ].join(', ');
  return (
    <svg class="strip" width={width} height="28" viewBox={`0 0 ${width} 28`} role="img" aria-label={words}>
      <line x1="0" y1="19.5" x2={width} y2="19.5" class="d-base" />
      {[...stripPaths(runs)].map(([tone, path]) => (
        <path d={path} class={tone} />
      ))}
    </svg>
  );
}
