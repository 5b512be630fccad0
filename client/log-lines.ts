// Lines of a run's log, page by page; followed, until the run has ended and its last lines have come.

import type { KeptLine, RunLogs } from '../goals/wire/kept-logs.ts';
import type { Run } from '../goals/wire/run-view.ts';
import { pathOfRun } from './path-of-run.ts';
import { type CallOptions, json, type Send } from './send.ts';

/** Which lines of a run's log. */
export interface LogOptions extends CallOptions {
  /** Path of a step. Default: every step. */
  step?: string | undefined;
  attempt?: number | undefined;
  /** Whether to wait for lines that are still to come. Default: false. */
  follow?: boolean | undefined;
}

const WAIT_MS = 20_000;

export async function* logLines(
  send: Send,
  id: string,
  { step, attempt, follow = false, signal }: LogOptions = {},
): AsyncGenerator<KeptLine> {
  let hasEnded = false;
  for (let cursor: string | undefined; ; ) {
    const page: RunLogs = await json(send, 'GET', `${pathOfRun(id)}/logs`, {
      query: { step, attempt, cursor },
      signal,
      // After the end it waits once more for the lines that were on their way.
      ...(follow ? { waitMs: hasEnded ? 3000 : WAIT_MS } : {}),
    });
    yield* page.items;
    cursor = page.next ?? page.after ?? undefined;
    if (page.hidden || !page.kept) return;
    if (page.next !== null) continue;
    if (!follow) return;
    if (page.items.length > 0) continue;
    if (hasEnded) return;
    const { state } = await json<Run>(send, 'GET', pathOfRun(id), { signal });
    hasEnded = state === 'closed';
  }
}
