// A person's part in a main job: what is decided once a run asks for it.

import type { Run } from '../../goals/wire/run-view.ts';
import type { GatewayReader } from './follow-run.ts';
import type { Decision } from './main-job.ts';

const LOOK_MS = 200;

/** Decides what the run asks by that name; nothing when the run closes before it does. */
export async function decideWhenAsked(
  gateway: GatewayReader & { post<T>(path: string, body: unknown): Promise<T> },
  id: string,
  { name, ...decision }: Decision,
  stopping: AbortSignal,
): Promise<void> {
  const path = `/runs/${encodeURIComponent(id)}`;
  for (;;) {
    stopping.throwIfAborted();
    const { state, waiting, execution } = await gateway.get<Run>(path);
    if (state === 'closed') return;
    if (waiting.some((asked) => asked.name === name)) {
      await gateway.post(`${path}/approvals/${encodeURIComponent(name)}`, { ...decision, execution });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
