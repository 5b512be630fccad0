// Who may approve is held by the run itself: over two gateways that sign, one that does not, and past all of them.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DecisionRequest } from '../../../goals/wire/approvals.ts';
import { publicKeyOf, signDecision } from '../../../goals/wire/decision-signature.ts';
import { updateNames } from '../../../goals/wire/names.ts';
import { accessBench, tokenOf } from '../../gateway/access/workbench.ts';
import { gatewayAt, unique } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals from './four-eyes/goals.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const address = temporalAddress;
const key = { id: 'now', private: '11'.repeat(32) };
const older = { id: 'before', private: '22'.repeat(32) };
const foreign = { id: 'now', private: '33'.repeat(32) };
const person = (name: string, teams = ['people'], roles = ['operator', 'approver']) =>
  tokenOf({ name, roles, teams, person: true });
const people = {
  ada: person('ada'),
  ben: person('ben'),
  cai: person('cai'),
  // An approver of every team, and so of this one.
  dee: person('dee', ['*']),
};
const ci = tokenOf({ name: 'ci', roles: ['admin'], teams: ['*'] });
const tokens = [...Object.values(people), ci].map(({ line }) => line);
const signing = accessBench({ tokens, decisions: { keysFile: 'keys.json' } });
const signingBefore = accessBench({ tokens, decisions: { keysFile: 'keys.json' } });
const unsigning = accessBench({ tokens });

let bench: Workbench;
let gateways: Record<'one' | 'other' | 'unsigned', Awaited<ReturnType<typeof gatewayAt>>>;

beforeAll(async () => {
  signing.put('keys.json', JSON.stringify([key, older]));
  signingBefore.put('keys.json', JSON.stringify([older]));
  bench = await Workbench.open();
  const decisionKeys = [publicKeyOf(key), publicKeyOf(older)];
  await bench.worker(join(folder, 'four-eyes/goals.ts'), goals, [], undefined, {}, { decisionKeys });
  const at = async (files: typeof signing) =>
    gatewayAt(address, 'default', undefined, unique('alerts'), [], { access: await files.watch() });
  const [one, other, unsigned] = await Promise.all([at(signing), at(signingBefore), at(unsigning)]);
  gateways = { one, other, unsigned };
});
afterAll(async () => {
  for (const gateway of Object.values(gateways ?? {})) await gateway.stop();
  await bench?.close();
  for (const files of [signing, signingBefore, unsigning]) files.remove();
});

type Name = keyof typeof people;

/** A run that somebody starts, once it asks. */
async function asking(goal: string, by: { headers: Record<string, string> }, input: object = {}) {
  const started = await gateways.one.post(
    `/goals/${goal}/runs`,
    { input: { key: fresh('k'), ...input } },
    by.headers,
  );
  expect(started.status).toBe(202);
  return waiting(started.body.id);
}

async function waiting(id: string): Promise<string> {
  const asked = async () =>
    (await gateways.one.get(`/runs/${id}/approvals`, ci.headers)).body.items?.[0]?.state;
  await expect.poll(asked).toBe('waiting');
  return id;
}

const decide = async (id: string, name: Name | 'ci', at: keyof typeof gateways = 'one', more: object = {}) =>
  gateways[at].post(
    `/runs/${id}/approvals/sign-off`,
    { decision: 'approve', ...more },
    (name === 'ci' ? ci : people[name]).headers,
  );

test('two people approve, over two gateways with keys of their own, and neither of them is whoever started it', async () => {
  const id = await asking('eyes-by-two', people.ada);
  expect(await decide(id, 'ada')).toMatchObject({ status: 403, body: { code: 'approval_own' } });
  expect(await decide(id, 'ci')).toMatchObject({ status: 403, body: { code: 'role_missing' } });
  const first = await decide(id, 'ben', 'other');
  expect(first).toMatchObject({
    status: 200,
    body: {
      state: 'waiting',
      count: 2,
      notBy: ['ada'],
      decision: null,
      approvals: [{ by: 'ben', verified: true }],
    },
  });
  // The same person once more is a repeat, and no second one.
  expect((await decide(id, 'ben')).body).toMatchObject({ state: 'waiting', approvals: [{ by: 'ben' }] });
  expect((await decide(id, 'dee')).body).toMatchObject({
    state: 'succeeded',
    decision: { by: 'dee', verified: true },
    approvals: [{ by: 'ben' }, { by: 'dee' }],
  });
  const { run } = await bench.closed(bench.client.workflow.getHandle(id));
  expect(run).toMatchObject({ outcome: 'achieved', output: { by: 'dee' } });
  const { body: record } = await gateways.one.get(`/runs/${id}/record`, ci.headers);
  expect(record.actions).toMatchObject([
    { kind: 'approve', by: 'ben', verified: true },
    { kind: 'approve', by: 'dee', verified: true },
  ]);
  const { body } = await gateways.one.get(`/runs/${id}/approvals`, ci.headers);
  expect(body.items).toMatchObject([{ decision: { by: 'dee' }, approvals: [{ by: 'ben' }, { by: 'dee' }] }]);
});

test('whoever resumed it may not approve either; all may reject', async () => {
  const id = await asking('eyes-by-two', people.ada);
  expect((await decide(id, 'ada', 'one', { decision: 'reject', reason: 'not yet' })).status).toBe(200);
  await bench.closed(bench.client.workflow.getHandle(id));
  expect((await gateways.one.post(`/runs/${id}/resume`, {}, people.ben.headers)).status).toBe(202);
  await waiting(id);
  const { execution } = (await gateways.one.get(`/runs/${id}/approvals`, ci.headers)).body;
  for (const name of ['ada', 'ben'] as const)
    expect((await decide(id, name, 'one', { execution })).body.code).toBe('approval_own');
  expect((await decide(id, 'cai', 'one', { execution })).status).toBe(200);
  expect((await decide(id, 'dee', 'one', { execution })).body.state).toBe('succeeded');
});

test.each([
  ['', 'eyes-relying', 'eyes-by-two'],
  [', and was a light run before it asked', 'eyes-relying-on-light', 'eyes-light-by-two'],
])('whoever started a run may not approve what it needs%s', async (_, needing, goal) => {
  const key = fresh('k');
  await gateways.one.post(`/goals/${needing}/runs`, { input: { key } }, people.cai.headers);
  const needed = await waiting(`${goal}:${key}`);
  const { execution } = (await gateways.one.get(`/runs/${needed}/approvals`, ci.headers)).body;
  expect((await decide(needed, 'cai', 'one', { execution })).body.code).toBe('approval_own');
  expect((await decide(needed, 'ada', 'one', { execution })).status).toBe(200);
  expect((await decide(needed, 'ben', 'one', { execution })).body.state).toBe('succeeded');
});

test('a goal may let those approve who started it, and say by name who decides', async () => {
  const own = await asking('eyes-by-anyone', people.ada);
  expect((await decide(own, 'ada')).body.state).toBe('succeeded');
  const named = await asking('eyes-by-name', people.ben);
  expect(await decide(named, 'cai')).toMatchObject({
    status: 403,
    body: { code: 'approval_not_theirs', detail: expect.stringContaining('finance, ada') },
  });
  expect((await decide(named, 'ada')).body.state).toBe('succeeded');
});

test('a decision that no gateway of the worker has signed does not count, and leaves nothing in the history', async () => {
  const id = await asking('eyes-by-anyone', people.ada);
  expect(await decide(id, 'ben', 'unsigned')).toMatchObject({
    status: 403,
    body: { code: 'decision_unsigned' },
  });
  const handle = bench.client.workflow.getHandle(id);
  const { runId: execution, historyLength } = await handle.describe();
  const request: DecisionRequest = {
    ...{ step: 'sign-off#1', decision: 'approve', by: 'ben', reason: null, verified: true },
  };
  const sign = (by: typeof key, changed: Partial<DecisionRequest & { run: string; at: number }> = {}) => {
    const { run = id, at = Date.now(), ...rest } = changed;
    return { ...request, signed: signDecision(by, { run, execution }, { ...request, ...rest }, at) };
  };
  const forged: DecisionRequest[] = [
    request,
    { ...request, verified: false },
    sign(foreign),
    sign({ ...key, id: 'unknown' }),
    sign(key, { run: 'eyes-by-anyone:other' }),
    sign(key, { by: 'ada' }),
    sign(key, { decision: 'reject' }),
    sign(key, { step: 'sign-off#2' }),
    sign(key, { as: ['finance'] }),
    sign(key, { at: Date.now() - 3_600_000 }),
  ];
  for (const one of forged) expect(await codeOf(handle, one)).toBe('decision_unsigned');
  expect((await handle.describe()).historyLength).toBe(historyLength);
  expect(await codeOf(handle, sign(older))).toBeNull();
  expect((await bench.closed(handle)).run).toMatchObject({ outcome: 'achieved', output: { by: 'ben' } });
});

/** With what the run refuses an update that somebody sends past every gateway; null where it takes it. */
async function codeOf(handle: WorkflowHandle, request: DecisionRequest): Promise<string | null> {
  try {
    await handle.executeUpdate(updateNames.decide, { args: [request] });
    return null;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
      return error.cause.type ?? 'none';
    throw error;
  }
}
