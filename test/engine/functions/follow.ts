import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobContext } from 'goalkeeper/worker';

interface Place {
  offset: number;
  lines: number;
  sum: number;
}

/** What it read and where it is are kept together: so each line counts once, whatever dies. */
export async function readFollowing(
  { file }: { file: string },
  { lastCheckpoint, checkpoint, progress, signal }: JobContext,
): Promise<{ lines: number; sum: number }> {
  let place = (lastCheckpoint as Place | undefined) ?? { offset: 0, lines: 0, sum: 0 };
  const source = await open(file);
  try {
    for (;;) {
      signal.throwIfAborted();
      const { buffer, bytesRead } = await source.read(Buffer.alloc(64), 0, 64, place.offset);
      const whole = buffer.toString('utf8', 0, bytesRead).split('\n').slice(0, -1);
      for (const line of whole) {
        if (line === 'end') return { lines: place.lines, sum: place.sum };
        const { offset, lines, sum } = place;
        place = { offset: offset + line.length + 1, lines: lines + 1, sum: sum + Number(line) };
      }
      progress(place.lines, null, `at byte ${place.offset}`);
      if (whole.length > 0) await checkpoint(place);
      else await sleep(20, undefined, { signal });
    }
  } finally {
    await source.close();
  }
}
