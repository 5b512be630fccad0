// Ways to break the installation on purpose, so that it is known that the suite would find out (`--break`).

import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Load } from './load.ts';

/**
 * `swallow`: a job tells a success that is none. `terminate`: a run is ended behind everybody's back. `second`: a key is
 * pursued a second time, as by a gateway that forgets to look. `forget`: the receiver of alerts drops what it takes.
 */
export const BREAKS = ['swallow', 'terminate', 'second', 'forget'] as const;
export type Break = (typeof BREAKS)[number];

const TRIES = 100;

/** Does what is done from outside, once there is a run to do it to. */
export async function breakRuns(breaks: readonly Break[], client: Client, load: Load): Promise<void> {
  if (breaks.includes('terminate'))
    for (let isEnded = false, n = 0; !isEnded && n < TRIES; n++) {
      isEnded = await terminateOne(client, load);
      if (!isEnded) await delay(100);
    }
  if (breaks.includes('second')) {
    const victim = [...load.runs.values()].find(({ kind }) => kind === 'keyed');
    if (victim !== undefined) {
      const handle = client.workflow.getHandle(victim.id);
      await handle.result().catch(() => undefined);
      const { type, taskQueue, memo } = await handle.describe();
      await client.workflow.start(type, {
        workflowId: victim.id,
        taskQueue,
        args: [{ key: victim.id, work: victim.steps.map(({ work }) => work) }],
        memo: memo ?? {},
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      });
    }
  }
}

/** Whether there was one that was still open. */
async function terminateOne(client: Client, load: Load): Promise<boolean> {
  const runs = [...load.runs.values()].filter(({ kind }) => kind === 'parallel').reverse();
  for (const { id } of runs.slice(0, 5))
    try {
      await client.workflow.getHandle(id).terminate('broken on purpose');
      return true;
    } catch {
      // It is closed.
    }
  return false;
}
