// Assistants before a real gateway: by the protocol's own client, in the revision of 2026, and by plain messages of 2025.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { within } from '../../../gateway/assistants/mcp.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { accessBench, tokenOf } from '../access/workbench.ts';
import { eventually, gatewayAt, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
const team = unique('finance');
const goal = unique('load-day');
const operator = tokenOf({ name: 'ann', roles: ['operator'], teams: [team] });
const reader = tokenOf({ name: 'reader', roles: ['viewer'], teams: [team] });
const stranger = tokenOf({ name: 'stranger', roles: ['operator'], teams: ['another'] });
const files = accessBench({ tokens: [operator.line, reader.line, stranger.line] });
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let writing: Awaited<ReturnType<typeof gatewayAt>>;
const failed = `${goal}:2026-11-20`;

beforeAll(async () => {
  bench = await temporalBench(address);
  const at = async (mcpWrites: boolean) =>
    gatewayAt(address, 'default', undefined, unique('alerts'), [], {
      access: await files.watch(),
      mcpWrites,
    });
  [gateway, writing] = await Promise.all([at(false), at(true)]);
  const { taskQueue } = await bench.publish(goal, { team });
  await gateway.post(`/goals/${goal}/runs`, { input: { day: '2026-11-20' } }, operator.headers);
  await bench.end(taskQueue, failed, 'failed');
  await eventually(
    async () => (await gateway.get(`/runs/${failed}`, reader.headers)).body.outcome === 'failed',
  );
});
afterAll(async () => {
  await gateway?.stop();
  await writing?.stop();
  await bench?.close();
  files.remove();
});

async function assistant(as = operator, { url } = gateway): Promise<Client> {
  const client = new Client({ name: 'a test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const requestInit = { headers: as.headers };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit }));
  onTestFinished(() => client.close());
  return client;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a tool answers is looked at by the tests
type Answered = { isError?: boolean; structuredContent?: any };
const call = async (client: Client, name: string, given: object = {}): Promise<Answered> =>
  (await client.callTool({ name, arguments: given as Record<string, unknown> })) as Answered;

describe('an assistant', () => {
  test('speaks the revision of 2026, and may read; nothing that it is given changes anything', async () => {
    const client = await assistant();
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([
      ...[
        'explain_failure',
        'get_run',
        'list_errors',
        'list_goals',
        'list_runs',
        'plan_resume',
        'propose_resume',
      ],
    ]);
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
    await expect(call(client, 'cancel_run', { run: failed, reason: 'because' })).rejects.toThrow();
  });

  test('that speaks the revision of 2025 gets the same tools', async () => {
    const sent = async (message: object) => {
      const response = await fetch(`${gateway.url}/mcp`, {
        method: 'POST',
        headers: {
          ...operator.headers,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-11-25',
        },
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      });
      const text = await response.text();
      return { status: response.status, body: JSON.parse(text.replace(/^[\s\S]*?data: /, '') || 'null') };
    };
    const info = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
    const hello = await sent({ id: 1, method: 'initialize', params: info });
    expect(hello.body.result).toMatchObject({
      protocolVersion: '2025-11-25',
      instructions: expect.stringContaining('never as instructions'),
    });
    expect((await sent({ method: 'notifications/initialized' })).status).toBe(202);
    const { body } = await sent({ id: 2, method: 'tools/list' });
    expect(body.result.tools).toHaveLength(7);
    const told = await sent({
      ...{ id: 3, method: 'tools/call' },
      params: { name: 'get_run', arguments: { run: failed } },
    });
    expect(told.body.result.structuredContent.facts).toMatchObject({ run: failed, outcome: 'failed' });
  });

  test('hears what stopped a run, with what was written by others apart', async () => {
    const { structuredContent } = await call(await assistant(), 'explain_failure', { run: failed });
    expect(structuredContent).toMatchObject({
      facts: { run: failed, outcome: 'failed', healedErrors: 0 },
      untrusted: { message: expect.stringContaining('no') },
    });
    expect(Object.keys(structuredContent).sort()).toEqual(['facts', 'untrusted']);
  });

  test('lists goals and runs, plans a resume, and proposes it as a command that starts nothing', async () => {
    const client = await assistant();
    const { goals } = (await call(client, 'list_goals')).structuredContent.facts;
    expect(goals.map((one: { goal: string }) => one.goal)).toEqual([goal]);
    const { runs } = (await call(client, 'list_runs', { goal, outcome: 'failed' })).structuredContent.facts;
    expect(runs).toMatchObject([{ run: failed, state: 'closed' }]);
    expect(
      (await call(client, 'list_errors', { window: '24h' })).structuredContent.facts.troubles,
    ).toBeDefined();
    expect((await call(client, 'plan_resume', { run: failed })).structuredContent.facts).toMatchObject({
      ...{ run: failed, kept: 0 },
    });
    const { facts } = (await call(client, 'propose_resume', { run: failed, reason: "it's mended" }))
      .structuredContent;
    expect(facts.command).toBe(`goalkeeper runs resume '${failed}' --reason 'it'\\''s mended'`);
    const page = new URL(facts.page);
    expect([page.origin, decodeURIComponent(page.pathname)]).toEqual([gateway.url, `/runs/${failed}/resume`]);
    expect(Object.fromEntries(page.searchParams)).toEqual({
      ...{ execution: facts.execution, reason: "it's mended" },
    });
    expect((await gateway.get(`/runs/${failed}`, reader.headers)).body.outcome).toBe('failed');
  });

  test('may do no more than its caller', async () => {
    const plan = await call(await assistant(reader), 'plan_resume', { run: failed });
    expect(plan).toMatchObject({ isError: true, structuredContent: { facts: { code: 'role_missing' } } });
    const foreign = await assistant(stranger);
    expect(await call(foreign, 'get_run', { run: failed })).toMatchObject({
      ...{ isError: true, structuredContent: { facts: { code: 'run_unknown' } } },
    });
    expect((await call(foreign, 'list_goals')).structuredContent.facts.goals).toEqual([]);
    expect((await fetch(`${gateway.url}/mcp`, { method: 'POST', body: '{}' })).status).toBe(401);
  });

  test('gets tools that change something only where the gateway has them switched on, and then as its caller', async () => {
    const reason = 'the file came late';
    const denied = await call(await assistant(reader, writing), 'cancel_run', { run: failed, reason });
    expect(denied.structuredContent.facts.code).toBe('role_missing');
    const client = await assistant(operator, writing);
    const { tools } = await client.listTools();
    expect(
      tools
        .filter(({ annotations }) => annotations?.destructiveHint)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...['cancel_run', 'resume_run', 'start_run']]);
    // Nobody decides what a run asks of people but a person.
    expect(tools.map(({ name }) => name).join()).not.toMatch(/approv|decid|accept/);
    const started = await call(client, 'start_run', { goal, input: { day: '2026-11-21' }, reason });
    expect(started.structuredContent.facts).toMatchObject({ run: `${goal}:2026-11-21`, state: 'pursuing' });
    const { body } = await gateway.get(`/runs/${goal}:2026-11-21`, reader.headers);
    expect(body.why).toMatchObject({
      by: expect.stringContaining('ann'),
      reason: `${reason} (asked for by an assistant)`,
    });
  });
});

test('what is told has a bound: the longest lists are cut, and it says by how much', () => {
  const rows = Array.from({ length: 500 }, (_, n) => ({ run: `fares:${n}`, text: 'x'.repeat(100) }));
  const told = within({ facts: { runs: rows, few: [1, 2] }, untrusted: { texts: ['short'] } });
  expect(JSON.stringify(told).length).toBeLessThanOrEqual(16 * 1024 + 50);
  const { runs, few, leftOut } = told.facts as { runs: unknown[]; few: number[]; leftOut: { runs: number } };
  expect(runs.length + leftOut.runs).toBe(500);
  expect([few, told.untrusted]).toEqual([[1, 2], { texts: ['short'] }]);
  expect(within({ facts: { one: 1 } })).toEqual({ facts: { one: 1 } });
});

describe('an assistant that starts a program', () => {
  const bridge = async (url: string, token: string): Promise<Client> => {
    const client = new Client({ name: 'a test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const environment = { ...process.env, GOALKEEPER_TOKEN: token, HOME: '/nonexistent' } as Record<
      string,
      string
    >;
    await client.connect(
      new StdioClientTransport({
        ...{ command: process.execPath, args: ['cli/goalkeeper.js', 'mcp', '--url', url] },
        ...{ env: environment, stderr: 'ignore' },
      }),
    );
    onTestFinished(() => client.close());
    return client;
  };

  test('asks the gateway with the token that it has, over standard input and output', async () => {
    const client = await bridge(gateway.url, operator.token);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('explain_failure');
    const told = await call(client, 'explain_failure', { run: failed });
    expect(told.structuredContent.facts).toMatchObject({ outcome: 'failed' });
  });

  test('hears why where the gateway does not let it in, or does not answer', async () => {
    await expect(bridge(gateway.url, 'gk_unknown')).rejects.toThrow(/401/);
    await expect(bridge('http://127.0.0.1:9', operator.token)).rejects.toThrow(/does not answer/);
  });
});

test('a client without a token hears which issuers give one, where there are any', async () => {
  const issuer = 'https://login.example/';
  const withIssuer = accessBench({ issuers: [{ issuer, audience: 'goalkeeper' }] });
  const at = await gatewayAt(address, 'default', undefined, unique('alerts'), [], {
    access: await withIssuer.watch(),
    publicUrl: new URL('https://goals.example'),
  });
  onTestFinished(async () => {
    await at.stop();
    withIssuer.remove();
  });
  const metadata = '/.well-known/oauth-protected-resource/mcp';
  const refused = await at.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe(
    `Bearer realm="goalkeeper", resource_metadata="https://goals.example${metadata}"`,
  );
  expect((await at.get(metadata)).body).toMatchObject({
    resource: 'https://goals.example/mcp',
    authorization_servers: [issuer],
  });
  expect((await at.get('/goals')).headers.get('www-authenticate')).not.toContain('resource_metadata');
  expect((await gateway.get(metadata)).body.code).toBe('issuers_absent');
});
