// The executions of goals' hosts, as visibility lists them.

import type { LightAddress } from '../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId, lightHostPrefix } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import type { Pages } from '../temporal/pages.ts';
import type { LightPlace, ListedHost } from './host-histories.ts';

/** The most that Temporal lists at once: of more executions those are known that closed last. */
const LOOK = 1_000;
/** Goals in one query: its text has a bound. */
const GOALS_AT_ONCE = 100;

/** From the one that closed last. */
export async function hostsOf(
  pages: Pages,
  goals: readonly Publication[],
  after: LightPlace | null,
): Promise<ListedHost[]> {
  const clauses = [`WorkflowType = '${LIGHT_HOST}'`];
  const names = goals.map(({ goal }) => goal);
  const prefixes = names.map((goal) => `WorkflowId STARTS_WITH '${lightHostPrefix(goal)}'`);
  if (names.length <= GOALS_AT_ONCE) clauses.push(`(${prefixes.join(' OR ')})`);
  if (after !== null) clauses.push(`StartTime <= '${new Date(after.closed + 1).toISOString()}'`);
  const { executions: listed } = await pages(clauses.join(' AND '), LOOK, null);
  return (listed ?? []).flatMap((row): ListedHost[] => {
    const [, goal = '', n = ''] = HOST_ID.exec(row.execution?.workflowId ?? '') ?? [];
    if (!names.includes(goal)) return [];
    const { workflowId = '', runId: id = '' } = row.execution as { workflowId?: string; runId?: string };
    return [{ workflowId, runId: id, goal, n: Number(n), closed: millisecondsOf(row.closeTime) }];
  });
}

const HOST_ID = /^gk-light:([^:]+):(\d+)$/;

export const hostAt = (goal: string, { n, host }: LightAddress): ListedHost => ({
  ...{ workflowId: lightHostId(goal, n), runId: host, goal, n, closed: null },
});
