import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../../goals/wire/text/sha256.ts';

const byNode = (text: string): string =>
  createHash('sha256').update(new TextEncoder().encode(text)).digest('hex');

describe('sha256', () => {
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('gives the published digest of %j', (text, digest) => {
    expect(sha256(text)).toBe(digest);
  });

  test('agrees with node:crypto at every length around the ends of blocks', () => {
    for (let length = 0; length <= 200; length++) {
      expect(sha256('x'.repeat(length)), `${length} bytes`).toBe(byNode('x'.repeat(length)));
    }
  });

  test('agrees with node:crypto where a character of two, three or four bytes crosses the end of a block', () => {
    for (const char of ['é', '€', '😀', '\ud800', '\udc00']) {
      for (let before = 50; before <= 70; before++) {
        const text = 'x'.repeat(before) + char;
        expect(sha256(text), `${before} bytes, then ${JSON.stringify(char)}`).toBe(byNode(text));
      }
    }
  });

  test('agrees with node:crypto at the first and last character of each length in UTF-8', () => {
    for (const code of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff]) {
      const text = String.fromCodePoint(code);
      expect(sha256(text), code.toString(16)).toBe(byNode(text));
    }
  });

  test('agrees with node:crypto on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(sha256(text)).toBe(byNode(text));
      }),
      { numRuns: 500 },
    );
  });

  test('takes a lone surrogate for U+FFFD, as TextEncoder does', () => {
    expect(sha256('a\ud83d')).toBe(sha256('a\ufffd'));
    expect(sha256('\ude00\ud83d')).toBe(sha256('\ufffd\ufffd'));
    const units = fc.constantFrom('\ud800', '\udbff', '\udc00', '\udfff', 'a', 'é', '😀');
    fc.assert(
      fc.property(fc.string({ unit: units, maxLength: 100 }), (text) => {
        expect(sha256(text)).toBe(byNode(text));
      }),
      { numRuns: 500 },
    );
  });

  test('agrees with node:crypto on a megabyte, and is no hang', () => {
    for (const text of ['x'.repeat(1_000_000), 'aé€😀\ud800'.repeat(170_000)]) {
      const started = performance.now();
      const digest = sha256(text);
      expect(performance.now() - started).toBeLessThan(5000);
      expect(digest).toBe(byNode(text));
    }
  });
});
