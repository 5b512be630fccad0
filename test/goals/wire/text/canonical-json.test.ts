import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../../goals/wire/text/canonical-json.ts';

/** The same value with the properties of every object written in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, shuffled(part)] as const);
  return Object.fromEntries(entries.reverse());
}

describe('canonicalJson', () => {
  test('writes the keys of objects in order, at every depth, and leaves lists as they are', () => {
    expect(canonicalJson({ b: 1, a: { d: [3, 1, { z: 0, y: 0 }], c: 2 } })).toBe(
      '{"a":{"c":2,"d":[3,1,{"y":0,"z":0}]},"b":1}',
    );
  });

  test('is the same text for equal values, in whatever order they were written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test('is JSON of the very same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('is another text for another value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const equal = canonicalJson(a) === canonicalJson(b);
        expect(equal).toBe(equals(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))));
      }),
    );
  });

  test('leaves out what JSON leaves out, and counts undefined as null', () => {
    expect(canonicalJson(undefined)).toBe('null');
    expect(canonicalJson(null)).toBe('null');
    expect(canonicalJson([undefined, Number.NaN])).toBe('[null,null]');
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    expect(canonicalJson(new Date(0))).toBe('"1970-01-01T00:00:00.000Z"');
  });

  test('keeps keys that are names of something else', () => {
    const odd = JSON.parse('{"__proto__":{"b":1,"a":2},"constructor":1,"10":0,"9":0}');
    expect(JSON.parse(canonicalJson(odd))).toEqual(odd);
    expect(canonicalJson(odd)).toContain('"__proto__":{"a":2,"b":1}');
  });
});

function equals(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
