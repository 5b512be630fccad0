import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inexactIn, saidInexact } from '../../../../goals/wire/text/inexact.ts';

test.each([
  ['an ID of 19 digits', '{"id":9223372036854775807}', 'id', '9223372036854775807', '9223372036854776000'],
  ['the one before it', '{"id": 9223372036854775806 }', 'id', '9223372036854775806', '9223372036854776000'],
  ['one of two to the 63rd', '[9223372036854775808]', '[0]', '9223372036854775808', '9223372036854776000'],
  ['one beyond what is safe', '[1,9007199254740993]', '[1]', '9007199254740993', '9007199254740992'],
  ['a negative one', '{"a":[{"b":-9007199254740993}]}', 'a[0].b', '-9007199254740993', '-9007199254740992'],
  ['one with a fraction of nothing', '[9007199254740993.0]', '[0]', '9007199254740993.0', '9007199254740992'],
  [
    'an amount of too many digits',
    '[12345678901234567.89]',
    '[0]',
    '12345678901234567.89',
    '12345678901234568',
  ],
  [
    'a fraction of too many',
    '[0.12345678901234567890]',
    '[0]',
    '0.12345678901234567890',
    '0.12345678901234568',
  ],
  ['what is too large', '{"n":1e400}', 'n', '1e400', 'Infinity'],
  ['what is too large and negative', '{"n":-1E+400}', 'n', '-1E+400', '-Infinity'],
  ['what is too small', '{"n":1e-400}', 'n', '1e-400', '0'],
  [
    'one after a text that looks like one',
    '["1e400 \\" ,[{",{"x\\"y": [0,1e999]}]',
    '[1]["x\\"y"][1]',
    '1e999',
    'Infinity',
  ],
  ['the whole', ' 1e400 ', '', '1e400', 'Infinity'],
])('%s would become another number, which is said with its path', (_, text, path, number, becomes) => {
  const found = inexactIn(text);
  expect(found).toMatchObject({ number, becomes });
  expect(found && saidInexact('the output', found)).toBe(
    `the output${path === '' ? '' : ` is not right: ${path}`} is ${number}, which would be read as ${becomes}; write it as a text`,
  );
});

test.each([
  ['9007199254740991', 'the largest that is safe'],
  ['-9007199254740991', 'the least that is safe'],
  ['0.1', 'a fraction'],
  ['0.10000000000000001', 'a fraction as C writes it'],
  ['0.1000000000000000055511151231257827021181583404541015625', 'a fraction with all of its digits'],
  ['6.02214076e23', 'what is large and has few digits'],
  ['100000000000000000000', 'what is large, as JavaScript writes it'],
  ['1e2', 'an exponent'],
  ['1.50', 'a zero at the end'],
  ['0.000000000000000000001', 'what is small'],
  ['5e-324', 'the smallest'],
  ['1.7976931348623157e308', 'the largest'],
  ['-0', 'minus nothing'],
  ['0e400', 'nothing with an exponent'],
  ['0.000000000000000000000', 'nothing with many digits'],
  ['"9223372036854775807"', 'a text'],
  ['{"9223372036854775807":"1e400\\\\"}', 'names and texts that look like numbers'],
])('%s is read as it is: %s', (text) => {
  expect(inexactIn(text)).toBeNull();
});

test('what JSON.stringify writes is read as it is', () => {
  const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.array(numbers)), (value) => {
      expect(inexactIn(JSON.stringify(value))).toBeNull();
    }),
    { numRuns: 1000 },
  );
});

test('of whole numbers no two that are taken are read as one', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
      fc.integer({ min: 1, max: 3000 }),
      (n, more) => {
        const taken = [n, n + BigInt(more)].filter((one) => inexactIn(`[${one}]`) === null);
        expect(new Set(taken.map(Number)).size).toBe(taken.length);
      },
    ),
    { numRuns: 2000 },
  );
});

test('of all whole numbers that a double tells apart from its neighbours, each is taken', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (n) => {
      expect(inexactIn(`{"n":${n}}`)).toBeNull();
    }),
  );
});

test('the path of a number is found in whatever comes before it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (before, name) => {
      const text = JSON.stringify({ before, rows: [before, { [name]: 0 }] }, null, 1);
      const marked = text.replace(/0(?=\s*\}\s*\]\s*\}$)/, '9007199254740993');
      const path = name === '__proto__' ? undefined : inexactIn(marked)?.at;
      if (path !== undefined) expect(path).toEqual(['rows', 1, name]);
    }),
  );
});
