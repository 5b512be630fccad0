import { expect, test } from 'vitest';
import { withEtag } from '../../../gateway/http/etag.ts';

const asking = (tag?: string, method = 'GET') =>
  new Request('http://gateway/runs', { method, headers: tag === undefined ? {} : { 'if-none-match': tag } });

const answer = (body: string, type = 'application/json', status = 200) =>
  new Response(body, {
    status,
    headers: { 'content-type': type, 'cache-control': 'no-store', vary: 'Accept' },
  });

const tagOf = async (body: string) => (await withEtag(asking(), answer(body))).headers.get('etag') ?? '';

test('the same content has the same tag, and other content another', async () => {
  expect(await tagOf('{"a":1}')).toMatch(/^W\/"[\w-]{22}"$/);
  expect(await tagOf('{"a":1}')).toBe(await tagOf('{"a":1}'));
  expect(await tagOf('{"a":2}')).not.toBe(await tagOf('{"a":1}'));
});

test('who has it already gets no body, and what keeps it from others', async () => {
  const tag = await tagOf('{"a":1}');
  for (const asked of [tag, tag.replace('W/', ''), `"else", ${tag}`]) {
    const same = await withEtag(asking(asked), answer('{"a":1}'));
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', tag]);
    expect(same.headers.get('content-type')).toBeNull();
    expect(same.headers.get('cache-control')).toBe('no-store');
    expect(same.headers.get('vary')).toMatch(/Accept.*Authorization.*Cookie/);
  }
  const other = await withEtag(asking(tag), answer('{"a":2}'));
  expect([other.status, await other.text()]).toEqual([200, '{"a":2}']);
});

test.each([
  ['a stream', asking(), answer(': hello\n\n', 'text/event-stream')],
  ['a problem', asking(), answer('{}', 'application/problem+json', 404)],
  ['lines of records', asking(), answer('{}\n', 'application/x-ndjson')],
  ['a write', asking(undefined, 'POST'), answer('{}')],
])('%s has none', async (_, request, response) => {
  expect(await withEtag(request, response)).toBe(response);
  expect(response.headers.get('etag')).toBeNull();
});
