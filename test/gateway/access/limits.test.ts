import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAccessFile } from '../../../gateway/access/access-file.ts';
import { admissionBy } from '../../../gateway/access/admission.ts';
import { clientOf, isAmong, isRange } from '../../../gateway/access/peers.ts';
import { hostGuard, originGuard } from '../../../gateway/http/guards.ts';
import { Problem, problemResponse } from '../../../gateway/http/problems.ts';
import { rateLimits } from '../../../gateway/http/rate-limits.ts';
import { silent } from '../workbench.ts';
import { startIssuer } from './issuer.ts';
import { accessOf, tokenOf } from './workbench.ts';

const onProblem = (error: unknown, path: string): Response => {
  if (error instanceof Problem) return problemResponse(error, path);
  throw error;
};

/** A gateway that says whom it admits, over a real socket: that of this machine. */
async function admitting(file: object) {
  const admission = admissionBy(accessOf(file), silent);
  const app = new Hono().all('/', async (c) => {
    const { principal, headers } = await admission.admit(c, { role: 'viewer' });
    return c.json(principal, 200, headers);
  });
  app.onError((error, c) => onProblem(error, c.req.path));
  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return async (headers: Record<string, string>, method = 'GET') => {
    const answer = await fetch(url, { headers, method });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
}

const bad = { authorization: `Bearer gk_0123456789ab_${'a'.repeat(43)}` };
const ci = tokenOf({ name: 'ci', roles: ['viewer'], teams: ['finance'] });

describe('a caller', () => {
  test('may ask so often, hears what is left, and then when to come again; others are not held up', async () => {
    const other = tokenOf({ name: 'other', roles: ['viewer'], teams: ['finance'] });
    const limits = { writes: 1, reads: 1000, failures: 1000 };
    const ask = await admitting({ tokens: [ci.line, other.line], limits });
    const first = await ask(ci.headers, 'POST');
    expect([first.status, first.headers.get('ratelimit-policy')]).toEqual([200, '"writes";q=2;w=2']);
    expect(first.headers.get('ratelimit')).toBe('"writes";r=1;t=1');
    await ask(ci.headers, 'POST');
    const third = await ask(ci.headers, 'POST');
    expect(third).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(third.headers.get('retry-after')).toBe('1');
    expect(third.headers.get('ratelimit')).toContain('r=0');
    expect((await ask(ci.headers)).headers.get('ratelimit-policy')).toContain('"reads"');
    expect((await ask(other.headers, 'POST')).status).toBe(200);
  });

  test('whose credentials are wrong too often hears it, and keeps nobody out whose are right', async () => {
    const ask = await admitting({ tokens: [ci.line], limits: { failures: 3 } });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await ask(bad)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await ask(ci.headers)).status).toBe(200);
    // None at all is no guess.
    expect((await ask({})).status).toBe(401);
  });
});

test('a bucket fills as time goes, and no further than it holds', () => {
  let now = 0;
  const { take } = rateLimits(() => now);
  const quota = { name: 'writes', most: 4, windowS: 2 };
  const overs = (n: number): boolean[] => Array.from({ length: n }, () => take('ada', quota).isOver);
  expect(overs(5)).toEqual([false, false, false, false, true]);
  now += 1_000;
  expect(overs(3)).toEqual([false, false, true]);
  now += 3_600_000;
  expect(overs(5)).toEqual([false, false, false, false, true]);
});

describe('a proxy', () => {
  const sha256 = createHash('sha256').update('shared secret').digest('hex');
  const grants = [{ group: 'engineers', roles: ['viewer'], teams: ['finance'] }];
  const says = {
    'x-forwarded-user': 'ada',
    'x-forwarded-groups': 'others, engineers',
    'x-goalkeeper-proxy': 'shared secret',
  };

  test('that is listed and knows the secret says who asks', async () => {
    const ask = await admitting({ proxy: { peers: ['127.0.0.0/8'], identity: { sha256 } }, grants });
    expect(await ask(says)).toMatchObject({
      status: 200,
      body: { kind: 'person', name: 'ada', how: 'proxy', grants: [{ teams: ['finance'] }] },
    });
    expect((await ask({ ...says, 'x-goalkeeper-proxy': 'another' })).status).toBe(401);
    const { 'x-goalkeeper-proxy': _, ...without } = says;
    expect((await ask(without)).status).toBe(401);
    expect((await ask({ ...says, 'x-forwarded-user': 'goalkeeper:verified:ada' })).status).toBe(401);
  });

  test('that is not listed says nothing that counts, whatever it knows', async () => {
    const ask = await admitting({ proxy: { peers: ['10.0.20.11'], identity: { sha256 } }, grants });
    expect(await ask(says)).toMatchObject({ status: 401, body: { code: 'credentials_missing' } });
  });

  test('may hand on a signed assertion, which is a token as any', async () => {
    const issuer = await startIssuer();
    onTestFinished(issuer.stop);
    const assertionHeader = 'X-Signed-In';
    const issuers = [{ issuer: issuer.url, audience: 'goalkeeper', people: true, assertionHeader }];
    const ask = await admitting({ issuers, grants });
    const assertion = await issuer.sign({ groups: ['engineers'] });
    expect(await ask({ 'x-signed-in': assertion })).toMatchObject({ status: 200, body: { name: 'ada' } });
    expect((await ask({ 'x-signed-in': `${assertion}x` })).status).toBe(401);
  });

  test('says from which address a client came, where it is listed; what stands further left is anybody’s word', async () => {
    const app = new Hono().get('/', (c) => c.text(clientOf(c, ['10.0.0.0/8', '::1'])));
    const from = async (remoteAddress: string, forwarded?: string): Promise<string> =>
      (
        await app.request(
          '/',
          { headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } },
          { incoming: { socket: { remoteAddress } } },
        )
      ).text();
    expect(await from('203.0.113.7', '198.51.100.1')).toBe('203.0.113.7');
    expect(await from('::ffff:10.0.0.1', '192.0.2.9, 198.51.100.1, 10.0.0.2')).toBe('198.51.100.1');
    expect(await from('::1', 'unknown')).toBe('::1');
    expect(await from('10.0.0.1')).toBe('10.0.0.1');
  });

  test('is listed by address or range', () => {
    expect(isAmong('10.0.20.11', ['10.0.20.0/24'])).toBe(true);
    expect(isAmong('10.0.21.11', ['10.0.20.0/24', '10.0.21.12'])).toBe(false);
    expect(isAmong('2001:db8::1', ['2001:db8::/32'])).toBe(true);
    expect(isAmong('', ['0.0.0.0/0'])).toBe(false);
    expect(['10.0.0.1', '10.0.0.0/8', '::/0'].every(isRange)).toBe(true);
    expect(['', '10.0.0.0/33', '10.0.0/8', 'proxy', '::/129', '1.1.1.1/8/8'].some(isRange)).toBe(false);
    expect(() => parseAccessFile('{"proxy":{"peers":["proxy"]}}')).toThrow('proxy.peers.0 is neither');
  });
});

describe('behind a proxy that speaks TLS', () => {
  const publicUrl = new URL('https://goals.example');
  const app = new Hono();
  app.use(hostGuard([], publicUrl), originGuard(publicUrl));
  app.all('/', (c) => c.text('in'));
  app.onError((error, c) => onProblem(error, c.req.path));
  const statusOf = async (headers: Record<string, string>, method = 'POST'): Promise<number> =>
    (await app.request('/', { method, headers })).status;

  test('a page of the public address may write, and one of another may not', async () => {
    const host = 'goals.example';
    expect(await statusOf({ host, origin: 'https://goals.example' })).toBe(200);
    expect(await statusOf({ host })).toBe(200);
    expect(await statusOf({ host, origin: 'http://goals.example' })).toBe(403);
    expect(await statusOf({ host, origin: 'https://goals.example.evil' })).toBe(403);
    expect(await statusOf({ host, origin: 'null' })).toBe(403);
    expect(await statusOf({ host, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf({ host: 'evil.example' }, 'GET')).toBe(403);
  });

  test('a page of this machine may, as ever', async () => {
    expect(await statusOf({ host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' })).toBe(200);
    expect(await statusOf({ host: '127.0.0.1:3000', origin: 'http://127.0.0.1:4000' })).toBe(403);
  });
});
