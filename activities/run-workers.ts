// The life of a process's Temporal workers: all run, or none does.

import type { Worker } from '@temporalio/worker';

/** Runs all of them; when one dies the others are stopped, and its error is told. */
export async function runWorkers(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map((worker) =>
    worker.run().finally(() => {
      for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
    }),
  );
  const results = await Promise.allSettled(runs);
  const died = results.find((result) => result.status === 'rejected');
  if (died !== undefined) throw died.reason;
}

export async function stopWorkers(workers: readonly Worker[], stopped: Promise<void>): Promise<void> {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  await stopped;
}
