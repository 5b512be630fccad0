// How many light runs executions of hosts achieved. What a closed one did stands in the input of the one that followed it, which
// never changes: one event is read for each, once.

import { concurrently } from '../http/concurrently.ts';
import type { HostHistories, ListedHost } from './host-histories.ts';

/** Executions that one count looks at: of up to 2,000 runs each. */
const EXECUTIONS = 1_000;
const READS_AT_ONCE = 8;

/** Since when, in milliseconds since 1970; null: of all. Null where they are too many to be counted. */
export async function countedIn(
  executions: HostHistories,
  listed: readonly ListedHost[],
  since: number | null,
): Promise<number | null> {
  const meant = listed.filter(({ closed }) => closed === null || since === null || closed >= since);
  if (meant.length > EXECUTIONS) return null;
  const starts = await concurrently(READS_AT_ONCE, meant, (one) => executions(one).start());
  const indexes = new Map(
    starts.flatMap((start) =>
      start?.earlier ? [[start.earlier.execution, start.earlier.achieved] as const] : [],
    ),
  );
  const counts = await concurrently(READS_AT_ONCE, meant, async (one) => {
    const index = one.closed === null ? undefined : indexes.get(one.runId);
    if (index !== undefined)
      return index.reduce((sum, [at, runs]) => sum + (since === null || at >= since ? runs : 0), 0);
    const runs = await executions(one).whole(one.closed !== null);
    return runs.filter(({ answer }) => since === null || answer.begun >= since).length;
  });
  return counts.reduce((sum, many) => sum + many, 0);
}
