import { pino } from 'pino';
import { expect, test } from 'vitest';
import { sealedLine } from '../../activities/sealed-line.ts';

function lineOf(fields: object): Record<string, unknown> {
  let line = '';
  pino({ hooks: { streamWrite: sealedLine } }, { write: (written) => (line = written) }).info(
    fields,
    'it failed',
  );
  return JSON.parse(line);
}

const error = Object.assign(new Error('no customer ada', { cause: new TypeError('ada is none') }), {
  code: 'unknown_customer',
  details: { customer: 'ada' },
});

test("a line of a run names its error by type, code and stack, and holds none of the error's texts", () => {
  const { err, error: text, msg } = lineOf({ run: 'g:1', err: error, error: 'no customer ada' }) as never;
  expect({ err, text, msg }).toEqual({
    err: {
      type: 'Error',
      code: 'unknown_customer',
      message: '<sealed>',
      stack: expect.stringMatching(/^ +at /),
    },
    text: '<sealed>',
    msg: 'it failed',
  });
  expect(JSON.stringify(err)).not.toContain('ada');
});

test('what is no error of a run is said as it is', () => {
  expect(lineOf({ err: error }).err).toMatchObject({ message: expect.stringContaining('no customer ada') });
  expect(lineOf({ run: 'g:1', attempt: 2 })).toMatchObject({ run: 'g:1', attempt: 2 });
});
