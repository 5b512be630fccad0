// Tags and notes of runs, open and closed, with no worker up at any time.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporalAddress } from '../../temporal-address.ts';
import { answered, gatewayAt, temporalBench, unique } from '../workbench.ts';

const address = temporalAddress;
const WAIT = { timeout: 60_000, interval: 200 };
const by = { by: 'ann' };
let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

beforeAll(async () => {
  bench = await temporalBench(address);
  gateway = await gatewayAt(address);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

async function published() {
  const goal = unique('load-day');
  const { taskQueue } = await bench.publish(goal, { tags: ['region'] });
  const post = (path: string, body: object) => answered(() => gateway.post(path, body));
  const get = (path: string) => answered(() => gateway.get(path));
  return {
    goal,
    async start(day: string): Promise<string> {
      const input = { day: `2026-11-${day}`, region: 'eu' };
      return (await post(`/goals/${goal}/runs`, { input })).body.id;
    },
    end: (id: string, how: 'achieved' | 'failed') => bench.end(taskQueue, id, how),
    tag: (id: string, change: object) => post(`/runs/${id}/tags`, { ...by, ...change }),
    note: (id: string, text: string) => post(`/runs/${id}/notes`, { ...by, text }),
    get,
    async listed(query: string): Promise<string[]> {
      const { body } = await get(`/runs?goal=${goal}&${query}`);
      return body.items.map(({ id }: { id: string }) => id).sort();
    },
  };
}

test('an open run has its declared tags and those it gets, and is found by all of them after it closed, too', async () => {
  const { start, end, tag, note, listed, get } = await published();
  const [one, two] = [await start('01'), await start('02')];
  await expect.poll(() => listed('tag=region:eu'), WAIT).toEqual([one, two]);
  const tagged = await tag(one, { add: ['incident-42'] });
  expect([tagged.status, tagged.body.tags]).toEqual([200, ['region:eu', 'incident-42']]);
  await expect.poll(() => listed('tag=incident-42'), WAIT).toEqual([one]);
  expect(await listed('tag=region:eu')).toEqual([one, two]);
  await note(one, 'the source was late <b>');
  await end(one, 'failed');
  await expect.poll(() => listed('tag=incident-42,region:eu&outcome=failed'), WAIT).toEqual([one]);

  await tag(one, { add: ['refund'], remove: ['region:eu'] });
  const noted = await note(one, 'the source is back');
  const texts = noted.body.notes.map(({ text }: { text: string }) => text);
  expect(texts).toEqual(['the source was late <b>', 'the source is back']);
  // annotations.1
  expect((await note(one, 'the source is back')).body.notes).toHaveLength(2);
  await expect.poll(() => listed('tag=refund'), WAIT).toEqual([one]);
  await expect.poll(() => listed('tag=region:eu'), WAIT).toEqual([two]);
  const shown = (await get(`/runs/${one}`)).body;
  expect([shown.outcome, shown.tags]).toEqual(['failed', ['incident-42', 'refund']]);

  const record = (await get(`/runs/${one}/record`)).body;
  expect(record.notes).toEqual(shown.notes);
  expect(record.actions.map(({ kind, name, by }: Record<string, string>) => [kind, name, by])).toEqual([
    ['tag', 'incident-42', 'ann'],
    ['untag', 'region:eu', 'ann'],
    ['tag', 'refund', 'ann'],
  ]);
  const page = await fetch(`${gateway.url}/runs/${one}`, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(html).toContain('/runs?tag=incident-42');
  expect(html).toContain('the source was late &lt;b&gt;');

  const resumed = await answered(() => gateway.post(`/runs/${one}/resume`, {}));
  expect(resumed.status).toBe(202);
  const goesOn = (await get(`/runs/${one}`)).body;
  expect([goesOn.state, goesOn.tags, goesOn.notes.length]).toEqual([
    'pursuing',
    ['incident-42', 'refund'],
    2,
  ]);
  await expect.poll(() => listed('tag=refund&state=pursuing'), WAIT).toEqual([one]);
});

test('pages of a list by tags have each run once, those tagged later first', async () => {
  const { goal, start, tag, listed, get } = await published();
  const ids = [await start('01'), await start('02'), await start('03'), await start('04')];
  for (const id of ids.slice(2)) await tag(id, { add: ['late'] });
  await expect.poll(() => listed('tag=late'), WAIT).toEqual(ids.slice(2));
  await expect.poll(() => listed('tag=region:eu'), WAIT).toEqual(ids);
  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await get(`/runs?goal=${goal}&tag=region:eu&limit=1${after}`);
    pages.push(body.items.map(({ id }: { id: string }) => id));
    cursor = body.next;
    expect(pages.length).toBeLessThan(20);
  }
  expect(pages.slice(0, 2).flat().sort()).toEqual(ids.slice(2));
  expect(pages.flat().sort()).toEqual(ids);
});

test('two who tag one run at once lose nothing, and lists find it by what both gave', async () => {
  const { start, end, tag, listed } = await published();
  const id = await start('01');
  await end(id, 'achieved');
  await Promise.all(['a', 'b', 'c', 'd'].map((one) => tag(id, { add: [one] })));
  await expect.poll(() => listed('tag=a,b,c,d'), WAIT).toEqual([id]);
});

test('what cannot be a tag or a note is refused, and no run has more than its bounds', async () => {
  const { start, tag, note, get } = await published();
  const id = await start('01');
  for (const body of [{}, { add: ["a'b"] }, { add: ['a'], remove: ['a'] }])
    expect((await tag(id, body)).body.code).toBe('body_invalid');
  expect((await note(id, '  ')).body.code).toBe('body_invalid');
  expect((await get("/runs?tag=a'b")).body.code).toBe('query_invalid');
  const many = (from: number, n: number) => Array.from({ length: n }, (_, i) => `t${from + i}`);
  expect((await tag(id, { add: many(0, 49) })).status).toBe(200);
  const full = await tag(id, { add: many(49, 1) });
  expect([full.status, full.body.code]).toEqual([409, 'annotations_full']);
  expect((await tag(id, { add: many(49, 1), remove: ['t0'] })).status).toBe(200);
});

test('who deletes a run deletes its tags and notes', async () => {
  const { start, end, tag, note, get, listed } = await published();
  const id = await start('01');
  await end(id, 'failed');
  await tag(id, { add: ['doomed'] });
  await note(id, 'a text that must go');
  await expect.poll(() => listed('tag=doomed'), WAIT).toEqual([id]);
  const left = async (): Promise<string[]> => {
    const found: string[] = [];
    const query = `WorkflowId STARTS_WITH 'gk-annotations:${id}' OR WorkflowId STARTS_WITH 'gk-tagged:${id}'`;
    for await (const { workflowId } of bench.client.workflow.list({ query })) found.push(workflowId);
    return found;
  };
  expect(await left()).toHaveLength(2);
  const deleted = await answered(() => gateway.delete(`/runs/${id}`, { ...by, reason: 'asked for' }));
  expect(deleted.body.deleted).toMatchObject({ executions: 1, shards: 0, leases: 0 });
  await expect.poll(left, WAIT).toEqual([]);
  await expect.poll(async () => (await get(`/runs/${id}`)).status, WAIT).toBe(404);
});
