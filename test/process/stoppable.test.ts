import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { stoppable, TookTooLong } from '../../process/stoppable.ts';
import { threadMs } from '../../process/thread-time.ts';

/** Other threads of this process that use all the processor that they get. */
async function busyThreads(count: number): Promise<void> {
  const threads = Array.from({ length: count }, () => new Worker('for (;;);', { eval: true }));
  onTestFinished(async () => {
    await Promise.all(threads.map((thread) => thread.terminate()));
  });
  await Promise.all(threads.map((thread) => once(thread, 'online')));
}

const cell = new Int32Array(new SharedArrayBuffer(4));
/** Uses nothing of the processor, as a process that is not given any. */
const stand = (ms: number): unknown => Atomics.wait(cell, 0, 0, ms);

test('work that loops is stopped once it has used its time of the processor', () => {
  const budget = { leftMs: 50 };
  const before = threadMs();
  expect(() =>
    stoppable(budget, () => {
      for (;;);
    }),
  ).toThrow(TookTooLong);
  expect(threadMs() - before).toBeLessThan(150);
  // What shares its time is not begun.
  expect(() => stoppable(budget, () => expect.unreachable())).toThrow(TookTooLong);
});

test('of many small pieces that share a time only their own counts, and not what it takes to begin them', () => {
  const budget = { leftMs: 100 };
  const before = threadMs();
  for (let n = 0; n < 5_000; n++) expect(stoppable(budget, () => n)).toBe(n);
  expect(threadMs() - before).toBeGreaterThan(100);
});

test.runIf(process.platform === 'linux')(
  'work that the machine gives no time is begun again, whatever the other threads of its process use',
  async () => {
    await busyThreads(2);
    let begun = 0;
    const done = stoppable({ leftMs: 50 }, () => {
      begun++;
      if (begun < 8) stand(10_000);
      return 'done';
    });
    expect([done, begun]).toEqual(['done', 8]);
  },
);

test.runIf(process.platform === 'linux')('only what this thread has used counts as its time', async () => {
  await busyThreads(2);
  const before = threadMs();
  stand(500);
  expect(threadMs() - before).toBeLessThan(100);
});
