import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryAfter } from 'goalkeeper';
import { bind, isolated, type JobContext } from 'goalkeeper/worker';
import { run as act } from '../../activities/runners/acts.ts';
import { readFollowing } from './follow.ts';
import {
  actAlone,
  actAloneForLong,
  actForLong,
  actHere,
  actInProcess,
  actInThread,
  count,
  feelLag,
  follow,
  tell,
} from './goals.ts';

const acts = new URL('../../activities/runners/acts.ts', import.meta.url);
const env = process.env.NOTES_FILE === undefined ? {} : { NOTES_FILE: process.env.NOTES_FILE };
const alone = isolated(acts, { atOnce: 1, env });
const lag = monitorEventLoopDelay({ resolution: 10 });
lag.enable();

const note = (line: string): Promise<void> => appendFile(process.env.NOTES_FILE as string, `${line}\n`);

async function counting({ to, script }: { to: number; script: string[] }, context: JobContext) {
  const { attempt, signal, lastCheckpoint, checkpoint, run, step } = context;
  const start = (lastCheckpoint as { n: number } | undefined)?.n ?? 0;
  await note(`${run} ${step} ${attempt} from ${start} ${context.idempotencyKey}`);
  const [what, at] = script[attempt - 1]?.split('@') ?? [];
  for (let n = start + 1; n <= to; n++) {
    await checkpoint({ n });
    if (String(n) !== at) continue;
    await note(`${run} ${step} ${attempt} at ${n}`);
    if (what === 'fail') throw new Error('as the script says');
    if (what === 'later') throw retryAfter('1200ms', 'as the script says');
    if (what === 'huge') await checkpoint({ n, padding: 'x'.repeat(20_000) });
    if (what === 'circle') {
      const circle: Record<string, unknown> = { n };
      circle.again = circle;
      await checkpoint(circle);
    }
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
  return { n: to };
}

async function telling({ what, until }: { what: string; until: string }, { progress }: JobContext) {
  const begun = performance.now();
  if (what === 'a-million')
    for (let n = 1; n <= 1_000_000; n++) progress(n, 1_000_000, 'rows of the \u001b[31mday\u001b[0m');
  if (what === 'garbage') {
    progress(3, Number.POSITIVE_INFINITY, 7 as never);
    progress(Number.NaN, 10);
    progress('4' as never, {} as never);
  }
  if (what === 'a-secret')
    progress(1, 2, `connecting to ${['postgres://app:', 'hunter2', '@db/x'].join('')}`);
  // Of a million calls, milliseconds are nanoseconds each.
  const perCallNs = performance.now() - begun;
  while (!existsSync(until)) await sleep(20);
  return { perCallNs };
}

export const jobs = [
  bind(actHere, act),
  bind(actInProcess, isolated(acts, { in: 'process', memoryMb: 192, env })),
  bind(actInThread, isolated(acts, { in: 'thread', memoryMb: 128, env })),
  bind(actForLong, isolated(acts, { env })),
  bind(actAlone, alone),
  bind(actAloneForLong, alone),
  bind(feelLag, () => {
    const ms = lag.max / 1e6;
    lag.reset();
    return { ms };
  }),
  bind(count, counting),
  bind(follow, readFollowing),
  bind(tell, telling),
];
