// Pools as people see them: read from the memos of their semaphores, so that no worker need be up.

import { memoNames, POOL, poolId } from '../../goals/wire/names.ts';
import type { PoolMemo } from '../../goals/wire/pools.ts';
import { poolMemoSchema } from '../../goals/wire/pools.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Temporal } from '../temporal/temporal.ts';
import type { Catalogue } from './catalogue.ts';

const POOLS_LIMIT = 500;

export interface PoolDeps {
  temporal: Temporal;
  catalogue: Catalogue;
  scope: TeamScope;
}

/**
 * The pools that runs have asked for, by name: any, or those of a scope, of whose holders and waiters only its runs are named. A permit
 * that has expired is held no more.
 */
export async function readPools({ temporal, catalogue, scope }: PoolDeps): Promise<PoolMemo[]> {
  const goals = scope.teams === null ? null : await catalogue.all();
  const ids = goals?.flatMap(({ jobs }) =>
    jobs.flatMap(({ pool }) => (pool == null ? [] : poolId(pool.name))),
  );
  if (ids?.length === 0) return [];
  const theirs = new Set(goals?.map(({ goal }) => goal));
  const isShown = ({ run }: { run: string }): boolean =>
    goals === null || theirs.has(parseRunId(run)?.goal ?? '');
  const among =
    ids === undefined ? '' : ` AND WorkflowId IN (${[...new Set(ids)].map((id) => `'${id}'`).join(', ')})`;
  const query = `WorkflowType = '${POOL}' AND ExecutionStatus = 'Running'${among}`;
  const found: PoolMemo[] = [];
  const pages = temporal.client.workflow.list({ query, pageSize: 200 })[Symbol.asyncIterator]();
  while (found.length < POOLS_LIMIT) {
    const { done, value } = await temporal.call(() => pages.next());
    if (done) break;
    const memo = poolMemoSchema.safeParse(value.memo?.[memoNames.pool]).data;
    if (memo === undefined) continue;
    const { holders, waiters, ...pool } = withoutExpired(memo);
    found.push({
      ...{ ...pool, holders: holders.filter(isShown) },
      ...(waiters && { waiters: waiters.filter(isShown) }),
    });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function withoutExpired(memo: PoolMemo): PoolMemo {
  const holders = memo.holders.filter(({ until }) => Date.parse(until) > Date.now());
  return { ...memo, holders, held: memo.held - (memo.holders.length - holders.length) };
}
