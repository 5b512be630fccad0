// Events and webhooks: an event starts one run of each goal that means it, however often and wherever it is delivered.

import { type ChildProcess, fork } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { eventOfHook, type Hook, hooksFrom } from '../../../gateway/triggers/hooks.ts';
import { EVENT_BATCH, memoNames, signalNames } from '../../../goals/wire/names.ts';
import type { Publication } from '../../../goals/wire/publication.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { askingAt, gatewayAt, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
const MAIN = fileURLToPath(new URL('../../../gateway/main.ts', import.meta.url));
const SECRET = 'a secret of some length';
const STANDARD = `whsec_${Buffer.from('the key of a standard webhook').toString('base64')}`;
const ONE = { 'content-type': 'application/cloudevents+json' };
const MANY = { 'content-type': 'application/cloudevents-batch+json' };
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

beforeAll(async () => {
  bench = await temporalBench(address);
  const hooks = hooksFrom({
    GOALKEEPER_HOOKS: JSON.stringify([
      { name: 'code', preset: 'github', secret: 'CODE' },
      { name: 'shop', preset: 'standard-webhooks', secret: 'SHOP' },
      { name: 'plain', preset: 'hmac', secret: 'PLAIN', signature: 'x-sig', id: 'x-id' },
    ]),
    CODE: SECRET,
    SHOP: STANDARD,
    PLAIN: `${SECRET} of plain`,
  });
  gateway = await gatewayAt(address, 'default', undefined, 'gk-alerts', hooks);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const eventOf = (type: string, id: string, day = '2026-11-20', more: object = {}) => ({
  specversion: '1.0',
  id,
  source: '/erp',
  type,
  data: { day, region: 'eu' },
  ...more,
});

/** A goal that means events of a type of its own, seen by gateways. */
async function meaning(
  terms: Partial<NonNullable<Publication['events']>[number]> = {},
  changes: Partial<Publication> = {},
) {
  const goal = unique('load-day');
  const type = terms.type ?? `${goal}.landed`;
  const events = [{ type, where: {}, input: { day: 'data.day' }, ...terms }];
  const { taskQueue } = await bench.publish(goal, { events, ...changes });
  await seen(goal);
  return { goal, type, taskQueue };
}

const seen = (goal: string) =>
  expect
    .poll(
      async () => (await gateway.get('/goals')).body.items.some((item: Publication) => item.goal === goal),
      { timeout: 60_000 },
    )
    .toBe(true);

const executionsOf = async (goal: string): Promise<number> =>
  (await bench.client.workflow.count(`WorkflowType = '${goal}'`)).count;

describe('a CloudEvent', () => {
  test('starts a run, however it is sent, whose `why` names it; redelivered it starts nothing', async () => {
    const { goal, type } = await meaning();
    const binary = {
      'ce-specversion': '1.0',
      'ce-id': 'b%20%E2%82%AC',
      'ce-source': '/erp',
      'ce-type': type,
      'content-type': 'application/json',
    };
    for (const how of ['started', 'repeated', 'repeated']) {
      const answers = [
        await gateway.post('/events', eventOf(type, 'a', '2026-11-01'), ONE),
        await gateway.post('/events', { day: '2026-11-02' }, binary),
        await gateway.post(
          '/events',
          ['c', 'd'].map((id, i) => eventOf(type, id, `2026-11-0${3 + i}`)),
          MANY,
        ),
        await gateway.post(
          '/events',
          eventOf(type, 'e', '', {
            data: undefined,
            data_base64: Buffer.from('{"day":"2026-11-05"}').toString('base64'),
          }),
          ONE,
        ),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      const items = answers.flatMap(({ body }) => body.items);
      expect(items.map(({ id }) => id)).toEqual(['a', 'b €', 'c', 'd', 'e']);
      expect(items.map(({ goals }) => goals)).toMatchObject(
        [1, 2, 3, 4, 5].map((n) => [{ goal, how, run: `${goal}:2026-11-0${n}` }]),
      );
    }
    await expect.poll(() => executionsOf(goal), { timeout: 60_000 }).toBe(5);
    const { body } = await gateway.get(`/runs/${goal}:2026-11-02`);
    expect(body.why).toMatchObject({ kind: 'event', by: '/erp', reason: type, ref: 'b €' });
  });

  test('with a number that would be rounded is refused, so that it is never taken for another', async () => {
    const { goal, type } = await meaning();
    const sent = (id: string) =>
      JSON.stringify(eventOf(type, 'n', '', { data: { day: 0 } })).replace('"day":0', `"day":${id}`);
    const binary = { 'ce-specversion': '1.0', 'ce-id': 'b', 'ce-source': '/erp', 'ce-type': type };
    for (const [body, headers, path] of [
      [sent('9223372036854775807'), ONE, 'data.day'],
      [`[${sent('9223372036854775806')}]`, MANY, '0.data.day'],
      ['{"day":1e400}', { ...binary, 'content-type': 'application/json' }, 'data.day'],
    ] as const) {
      const { status, body: problem } = await gateway.post('/events', body, headers);
      expect([status, problem.code, problem.errors?.[0]?.path]).toEqual([422, 'body_invalid', path]);
    }
    expect(await executionsOf(goal)).toBe(0);
  });

  test('may have attributes that are null: they are not set, as if left out', async () => {
    const { goal, type } = await meaning({ input: { day: 'data.day', region: 'region' } });
    const unset = { subject: null, time: null, datacontenttype: null, dataschema: null, data_base64: null };
    const sent = ['1', '2'].map((id) => eventOf(type, id, `2026-12-0${id}`, { ...unset, region: null }));
    const one = await gateway.post('/events', sent[0], ONE);
    const many = await gateway.post('/events', sent, MANY);
    expect([one.status, many.status], JSON.stringify(many.body)).toEqual([200, 200]);
    expect(many.body.items.map(({ goals }: { goals: { how: string }[] }) => goals[0]?.how)).toEqual([
      ...['repeated', 'started'],
    ]);
    expect((await gateway.get(`/runs/${goal}:2026-12-02`)).body.input).toEqual({ day: '2026-12-02' });
    const nameless = await gateway.post('/events', { ...sent[0], id: null }, ONE);
    expect([nameless.status, nameless.body.errors[0].path]).toEqual([422, 'id']);
  });

  test('that comes again after its run has failed starts nothing; another event of that key does', async () => {
    const { type, taskQueue } = await meaning();
    const send = async (id: string) =>
      (await gateway.post('/events', eventOf(type, id), ONE)).body.items[0].goals[0];
    const first = await send('1');
    expect(await send('2')).toMatchObject({ how: 'joined', execution: first.execution });
    await bench.end(taskQueue, first.run, 'failed');
    expect(await send('1')).toEqual({ ...first, how: 'repeated' });
    expect(await send('2')).toEqual({ ...first, how: 'joined' });
    const next = await send('3');
    expect(next.how).toBe('started');
    expect(next.execution).not.toBe(first.execution);
    expect(await send('1')).toEqual({ ...first, how: 'repeated' });
  });

  test('starts each goal that means it, by type, source and attributes, and says when none does', async () => {
    const type = unique('erp.landed');
    const eu = await meaning({ type, source: '/erp*', where: { 'data.region': ['eu', 'uk'], urgent: true } });
    const all = await meaning({ type });
    const send = async (id: string, more: object) => {
      const { body } = await gateway.post('/events', eventOf(type, id, `2026-11-1${id}`, more), ONE);
      return body.items[0].goals.map(({ goal }: { goal: string }) => goal).sort();
    };
    expect(await send('1', { source: '/erp/2', urgent: true })).toEqual([eu.goal, all.goal].sort());
    expect(await send('2', { source: '/erp/2', urgent: 'true' })).toEqual([all.goal]);
    expect(await send('3', { source: '/crm', urgent: true })).toEqual([all.goal]);
    const { status, body } = await gateway.post('/events', eventOf(unique('nobody'), '4'), ONE);
    expect(status).toBe(200);
    expect(body.items[0].goals).toEqual([]);
  });

  test('that does not fit becomes a run all the same, of its own', async () => {
    const { goal, type } = await meaning();
    const bad = ['x', 'y'].map((id) => eventOf(type, id, undefined, { data: { region: id } }));
    const { body } = await gateway.post('/events', [...bad, eventOf(type, 'z', 'no day')], MANY);
    const [x, y, z] = body.items.map(({ goals }: { goals: { run: string }[] }) => goals[0]?.run);
    expect(x).toMatch(new RegExp(`^${goal}:event-[0-9a-f]{32}$`));
    expect(y).not.toBe(x);
    // Also one that has a key: the run of that key may be achieved.
    expect(z).toMatch(new RegExp(`^${goal}:event-`));
    const again = await gateway.post('/events', bad[0], ONE);
    expect(again.body.items[0].goals[0]).toMatchObject({ run: x, how: 'repeated' });
  });

  test('is not taken (503) while its batch is as large as Temporal bears; it is again once workers have caught up', async () => {
    const items = z.array(z.object({ day: z.string() }));
    const input = z.toJSONSchema(z.object({ batch: z.string(), items }));
    const { type } = await meaning({ batch: { size: 1000, afterMs: 3_600_000 } }, { input, key: ['batch'] });
    const send = (id: string) => gateway.post('/events', eventOf(type, id), ONE);
    const { goals } = (await send('first')).body.items[0];
    const { batch } = goals[0];
    // One that no worker of the suite takes.
    const collector = await bench.client.workflow.start(EVENT_BATCH, {
      workflowId: batch,
      taskQueue: unique('nobody-polls'),
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    const large = 'x'.repeat(1_900_000);
    for (let i = 0; i < 14; i++) await collector.signal(signalNames.batched, large);
    await expect.poll(async () => (await send('second')).status, { timeout: 60_000 }).toBe(503);
    const { headers, body } = await send('second');
    expect([body.code, headers.get('retry-after')]).toEqual(['worker_unavailable', '30']);
    await collector.terminate('caught up');
    await expect.poll(async () => (await send('second')).status, { timeout: 60_000 }).toBe(200);
  });

  test('is answered so that it is sent again (503) while a goal that means it is paused; nothing of it is lost or done twice', async () => {
    const type = unique('erp.landed');
    const [paused, other] = [await meaning({ type }), await meaning({ type })];
    const batch = { size: 1000, afterMs: 3_600_000 };
    const items = z.toJSONSchema(
      z.object({ batch: z.string(), items: z.array(z.object({ day: z.string() })) }),
    );
    const batched = await meaning({ type: `${type}.part`, batch }, { input: items, key: ['batch'] });
    const steer = (what: string) =>
      Promise.all([paused, batched].map(({ goal }) => gateway.post(`/goals/${goal}/${what}`, { by: 'ada' })));
    const days = ['2026-11-01', '2026-11-02', '2026-11-03'];
    const events = [
      eventOf(type, 'a', days[0]),
      ...[eventOf(batched.type, 'p'), eventOf(unique('nobody'), 'n')],
      ...days.slice(1).map((day) => eventOf(type, day, day)),
    ];
    expect((await gateway.post('/events', events[0], ONE)).status).toBe(200);
    await steer('pause');

    // That began a run before, which is no matter of the pause.
    expect((await gateway.post('/events', events[0], ONE)).status).toBe(200);
    const one = await gateway.post('/events', events[3], ONE);
    expect([one.status, one.body.code]).toEqual([503, 'event_paused']);
    expect(Number(one.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(one.body.detail).toContain(`${paused.goal} is paused since`);
    const many = await gateway.post('/events', events, MANY);
    expect([many.status, many.body.code]).toEqual([503, 'event_paused']);
    const part = await gateway.post('/events', events[1], ONE);
    expect([part.status, part.body.code]).toEqual([503, 'event_paused']);
    // What comes after one that is not taken is, and so it is by the goals that are not paused.
    const done = many.body.items.map(({ goals }: { goals: { goal: string; how: string; code?: string }[] }) =>
      Object.fromEntries(goals.map(({ goal, how, code }) => [goal, code ?? how])),
    );
    const taken = { [paused.goal]: 'goal_paused', [other.goal]: 'started' };
    expect(done).toEqual([
      { [paused.goal]: 'repeated', [other.goal]: 'repeated' },
      { [batched.goal]: 'goal_paused' },
      {},
      { ...taken, [other.goal]: 'repeated' },
      taken,
    ]);

    await steer('unpause');
    const { status, body } = await gateway.post('/events', events, MANY);
    expect(status).toBe(200);
    const hows = (goal: string) =>
      body.items.flatMap(({ goals }: { goals: { goal: string; how: string }[] }) =>
        goals.filter((effect) => effect.goal === goal).map(({ how }) => how),
      );
    expect([paused.goal, other.goal, batched.goal].map(hows)).toEqual([
      ['repeated', 'started', 'started'],
      ['repeated', 'repeated', 'repeated'],
      ['batched'],
    ]);
    for (const { goal } of [paused, other])
      await expect.poll(() => executionsOf(goal), { timeout: 60_000 }).toBe(3);
  });

  test('that a goal refuses is answered with the reason', async () => {
    const { goal, type } = await meaning({ input: { day: 'data.day', region: 'data.region' } });
    await gateway.post('/events', eventOf(type, '1'), ONE);
    const other = eventOf(type, '2', undefined, { data: { day: '2026-11-20', region: 'us' } });
    const { body } = await gateway.post('/events', other, ONE);
    expect(body.items[0].goals).toMatchObject([{ goal, how: 'refused', code: 'input_differs' }]);
  });

  test.each([
    ['no JSON', '{', ONE, 'json_malformed'],
    ['no event', {}, ONE, 'body_invalid'],
    ['an old version', eventOf('t', '1', 'd', { specversion: '0.3' }), ONE, 'body_invalid'],
    ['an event where many are', eventOf('t', '1'), MANY, 'body_invalid'],
    ['one bad event among good ones', [eventOf('t', '1'), eventOf('t', '')], MANY, 'body_invalid'],
    ['too many', Array.from({ length: 1001 }, (_, i) => eventOf('t', `${i}`)), MANY, 'body_invalid'],
    ['huge', eventOf('t', '1', 'x'.repeat(2_000_000)), ONE, 'body_too_large'],
    ['plain JSON', eventOf('t', '1'), { 'content-type': 'application/json' }, 'media_type_unsupported'],
    ['headers without a type', '{}', { 'ce-specversion': '1.0', 'ce-id': '1' }, 'body_invalid'],
    ['headers over no JSON', '{', headersOf('1'), 'json_malformed'],
  ])('is refused when it is %s', async (_, body, headers: Record<string, string>, code) => {
    const answer = await gateway.post('/events', body, headers);
    expect(answer.body.code).toBe(code);
    expect(answer.status).toBeLessThan(500);
  });
});

function headersOf(id: string): Record<string, string> {
  return { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/s', 'ce-type': 't' };
}

describe('gateways that are killed in mid-delivery', () => {
  test('lose no event that is delivered until it is answered, and start none twice', async () => {
    const { goal, type } = await meaning();
    const start = async () => {
      const env = { ...process.env, PORT: '0', TEMPORAL_ADDRESS: address, LOG_LEVEL: 'silent' };
      const child: ChildProcess = fork(MAIN, { execArgv: ['--import', 'tsx'], env, stdio: 'ignore' });
      onTestFinished(() => {
        child.kill('SIGKILL');
      });
      const [{ url }] = (await once(child, 'message')) as [{ url: string }];
      return { child, ...askingAt(url) };
    };
    const events = Array.from({ length: 60 }, (_, i) => eventOf(type, `${i}`, dayOf(i)));
    const [first, second] = await Promise.all([start(), start()]);
    const cut = first.post('/events', events, MANY).then(
      () => 'answered',
      () => 'cut off',
    );
    // Whether it can be described, as lists are late.
    const handle = bench.client.workflow.getHandle(`${goal}:${dayOf(0)}`);
    const isThere = () =>
      handle
        .describe()
        .then(() => true)
        .catch(() => false);
    await expect.poll(isThere, { timeout: 60_000, interval: 5 }).toBe(true);
    first.child.kill('SIGKILL');
    expect(await cut, 'the kill hit it under way').toBe('cut off');
    const { body } = await second.post('/events', events, MANY);
    const hows = body.items.map(({ goals }: { goals: { how: string }[] }) => goals[0]?.how);
    expect(hows).toContain('repeated');
    expect(hows.filter((how: string) => !['started', 'repeated'].includes(how))).toEqual([]);
    await expect.poll(() => executionsOf(goal), { timeout: 60_000 }).toBe(60);
  });
});

const dayOf = (i: number): string => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10);

describe('a webhook', () => {
  const sign = (key: string | Buffer, text: string, encoding: 'hex' | 'base64' = 'hex') =>
    createHmac('sha256', key).update(text).digest(encoding);

  test('of GitHub is an event when it is signed, and nothing when it is not', async () => {
    const { goal } = await meaning({
      type: 'github.push',
      where: { 'data.ref': 'refs/heads/main' },
      input: { day: 'data.day' },
    });
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      day: '2026-11-20',
      repository: { html_url: 'https://github.com/o/r' },
    });
    const headers = { 'x-github-event': 'push', 'x-github-delivery': unique('delivery') };
    const post = (signature: Record<string, string>, sent = body) =>
      gateway.post('/hooks/code', sent, { ...headers, ...signature });
    const right = `sha256=${sign(SECRET, body)}`;
    for (const signature of [{}, { 'x-hub-signature-256': '' }, { 'x-hub-signature-256': `${right}0` }])
      expect((await post(signature as Record<string, string>)).status).toBe(401);
    expect((await post({ 'x-hub-signature-256': `sha256=${sign('another', body)}` })).status).toBe(401);
    expect((await post({ 'x-hub-signature-256': right }, `${body} `)).status).toBe(401);
    expect(await executionsOf(goal)).toBe(0);
    for (const how of ['started', 'repeated', 'repeated']) {
      const { body: told } = await post({ 'x-hub-signature-256': right });
      expect(told.items[0]).toMatchObject({ source: 'https://github.com/o/r', type: 'github.push' });
      expect(told.items[0].goals.filter((effect: { goal: string }) => effect.goal === goal)).toMatchObject([
        { how, run: `${goal}:2026-11-20` },
      ]);
    }
    const { body: run } = await gateway.get(`/runs/${goal}:2026-11-20`);
    expect(run.why).toMatchObject({ kind: 'event', ref: headers['x-github-delivery'] });
  });

  test('of Standard Webhooks must be signed over its ID and a time of these minutes', async () => {
    const { goal, type } = await meaning({ input: { day: 'data.data.day' } });
    const body = JSON.stringify({ type, data: { day: '2026-11-20' } });
    const key = Buffer.from(STANDARD.slice(6), 'base64');
    const post = (id: string, at: number, signed = `${id}.${at}.${body}`) =>
      gateway.post('/hooks/shop', body, {
        'webhook-id': id,
        'webhook-timestamp': `${at}`,
        'webhook-signature': `v1,AAAA v1,${sign(key, signed, 'base64')}`,
      });
    const now = Math.floor(Date.now() / 1000);
    expect((await post('m1', now - 400)).status).toBe(401);
    expect((await post('m1', now + 400)).status).toBe(401);
    expect((await post('m1', now, `m2.${now}.${body}`)).status).toBe(401);
    expect((await post('m1', now)).body.items[0].goals).toMatchObject([{ goal, how: 'started' }]);
    expect((await post('m1', now + 1)).body.items[0].goals).toMatchObject([{ goal, how: 'repeated' }]);
  });

  test('with a plain HMAC has the ID that its header gives, else that of its body', async () => {
    const { goal } = await meaning({ type: 'plain.received' });
    const body = JSON.stringify({ day: '2026-11-20' });
    const post = (sent: string, more: Record<string, string> = {}) =>
      gateway.post('/hooks/plain', sent, { 'x-sig': sign(`${SECRET} of plain`, sent, 'base64'), ...more });
    const effects = (answer: Awaited<ReturnType<typeof post>>) =>
      answer.body.items[0].goals.filter((effect: { goal: string }) => effect.goal === goal);
    expect(effects(await post(body))).toMatchObject([{ how: 'started' }]);
    expect(effects(await post(body))).toMatchObject([{ how: 'repeated' }]);
    expect(effects(await post(body, { 'x-id': 'another' }))).toMatchObject([{ how: 'joined' }]);
    expect((await post('{')).status).toBe(400);
    expect((await gateway.post('/hooks/plain', body, { 'x-sig': sign('x', body) })).status).toBe(401);
    expect((await gateway.post('/hooks/unknown', body)).status).toBe(404);
  });

  test('has an ID that its signature holds for, where a digest of the body is to be it', () => {
    const hookOf = (more: object) =>
      hooksFrom({
        GOALKEEPER_HOOKS: JSON.stringify([{ name: 'code', preset: 'github', secret: 'S', ...more }]),
        S: SECRET,
      })[0] as Hook;
    const bytes = new TextEncoder().encode('{"a":1}').buffer as ArrayBuffer;
    const ids = (hook: Hook) =>
      ['one', 'two'].map((delivery) => {
        const headers: Record<string, string> = {
          'x-hub-signature-256': sign(SECRET, '{"a":1}'),
          'x-github-delivery': delivery,
        };
        return eventOfHook(hook, (name) => headers[name], bytes, Date.now()).id;
      });
    expect(ids(hookOf({}))).toEqual(['one', 'two']);
    expect(new Set(ids(hookOf({ digest: true }))).size).toBe(1);
    expect(ids(hookOf({ digest: true }))[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    ['[{"name":"a","preset":"gitlab","secret":"S"}]', /preset/],
    ['[{"name":"a","preset":"github","secret":"NOT_SET"}]', /NOT_SET/],
    ['[{"name":"a","preset":"github","secret":"SHORT"}]', /too short/],
    ['[{"name":"a","preset":"github","secret":"S"},{"name":"a","preset":"hmac","secret":"S"}]', /twice/],
    ['[{"name":"a","preset":"github","secret":"S"},{"name":"b","preset":"hmac","secret":"S"}]', /one secret/],
    ['/there/is/no/such/file.json', /neither/],
  ])('that is declared wrongly stops the gateway: %s', (declared, message) => {
    expect(() => hooksFrom({ GOALKEEPER_HOOKS: declared, S: SECRET, SHORT: 'x' })).toThrow(message);
  });
});

test('the run of an event keeps no part of it but what the goal takes', async () => {
  const { goal, type } = await meaning();
  await gateway.post('/events', eventOf(type, '1'), ONE);
  const described = await bench.client.workflow.getHandle(`${goal}:2026-11-20`).describe();
  expect(described.memo?.[memoNames.why]).toMatchObject({ kind: 'event', ref: '1' });
  expect((await gateway.get(`/runs/${goal}:2026-11-20`)).body.input).toEqual({ day: '2026-11-20' });
});
