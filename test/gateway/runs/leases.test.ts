// The list of leases, of which no worker has heard: what the gateway reads, Temporal tells.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LeaseMemo, leaseId } from '../../../goals/wire/lease.ts';
import { LEASE, memoNames, searchAttributes } from '../../../goals/wire/names.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { eventually, gatewayAt, temporalBench, unique } from '../workbench.ts';

let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
const goal = unique('leasing');

beforeAll(async () => {
  const address = temporalAddress;
  bench = await temporalBench(address);
  gateway = await gatewayAt(address);
  await Promise.all([
    begin(goal, '2026-11-20', 'held'),
    begin(goal, '2026-11-21', 'stuck'),
    begin(goal, '2026-11-22', 'stuck'),
    begin(`${goal}-too`, '2026-11-21', 'stuck'),
    bench.client.workflow.start(LEASE, {
      ...{ workflowId: `${LEASE}:${goal}:odd`, taskQueue: unique('nobody-polls') },
      memo: { [memoNames.lease]: 'this is no lease of ours' },
    }),
  ]);
  await eventually(async () => {
    const { count } = await bench.client.workflow.count(`WorkflowId STARTS_WITH '${LEASE}:${goal}'`);
    return count === 5;
  });
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

async function begin(of: string, key: string, state: string): Promise<void> {
  const memo: LeaseMemo = {
    ...{ run: `${of}:${key}`, execution: 'e', step: 'drop-schema#1', goal: of, owner: 'ada', team: 'data' },
    ...{ job: 'drop-schema', name: 'scratch', expiresAt: '2026-11-30T00:00:00.000Z' },
  };
  await bench.client.workflow.start(LEASE, {
    workflowId: leaseId(memo.run, memo.job, 'scratch'),
    taskQueue: unique('nobody-polls'),
    memo: { [memoNames.lease]: memo },
    typedSearchAttributes: [{ key: { name: searchAttributes.state, type: 'KEYWORD' }, value: state }],
  });
}

const runsIn = (items: { run: string }[]) => items.map(({ run }) => run).sort();

test('leases are listed by goal and state, with what each guards and by when it tears down', async () => {
  const { status, body } = await gateway.get(`/leases?goal=${goal}`);
  expect(status).toBe(200);
  expect(runsIn(body.items)).toEqual([`${goal}:2026-11-20`, `${goal}:2026-11-21`, `${goal}:2026-11-22`]);
  const stuck = await gateway.get(`/leases?goal=${goal}&state=stuck`);
  expect(runsIn(stuck.body.items)).toEqual([`${goal}:2026-11-21`, `${goal}:2026-11-22`]);
  const [one] = (await gateway.get(`/leases?goal=${goal}&state=held`)).body.items;
  expect(one).toMatchObject({
    ...{
      id: `gk-lease:${goal}:2026-11-20:drop-schema:scratch`,
      run: `${goal}:2026-11-20`,
      runExecution: 'e',
    },
    ...{ goal, owner: 'ada', team: 'data', job: 'drop-schema', name: 'scratch', step: 'drop-schema#1' },
    ...{ state: 'held', expiresAt: '2026-11-30T00:00:00.000Z', failed: 0, errors: [], closedAt: null },
  });
  expect((await gateway.get(`/leases/${one.id}`)).body).toEqual(one);
});

test('what was torn down, and what was ended without a teardown, is listed when it is asked for', async () => {
  const ended = `${goal}-ended`;
  await begin(ended, '2026-11-20', 'held');
  await begin(ended, '2026-11-21', 'held');
  const torn = bench.client.workflow.getHandle(leaseId(`${ended}:2026-11-20`, 'drop-schema', 'scratch'));
  const { taskQueue } = await torn.describe();
  await bench.end(taskQueue, torn.workflowId, 'achieved');
  await bench.client.workflow.getHandle(leaseId(`${ended}:2026-11-21`, 'drop-schema', 'scratch')).terminate();
  await expect
    .poll(async () => runsIn((await gateway.get(`/leases?goal=${ended}&state=cleaned`)).body.items))
    .toEqual([`${ended}:2026-11-20`]);
  await expect
    .poll(async () => runsIn((await gateway.get(`/leases?goal=${ended}&state=gone`)).body.items))
    .toEqual([`${ended}:2026-11-21`]);
  expect((await gateway.get(`/leases?goal=${ended}`)).body.items).toEqual([]);
});

test('a long list comes in pages', async () => {
  const first = (await gateway.get(`/leases?goal=${goal}&state=stuck&limit=1`)).body;
  expect(first.items).toHaveLength(1);
  const second = (await gateway.get(`/leases?goal=${goal}&state=stuck&limit=1&cursor=${first.next}`)).body;
  expect(runsIn([...first.items, ...second.items])).toEqual([`${goal}:2026-11-21`, `${goal}:2026-11-22`]);
  const other = await gateway.get(`/leases?goal=${goal}&limit=1&cursor=${first.next}`);
  expect(other).toMatchObject({ status: 400, body: { code: 'query_invalid', parameter: 'cursor' } });
});

test('what somebody has stuck tried again is kept by Temporal until a worker is up', async () => {
  const id = leaseId(`${goal}:2026-11-22`, 'drop-schema', 'scratch');
  const asked = await gateway.post(`/leases/${id}/retry`, { by: 'ada', reason: 'the lock is gone' });
  expect(asked).toMatchObject({
    status: 202,
    body: { id, state: 'stuck', retries: [{ by: 'ada', reason: 'the lock is gone' }] },
  });
  const held = leaseId(`${goal}:2026-11-20`, 'drop-schema', 'scratch');
  expect(await gateway.post(`/leases/${held}/retry`, { by: 'ada', reason: 'now' })).toMatchObject({
    status: 409,
    body: { code: 'lease_not_stuck' },
  });
  expect(await gateway.post(`/leases/${id}/retry`, { by: 'ada' })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'reason' }] },
  });
});

test.each([
  `${goal}:2026-11-20`,
  `gk-lease:${goal}:odd`,
  `gk-lease:${goal}:2026-11-20:drop-schema:other`,
  "gk-lease:' OR WorkflowId != '",
  `gk-lease:${'x'.repeat(500)}`,
])('%s is no lease', async (id) => {
  const path = `/leases/${encodeURIComponent(id)}`;
  expect(await gateway.get(path)).toMatchObject({ status: 404, body: { code: 'lease_unknown' } });
  expect(await gateway.post(`${path}/retry`, { by: 'ada', reason: 'now' })).toMatchObject({ status: 404 });
});

test.each(['state=over', "goal=x'", 'goal=a&goal=b', 'owner=ada', 'limit=0', 'cursor=x'])(
  'the list refuses ?%s',
  async (query) => {
    expect(await gateway.get(`/leases?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'query_invalid' },
    });
  },
);
