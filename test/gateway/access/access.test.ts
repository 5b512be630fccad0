// A gateway with an access file: who asks is known by a token, and written down as known.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoNames } from '../../../goals/wire/names.ts';
import { whySchema } from '../../../goals/wire/run-view.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { gatewayAt, temporalBench, unique } from '../workbench.ts';
import { accessBench, tokenOf } from './workbench.ts';

const address = temporalAddress;
const team = unique('finance');
const goal = unique('load-day');
const ci = tokenOf({ name: 'ci', roles: ['operator'], teams: [team] });
const reader = tokenOf({ name: 'reader', roles: ['viewer'], teams: [team] });
const old = tokenOf({ name: 'old', roles: ['admin'], teams: ['*'], notAfter: '2026-01-01' });
const next = tokenOf({ name: 'ci', roles: ['operator'], teams: [team] });

const files = accessBench({ tokens: [ci.line, reader.line, old.line] });
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
/** Another one, beside it: what one knows, both do. */
let other: Awaited<ReturnType<typeof gatewayAt>>;
let queue: string;

beforeAll(async () => {
  bench = await temporalBench(address);
  const with_ = async () =>
    gatewayAt(address, 'default', undefined, unique('alerts'), [], { access: await files.watch() });
  [gateway, other] = await Promise.all([with_(), with_()]);
  queue = (await bench.publish(goal, { team })).taskQueue;
});
afterAll(async () => {
  await gateway?.stop();
  await other?.stop();
  await bench?.close();
  files.remove();
});

const start = (day: string, body: object = {}, headers = ci.headers) =>
  gateway.post(`/goals/${goal}/runs`, { input: { day }, ...body }, headers);

describe('credentials', () => {
  test('are asked for where a route is not open, and nowhere else', async () => {
    const answer = await gateway.get('/goals');
    expect(answer).toMatchObject({ status: 401, body: { code: 'credentials_missing' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="goalkeeper"');
    const page = await fetch(`${gateway.url}/goals`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="goalkeeper"']);
    expect((await gateway.get('/healthz')).status).toBe(200);
    expect((await gateway.get('/problems/internal')).status).toBe(200);
    expect((await gateway.get('/goals', ci.headers)).status).toBe(200);
  });

  test.each([
    ['unknown', `Bearer gk_${ci.line.id}_${'a'.repeat(43)}`],
    ['expired', old.headers.authorization],
    ['of another scheme', `Basic ${Buffer.from(`ci:${ci.token}`).toString('base64')}`],
    ['twice', `Bearer ${ci.token}, Bearer ${ci.token}`],
    ['no token of ours', 'Bearer abc'],
  ])('that are %s are refused, and not repeated in the answer', async (_, authorization) => {
    const answer = await gateway.get('/goals', { authorization });
    expect(answer).toMatchObject({ status: 401, body: { code: 'credentials_invalid' } });
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(JSON.stringify(answer.body)).not.toContain(authorization.slice(-20));
  });

  test('without the role of the route are refused with the role that it needs', async () => {
    expect(await start('2026-11-01', {}, reader.headers)).toMatchObject({
      status: 403,
      body: { code: 'role_missing', role: 'operator' },
    });
  });

  test('change while the gateways go on: a second token of a name, then only that one', async () => {
    const asks = async (headers: Record<string, string>) =>
      Promise.all([gateway, other].map(async (one) => (await one.get('/goals', headers)).status));
    files.write({ tokens: [ci.line, next.line, reader.line] });
    await expect.poll(() => asks(next.headers)).toEqual([200, 200]);
    expect(await asks(ci.headers)).toEqual([200, 200]);
    files.write({ tokens: [next.line, reader.line] });
    await expect.poll(() => asks(ci.headers)).toEqual([401, 401]);
    files.write({ tokens: [ci.line, reader.line, old.line] });
    await expect.poll(() => asks(ci.headers)).toEqual([200, 200]);
  });
});

describe('the caller', () => {
  test('is who asked for the run, known as that, in the run and in its history', async () => {
    const { status, body } = await start('2026-11-02', { reason: 'first' });
    expect(status).toBe(202);
    expect(body.why).toMatchObject({ by: 'ci', verified: true, reason: 'first' });
    const { memo } = await bench.client.workflow.getHandle(body.id).describe();
    expect(whySchema.parse(memo?.[memoNames.why])).toMatchObject({ by: 'ci', verified: true });
  });

  test('is not somebody else, whatever the body says', async () => {
    expect(await start('2026-11-03', { by: 'ada' })).toMatchObject({
      status: 403,
      body: { code: 'actor_differs' },
    });
    expect((await start('2026-11-03', { by: 'ci' })).body.why).toMatchObject({ by: 'ci', verified: true });
    expect((await gateway.get(`/runs/${goal}:2026-11-03`, ci.headers)).status).toBe(200);
  });

  test('is who cancelled it, and who ended it as no worker would, in the record', async () => {
    const unserved = unique('load-day');
    await bench.publish(unserved, { team });
    const input = { day: '2026-11-04' };
    const { body } = await gateway.post(`/goals/${unserved}/runs`, { input }, ci.headers);
    const cancelled = await gateway.post(`/runs/${body.id}/cancel`, { reason: 'enough' }, ci.headers);
    expect(cancelled).toMatchObject({ status: 202, body: { outcome: 'cancelled' } });
    const record = (await gateway.get(`/runs/${body.id}/record`, reader.headers)).body;
    expect(record.intention.why).toMatchObject({ by: 'ci', verified: true });
    expect(record.actions).toMatchObject([
      { kind: 'cancel', by: 'ci', verified: true, reason: 'enough' },
      { kind: 'terminate', by: 'ci', verified: true },
    ]);
  });

  test('is who resumed it', async () => {
    const { body } = await start('2026-11-05');
    await bench.end(queue, body.id, 'failed');
    const answer = await gateway.post(`/runs/${body.id}/resume`, { reason: 'mended' }, ci.headers);
    expect(answer.body.resumes).toMatchObject({ by: 'ci', verified: true, reason: 'mended' });
    const record = (await gateway.get(`/runs/${body.id}/record`, ci.headers)).body;
    expect(record.actions).toMatchObject([{ kind: 'resume', by: 'ci', verified: true }]);
  });

  test('without an access file is whoever the body says, and nobody can say that it is verified', async () => {
    const open = await gatewayAt(address);
    const path = `/goals/${goal}/runs`;
    const started = await open.post(path, { input: { day: '2026-11-06' }, by: 'ada' });
    expect(started.body.why.by).toBe('ada');
    expect(started.body.why).not.toHaveProperty('verified');
    const forged = { input: { day: '2026-11-06' }, by: 'goalkeeper:verified:ada' };
    expect(await open.post(path, forged)).toMatchObject({ status: 422, body: { code: 'body_invalid' } });
    await open.stop();
  });
});
