import { expect, test } from 'vitest';
import type { Problem } from '../../../gateway/http/problems.ts';
import { parseJson } from '../../../gateway/http/read-body.ts';

const read = (text: string, within?: string[]): unknown =>
  parseJson(new Uint8Array(Buffer.from(text)).buffer as ArrayBuffer, within);

function problemOf(text: string, within?: string[]): Problem {
  try {
    read(text, within);
  } catch (error) {
    return error as Problem;
  }
  throw new Error('it was taken');
}

test.each([
  [
    '{"input":{"id":9223372036854775807}}',
    'input.id',
    'is 9223372036854775807, which would be read as 9223372036854776000',
  ],
  ['{"input":{"rows":[{"n":1e400}]}}', 'input.rows.0.n', 'is 1e400, which would be read as Infinity'],
  ['{"input":{"n":1e-400}}', 'input.n', 'is 1e-400, which would be read as 0'],
  ['{"amount":12345678901234567.89}', 'amount', 'would be read as 12345678901234568'],
  ['{"a":{"text":"\\ud800"}}', 'a.text', 'is a text with half of a surrogate pair'],
  ['{"a":"\\udead\\ud83d"}', 'a', 'is a text with half of a surrogate pair'],
])('a body that would not be read as it is written is refused, with its place: %s', (text, path, message) => {
  const { code, extras } = problemOf(text);
  expect(code).toBe('body_invalid');
  expect(extras.members?.errors).toEqual([{ path, message: expect.stringContaining(message) }]);
});

test('of a number it is said what to do', () => {
  expect(problemOf('{"id":9223372036854775807}').message).toMatch(/id is .*; write it as a text/);
});

test('a field whose bytes are JSON of their own is named with them', () => {
  expect(problemOf('{"id":1e999}', ['data']).extras.members?.errors).toMatchObject([{ path: 'data.id' }]);
});

test('what is read as it is written is taken', () => {
  const text = '{"n":[9007199254740991,0.1,6.02e23,-0.0],"pair":"\\ud83d\\ude00","id":"9223372036854775807"}';
  expect(read(text)).toEqual({
    n: [9007199254740991, 0.1, 6.02e23, -0],
    pair: '😀',
    id: '9223372036854775807',
  });
});
