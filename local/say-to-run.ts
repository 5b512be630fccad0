// A person's part in a main job: what is said to a run once it has come so far.

import { Client, Connection } from '@temporalio/client';
import type { Run } from '../goals/wire/run-view.ts';
import type { Word } from './main-job.ts';
import type { Gateway } from './tell-run.ts';

const LOOK_MS = 200;

/** Signals the run when the step has succeeded; not at all when the run closes before that. */
export async function sayToRun(
  address: string,
  gateway: Gateway,
  id: string,
  { after, signal, with: what }: Word,
  stopping: AbortSignal,
): Promise<void> {
  for (;;) {
    stopping.throwIfAborted();
    const run = await gateway.get<Run>(`/runs/${encodeURIComponent(id)}`);
    if (run.state === 'closed') return;
    if (run.steps.some(({ path, state }) => path === after && state === 'succeeded')) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const connection = await Connection.connect({ address });
  try {
    const namespace = process.env.TEMPORAL_NAMESPACE || 'default';
    await new Client({ connection, namespace }).workflow.getHandle(id).signal(signal, what);
  } finally {
    await connection.close();
  }
}
