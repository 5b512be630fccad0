// What the gateway says of itself, asked of a running one by a client that tries whatever the document allows and forbids.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealEngine, realEngine } from '../../../testing/index.ts';
import { bundled } from '../../bundled.ts';
import { pythonWith } from '../../python.ts';
import { accessBench, tokenOf } from '../access/workbench.ts';

const python = await pythonWith('schemathesis==4.32.5');
const settings = fileURLToPath(new URL('./schemathesis.toml', import.meta.url));
const operator = tokenOf({ name: 'ops', roles: ['operator', 'admin'], teams: ['*'] });
const stranger = tokenOf({ name: 'other', roles: ['viewer'], teams: ['another'] });
const access = accessBench({
  tokens: [operator.line, stranger.line],
  // Of the few thousand requests in this file none is refused for their number.
  limits: { reads: 5_000, writes: 5_000, failures: 5_000 },
});
/** Streams and the route of assistants are left out: schemathesis.toml says why. */
const LEFT_OUT = 3;
let engine: RealEngine;

beforeAll(async () => {
  await bundled(resolve('examples/first-goal/goals.ts'));
  engine = await realEngine({
    folder: 'examples/first-goal',
    environment: { ...process.env, NODE_ENV: 'development', GOALKEEPER_ACCESS: access.path },
  });
  const { ok } = await ask('/goals/orders-counted/runs', {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=30' },
    body: JSON.stringify({ input: { day: '2026-11-20' } }),
  });
  expect(ok).toBe(true);
});
afterAll(async () => {
  await engine?.close();
  access.remove();
});

const ask = (path: string, { headers = {}, ...init }: RequestInit = {}, as = operator): Promise<Response> =>
  fetch(engine.url + path, { ...init, headers: { ...(headers as object), ...as.headers } });

test('the document is sent again only where it has changed', async () => {
  const first = await ask('/openapi.json');
  const etag = first.headers.get('etag') ?? '';
  const body = await first.text();
  expect(first.headers.get('content-type')).toBe('application/json');
  expect(etag).toBe(`"${createHash('sha256').update(body).digest('base64url')}"`);
  expect(JSON.parse(body).paths).toHaveProperty(['/goals/orders-counted/runs']);
  const again = await ask('/openapi.json', { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  const other = await ask('/openapi.json', { headers: { 'if-none-match': '"other"' } });
  expect(other.status).toBe(200);
});

test('who may not see a goal finds nothing of it', async () => {
  const mine = await (await ask('/openapi.json')).text();
  const theirs = await (await ask('/openapi.json', {}, stranger)).text();
  expect(mine).toContain('orders-counted');
  expect(theirs).not.toContain('orders-counted');
  expect(JSON.parse(theirs).security).toEqual([{ bearer: [] }]);
});

test('a browser gets a page in the frame of the dashboard, with the address by which it was asked for; a program the document', async () => {
  const { paths } = JSON.parse(await (await ask('/openapi.json')).text());
  const { operationId } = paths['/goals/orders-counted/runs'].post;
  const asBrowser = { headers: { accept: 'text/html' } };
  const page = await ask(`/docs?route=${operationId}`, asBrowser);
  const html = await page.text();
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(html).toContain(`curl &#39;${engine.url}/goals/orders-counted/runs&#39;`);
  expect(html).toContain('<nav class="nav" aria-label="Main">');
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  expect(html).not.toMatch(/<style|<script>| style=| on\w+=/);
  expect(await (await ask('/docs', asBrowser)).text()).toContain('POST /goals/orders-counted/runs');
  expect(JSON.parse(await (await ask('/docs')).text()).openapi).toBe('3.1.0');
});

test.skipIf(python === null)(
  'schemathesis finds nothing with all its checks',
  { timeout: 900_000 },
  async () => {
    const child = spawn(
      python as string,
      [
        ...['-m', 'schemathesis.cli', '--config-file', settings],
        ...['run', `${engine.url}/openapi.json`, '--no-color'],
        ...['--header', `Authorization: ${operator.headers.authorization}`],
      ],
      { cwd: await mkdtemp(join(tmpdir(), 'described-')), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(code, told).toBe(0);
    // Else it may have tried nothing.
    const [, selected, all] = (/Selected: (\d+)\/(\d+)/.exec(told) ?? []).map(Number);
    expect(selected).toBe((all ?? 0) - LEFT_OUT);
    expect(Number(/(\d+) generated/.exec(told)?.[1])).toBeGreaterThan(1_000);
  },
);
