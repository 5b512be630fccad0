// Who did what is kept, by two gateways at once, with no worker up; a gateway that dies leaves no gap.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuditEntry, type AuditItem, verifyAudit } from '../../../goals/wire/audit.ts';
import { AUDIT } from '../../../goals/wire/names.ts';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { ran } from '../../cli/operator/test-screen.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { accessBench, tokenOf } from '../access/workbench.ts';
import { gatewayAt, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
const team = unique('finance');
const goal = unique('load-day');
const canary = unique('canary');
const ada = tokenOf({ name: unique('ada'), roles: ['operator'], teams: [team] });
const reader = tokenOf({ name: unique('reader'), roles: ['viewer'], teams: [team] });
const foreigner = tokenOf({ name: unique('foreigner'), roles: ['operator'], teams: [unique('other')] });
const admin = tokenOf({ name: 'admin', roles: ['admin'], teams: [team] });
const auditor = tokenOf({ name: 'auditor', roles: ['admin'], teams: ['*'] });
const files = accessBench({
  tokens: [ada, reader, foreigner, admin, auditor].map(({ line }) => line),
  limits: { writes: 1000, reads: 1000, failures: 1000 },
});
let bench: Awaited<ReturnType<typeof temporalBench>>;
type Gateway = Awaited<ReturnType<typeof gatewayAt>>;
let one: Gateway;
let other: Gateway;
const open = async (at = address): Promise<Gateway> =>
  gatewayAt(at, 'default', undefined, unique('alerts'), [], { access: await files.watch() });

beforeAll(async () => {
  bench = await temporalBench(address);
  [one, other] = await Promise.all([open(), open()]);
  await bench.publish(goal, { team });
});
afterAll(async () => {
  await one?.stop();
  await other?.stop();
  await bench?.close();
  files.remove();
});

const start = (gateway: Gateway, day: string, { headers } = ada, more: object = {}) =>
  gateway.post(`/goals/${goal}/runs`, { input: { day }, ...more }, headers);

async function kept(query: string, { headers } = auditor): Promise<AuditItem[]> {
  return (await one.get(`/audit?${query}`, headers)).body.items;
}

async function entries(): Promise<AuditEntry[]> {
  const response = await fetch(`${one.url}/audit/entries?since=1h`, { headers: auditor.headers });
  expect(response.status).toBe(200);
  return (await response.text())
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEntry);
}

describe('the audit', () => {
  test('says of each act who asked, how that is known, for what, why, and what came of it', async () => {
    const { body: run } = await start(one, '2026-11-01', ada, { reason: 'the books are late' });
    const again = await start(other, '2026-11-01', ada);
    expect(again.status).toBe(202);
    const path = `/runs/${run.id}`;
    expect(
      (await other.post(`${path}/cancel`, { reason: `no longer password=hunter2` }, ada.headers)).status,
    ).toBe(202);
    await expect
      .poll(async () => (await kept(`by=${ada.line.name}`)).map(({ result }) => result?.status))
      .toEqual([202, 202, 202]);
    const [cancelled, joined, started] = await kept(`by=${ada.line.name}`);
    expect(started).toMatchObject({
      kind: 'act',
      who: { name: ada.line.name, kind: 'token', how: 'api-token', from: '127.0.0.1' },
      ...{ route: 'POST /goals/:goal/runs', params: { goal }, goal, team },
      result: { status: 202, code: null, reason: 'the books are late', location: path },
    });
    expect(joined).toMatchObject({ result: { status: 202 } });
    expect(cancelled).toMatchObject({ params: { id: run.id }, goal, team, result: { status: 202 } });
    expect(cancelled?.result?.reason).not.toContain('hunter2');
    // By two chains.
    expect(new Set([cancelled?.chain, started?.chain]).size).toBe(2);
    expect(await kept(`run=${encodeURIComponent(run.id)}`)).toHaveLength(3);
    expect(await kept(`by=${ada.line.name}&limit=1`)).toMatchObject([{ seq: cancelled?.seq }]);
    const { body: page } = await one.get(`/audit?by=${ada.line.name}&limit=1`, auditor.headers);
    expect((await kept(`by=${ada.line.name}&until=${page.until}`)).map(({ seq }) => seq)).toEqual([
      joined?.seq,
      started?.seq,
    ]);
  });

  test('says who was refused, and for what, also of things that do not exist for them; reads leave nothing', async () => {
    const { body: run } = await start(one, '2026-11-02');
    await start(one, '2026-11-03', reader);
    await one.get(`/runs/${run.id}`, foreigner.headers);
    await one.post(`/runs/${run.id}/cancel`, {}, foreigner.headers);
    await one.get(`/runs/${run.id}`, reader.headers);
    const wrong = { authorization: `Bearer gk_${ada.line.id}_${'a'.repeat(43)}` };
    await one.get(`/runs/${run.id}?execution=${canary}`, wrong);
    const of = async (name: string) =>
      (await kept(`by=${name}`)).map(({ kind, route, result }) => [
        kind,
        route,
        result?.status,
        result?.code,
      ]);
    await expect
      .poll(() => of(reader.line.name))
      .toEqual([['denied', 'POST /goals/:goal/runs', 403, 'role_missing']]);
    await expect
      .poll(() => of(foreigner.line.name))
      .toEqual([
        ['act', 'POST /runs/:id/cancel', 404, 'foreign'],
        ['denied', 'GET /runs/:id', 404, 'foreign'],
      ]);
    const denied = await kept(`denied=true&run=${encodeURIComponent(run.id)}`);
    expect(denied.find(({ result }) => result?.code === 'credentials_invalid')).toMatchObject({
      who: { name: null, from: '127.0.0.1' },
      result: { status: 401 },
    });
  });

  test('shows admins of teams what is of these teams, and nobody else anything', async () => {
    await start(one, '2026-11-04');
    await expect.poll(async () => (await kept(`goal=${goal}`, admin)).length).toBeGreaterThan(0);
    expect((await kept('', admin)).every((item) => item.team === team)).toBe(true);
    expect((await one.get('/audit', ada.headers)).body.code).toBe('role_missing');
    expect((await one.get('/audit/entries', admin.headers)).body.code).toBe('role_missing');
  });

  test('is whole over all chains, holds no body, and a changed entry is found', async () => {
    await start(one, canary);
    await expect.poll(async () => (await kept(`goal=${goal}&limit=1`))[0]?.result?.status).toBe(422);
    const all = await entries();
    expect(verifyAudit(all).faults).toEqual([]);
    expect(JSON.stringify(all)).not.toContain(canary);
    const [some] = all.filter(({ what }) => what.kind === 'act');
    if (some === undefined) throw new Error('there is no act');
    const changed = all.map((entry) =>
      entry.hash === some.hash ? { ...entry, route: 'POST /else' } : entry,
    );
    const environment = { GOALKEEPER_URL: one.url, GOALKEEPER_TOKEN: auditor.token };
    const verified = await ran(['audit', 'verify', '--since', '1h'], { environment });
    expect(verified).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^whole {2}\d+ entries in \d+ chains/),
    });
    const listed = await ran(['audit', '--goal', goal, '--denied'], { environment });
    expect(listed).toMatchObject({ exit: 0, out: expect.stringContaining('403 role_missing') });
    const refused = await ran(['audit', 'verify'], {
      environment: { ...environment, GOALKEEPER_TOKEN: admin.token },
    });
    expect(refused).toMatchObject({ exit: 3, err: expect.stringContaining('admin') });
    expect(verifyAudit(changed).faults).toMatchObject([
      { chain: some.chain, seq: some.seq, fault: 'changed' },
    ]);
  });
});

test('a gateway that starts names how far the others went, so that the end of a chain cannot be lost', async () => {
  const gone = await open();
  await start(gone, '2026-11-05');
  const last = async () => {
    const [item] = await kept(`goal=${goal}&limit=1`);
    return item?.result?.status === 202 ? item : null;
  };
  await expect.poll(last).not.toBeNull();
  const item = (await last()) as AuditItem;
  await gone.stop();
  const next = await open();
  await start(next, '2026-11-06');
  await next.stop();
  const all = await entries();
  const ofGone = all.filter(({ chain }) => chain === item.chain);
  const end = Math.max(...ofGone.map(({ seq }) => seq));
  const cut = all.filter(({ chain, seq }) => chain !== item.chain || seq < end);
  expect(verifyAudit(cut).faults).toContainEqual({ chain: item.chain, seq: end, fault: 'missing' });
  expect(verifyAudit(all).faults).toEqual([]);
});

// audit-chain.1, audit-chain.2
test('what Temporal does not keep is not done, and nothing is kept twice when it is back', async () => {
  const way = await TcpProxy.to(address);
  const gateway = await open(way.address);
  try {
    await start(gateway, '2026-11-07');
    way.swallow(true);
    expect((await start(gateway, '2026-11-08')).body.code).toBe('temporal_unavailable');
    way.swallow(false);
    let refused = 0;
    await expect
      .poll(async () => {
        refused++;
        return (await start(gateway, '2026-11-09')).status;
      })
      .toBe(202);
    await expect
      .poll(async () => (await kept(`goal=${goal}&limit=${refused + 2}`)).map(({ result }) => result?.status))
      .toEqual([202, ...Array(refused).fill(503), 202]);
    expect(verifyAudit(await entries()).faults).toEqual([]);
    const { items } = { items: await kept(`goal=${goal}&limit=100`) };
    expect(new Set(items.map(({ chain, seq }) => `${chain} ${seq}`)).size).toBe(items.length);
  } finally {
    await gateway.stop();
    await way.cut();
  }
});

test('a chain goes on in another part where one is full', async () => {
  const { auditChain } = await import('../../../gateway/audit/audit-chain.ts');
  const { auditHeads } = await import('../../../gateway/audit/read-audit.ts');
  const { temporalAt } = await import('../../../gateway/temporal/temporal.ts');
  const { silent } = await import('../workbench.ts');
  const temporal = temporalAt(address, 'default');
  const chain = auditChain({ temporal, log: silent, heads: () => auditHeads(temporal), partEntries: 5 });
  const note = {
    ...{ at: new Date().toISOString(), who: null, route: null, params: {}, goal: null, team: null },
    what: { kind: 'act' as const },
  };
  const written = [];
  for (let i = 0; i < 12; i++) written.push(await chain.append(note));
  const [first] = written;
  const name = first?.chain ?? '';
  const parts = async () => {
    const found = [];
    for await (const part of temporal.client.workflow.list({ query: `WorkflowType = '${AUDIT}'` }))
      if (part.workflowId.startsWith(`gk-audit:${name}:`))
        found.push(`${part.workflowId} ${part.status.name}`);
    return found.sort();
  };
  await expect
    .poll(parts)
    .toEqual([
      `gk-audit:${name}:1 TERMINATED`,
      `gk-audit:${name}:2 TERMINATED`,
      `gk-audit:${name}:3 RUNNING`,
    ]);
  const ours = (await entries()).filter((entry) => entry.chain === name);
  expect(ours.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 15 }, (_, i) => i + 1),
  );
  await chain.stop(1_000);
  await temporal.close();
});
