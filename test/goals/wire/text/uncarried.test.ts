import fc from 'fast-check';
import { expect, test } from 'vitest';
import { saidUncarried, uncarriedIn } from '../../../../goals/wire/text/uncarried.ts';

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}
class Money extends Point {
  readonly #cents = 5;
  get cents(): number {
    return this.#cents;
  }
}
class Secretive {
  readonly #value = 1;
  read(): number {
    return this.#value;
  }
}
const circular: { self?: unknown } = {};
circular.self = circular;
const inCircle: { rows: { parent?: unknown }[] } = { rows: [{}] };
(inCircle.rows[0] as { parent: unknown }).parent = inCircle;
const deep = (levels: number): unknown => (levels === 0 ? 1 : { in: deep(levels - 1) });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const hostile = {
  get price(): number {
    throw new Error('not yours');
  },
};
const silent = { toJSON: () => undefined };

const refused: [what: string, value: unknown, said: string][] = [
  ['NaN', { rows: [{ price: Number.NaN }] }, 'rows[0].price is NaN'],
  ['Infinity', [Number.POSITIVE_INFINITY], '[0] is Infinity'],
  ['-Infinity', { a: Number.NEGATIVE_INFINITY }, 'a is -Infinity'],
  ['a bigint', { n: 10n }, 'n is a bigint'],
  ['a Map', { a: new Map([['a', 1]]) }, 'a is a Map'],
  ['a Set', [[new Set([1])]], '[0][0] is a Set'],
  ['a Promise', { a: Promise.resolve(1) }, 'a is a Promise'],
  ['an Error', { a: new TypeError('x') }, 'a is a TypeError'],
  ['a RegExp', { a: /x/ }, 'a is a RegExp'],
  ['a function', { a: () => 1 }, 'a is a function'],
  ['a symbol', { a: Symbol('x') }, 'a is a symbol'],
  ['bytes', { a: new Uint8Array(2) }, 'a is an Uint8Array'],
  ['a Buffer', { a: Buffer.from('x') }, 'a is a Buffer'],
  ['an ArrayBuffer', { a: new ArrayBuffer(2) }, 'a is an ArrayBuffer'],
  ['an invalid Date', { at: new Date(Number.NaN) }, 'at is an invalid Date'],
  // biome-ignore lint/suspicious/noSparseArray: it is what is refused.
  ['a hole', [1, , 3], '[1] is a hole in a list'],
  ['undefined in a list', { rows: [1, undefined] }, 'rows[1] is undefined'],
  ['half of a surrogate pair', { a: '\ud800' }, 'a is a text with half of a surrogate pair'],
  ['a name with half of one', { a: { '\udfff': 1 } }, 'a["\\udfff"] is under a name with half'],
  ['an instance of which nothing is kept', { a: new Secretive() }, 'a is a Secretive'],
  ['an instance with fields that are computed', { a: new Money(1) }, 'a is a Money'],
  ['URLSearchParams', { a: new URLSearchParams('a=1') }, 'a is an URLSearchParams'],
  ['what contains itself', circular, 'self is a part of itself'],
  ['what contains itself further down', inCircle, 'rows[0].parent is a part of itself'],
  ['what nests too deep', deep(1200), 'nested more than 1000 levels deep'],
  ['a getter that throws', { rows: [hostile] }, 'rows[0].price is something that cannot be read (not yours)'],
  ['a revoked proxy', { a: revoked.proxy }, 'a is something that cannot be read'],
  ['a toJSON that throws', { a: { toJSON: () => JSON.parse('{') } }, 'a is something that cannot be read'],
  ['a toJSON that gives nothing', { a: silent }, 'a is an Object whose toJSON gives nothing'],
  ['a toJSON that gives NaN', { a: { toJSON: () => [Number.NaN] } }, 'a[0] is NaN'],
  ['a boxed NaN', { a: Object(Number.NaN) }, 'a is NaN'],
  ['a name that is no identifier', { 'a b': { 1: Number.NaN } }, '["a b"]["1"] is NaN'],
];

test.each(refused)('JSON cannot carry %s, and where it is is said', (_, value, said) => {
  const found = uncarriedIn(value);
  expect(found && saidUncarried('the output', found)).toContain(said);
});

test('of a whole that JSON cannot carry it is said what it is', () => {
  const said = (value: unknown) => saidUncarried('the output', uncarriedIn(value) as never);
  expect(said(10n)).toBe('the output is a bigint, which JSON cannot carry');
  expect(said([{ price: Number.NaN }])).toBe(
    'the output is not right: [0].price is NaN, which JSON cannot carry',
  );
});

test.each([
  ['a Date, as its text', { at: new Date(0) }],
  ['what has a JSON form of its own', { at: new URL('https://example.org/') }],
  ['a property that is undefined, which is left out', { a: undefined, b: 1 }],
  ['instances that are their fields', { a: new Point(1) }],
  ['objects without a prototype', Object.assign(Object.create(null), { a: 1 })],
  ['the same object twice', { a: inCircle.rows.slice(1), b: [deep(2), deep(2)] }],
  ['what nests deep', deep(900)],
  ['nothing', undefined],
  ['surrogate pairs', { '😀': '😀' }],
])('JSON carries %s', (_, value) => {
  expect(uncarriedIn(value)).toBeNull();
});

/** What a reader finds is what was told, but for what JSON does by itself. Independent of the look. */
function isKept(told: unknown, read: unknown): boolean {
  if (told instanceof Date) return told.toJSON() === read && read !== null;
  if (typeof told !== 'object' || told === null) return told === read;
  if (typeof read !== 'object' || read === null) return false;
  if (Array.isArray(told) !== Array.isArray(read)) return false;
  if (Array.isArray(told))
    return (
      told.length === (read as unknown[]).length &&
      told.every((part, i) => isKept(part, (read as unknown[])[i]))
    );
  if (![Object.prototype, null].includes(Object.getPrototypeOf(told))) return false;
  const names = Object.keys(told).filter((name) => (told as Record<string, unknown>)[name] !== undefined);
  return (
    names.length === Object.keys(read).length &&
    names.every((name) =>
      isKept((told as Record<string, unknown>)[name], (read as Record<string, unknown>)[name]),
    )
  );
}

const anything = fc.anything({
  ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true },
  ...({ withSparseArray: true, withNullPrototype: true, withUnicodeString: true } as object),
  maxDepth: 4,
});

test('whatever is not refused is read as it was told', () => {
  fc.assert(
    fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
      if (uncarriedIn(value) !== null || value === undefined) return;
      expect(isKept(value, JSON.parse(JSON.stringify(value)))).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('what came from JSON is never refused', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => uncarriedIn(JSON.parse(JSON.stringify(value))) === null));
});
