// Pools as people see them: read from the memos of their semaphores, so that no worker need be up.

import { memoNames, POOL } from '../../goals/wire/names.ts';
import type { PoolMemo } from '../../goals/wire/pools.ts';
import { poolMemoSchema } from '../../goals/wire/pools.ts';
import type { Temporal } from '../temporal/temporal.ts';

const POOLS_LIMIT = 500;

/** The pools that any run has asked for, by name. A permit that has expired is held no more. */
export async function listPools(temporal: Temporal): Promise<PoolMemo[]> {
  const query = `WorkflowType = '${POOL}' AND ExecutionStatus = 'Running'`;
  const found: PoolMemo[] = [];
  const pages = temporal.client.workflow.list({ query, pageSize: 200 })[Symbol.asyncIterator]();
  while (found.length < POOLS_LIMIT) {
    const { done, value } = await temporal.call(() => pages.next());
    if (done) break;
    const memo = poolMemoSchema.safeParse(value.memo?.[memoNames.pool]).data;
    if (memo !== undefined) found.push(withoutExpired(memo));
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function withoutExpired(memo: PoolMemo): PoolMemo {
  const holders = memo.holders.filter(({ until }) => Date.parse(until) > Date.now());
  return { ...memo, holders, held: memo.held - (memo.holders.length - holders.length) };
}
