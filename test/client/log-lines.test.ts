import { expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';

const line = (text: string) => ({ at: '2026-11-20T05:00:00.000Z', text, step: 'load#1', attempt: 1 });
const page = (texts: string[], next: string | null, after: string | null) => ({
  ...{ kept: true, link: null, items: texts.map(line), next, after },
});

/** A gateway that gives these answers in turn, and what it was asked. */
function gatewayWith(answers: object[]) {
  const asked: string[] = [];
  const client = createClient({
    url: 'http://gateway',
    fetch: async (input, init) => {
      const { pathname, search } = new URL(String(input));
      const prefer = new Headers(init?.headers).get('prefer');
      asked.push(`${pathname}${search}${prefer === null ? '' : ` ${prefer}`}`);
      return Response.json(answers.shift() ?? {});
    },
  });
  return { client, asked };
}

const textsOf = async (lines: AsyncIterable<{ text: string }>): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { text } of lines) texts.push(text);
  return texts;
};

test('the lines that there are come page by page', async () => {
  const { client, asked } = gatewayWith([
    page(['a', 'b'], 'c1', 'c1'),
    page(['c'], null, 'c2'),
    page([], null, 'c2'),
  ]);
  expect(await textsOf(client.runs.logs('load:1', { step: 'load#1' }))).toEqual(['a', 'b', 'c']);
  expect(asked).toEqual(['/runs/load%3A1/logs?step=load%231', '/runs/load%3A1/logs?step=load%231&cursor=c1']);
});

test('followed, they come until the run has ended, and those that were on their way at its end', async () => {
  const { client, asked } = gatewayWith([
    ...[page([], null, null), { state: 'pursuing' }],
    ...[page(['a'], null, 'c1'), page([], null, 'c1'), { state: 'closed' }],
    ...[page(['the last'], null, 'c2'), page([], null, 'c2')],
  ]);
  expect(await textsOf(client.runs.logs('load:1', { follow: true }))).toEqual(['a', 'the last']);
  expect(asked[0]).toBe('/runs/load%3A1/logs wait=20');
  expect(asked.at(-1)).toBe('/runs/load%3A1/logs?cursor=c2 wait=3');
});

test('where no logs are kept, or may be seen, there is nothing to wait for', async () => {
  const none = { ...page([], null, null), kept: false };
  const hidden = { ...page([], null, null), hidden: true };
  for (const answer of [none, hidden])
    expect(await textsOf(gatewayWith([answer]).client.runs.logs('load:1', { follow: true }))).toEqual([]);
});
