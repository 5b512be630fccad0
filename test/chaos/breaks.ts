// Ways to break the installation on purpose, so that it is known that the suite would find out (`--break`).

import type { Client } from '@temporalio/client';
import { openFor } from './cases.ts';
import type { Load } from './load.ts';

/**
 * `swallow`: a job tells a success that is none. `terminate`: a run is ended behind everybody's back. `second`: a key is
 * pursued a second time, as by a gateway that forgets to look. `forget`: the receiver of alerts drops what it takes.
 */
export const BREAKS = ['swallow', 'terminate', 'second', 'forget'] as const;
export type Break = (typeof BREAKS)[number];

/** How long the run that is ended would have been open. */
const VICTIM_MS = 30_000;

/** Does what is done from outside. */
export async function breakRuns(breaks: readonly Break[], client: Client, load: Load): Promise<void> {
  if (breaks.includes('terminate')) {
    const victim = openFor(VICTIM_MS, 'ended-on-purpose');
    await load.pursue(victim);
    for (const { id } of victim.runs) await client.workflow.getHandle(id).terminate('broken on purpose');
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
