import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundedText } from '../../../../goals/wire/text/bounded-text.ts';

// Texts full of what is hard: halves of pairs, whole pairs, control and escape characters.
const unit = fc.constantFrom(
  ...['a', 'é', '😀', '\ud83d', '\ude00', '\0', '\n', '\t', '\r', '\u001b', '[', '3', 'm', '\u0085', '…'],
);
const text = fc.oneof(fc.string({ unit, maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 }));
const limit = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 300 }));

describe('boundedText', () => {
  test('leaves a short clean text as it is', () => {
    expect(boundedText('Could not connect.\n\tat line 3 – “why”, 😀?', 100)).toBe(
      'Could not connect.\n\tat line 3 – “why”, 😀?',
    );
    expect(boundedText('', 10)).toBe('');
    expect(boundedText('', 0)).toBe('');
  });

  test('leaves a text of just the limit as it is, and cuts one a character longer', () => {
    expect(boundedText('x'.repeat(50), 50)).toBe('x'.repeat(50));
    expect(boundedText('x'.repeat(51), 50)).toBe(`${'x'.repeat(50 - 17)}… (51 characters)`);
  });

  test('takes control characters out but keeps newline and tab', () => {
    const all = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join('');
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
    expect(boundedText(`${all}end`, 1000)).toBe(`\t\n${printable}end`);
    expect(boundedText('one\r\ntwo', 100)).toBe('one\ntwo');
  });

  test('takes the colours of a terminal out whole', () => {
    expect(boundedText('\u001b[1;31mERROR\u001b[0m in model\u001b[K', 100)).toBe('ERROR in model');
    expect(boundedText('an array [31m is no colour', 100)).toBe('an array [31m is no colour');
  });

  test('puts U+FFFD in the place of each lone surrogate and leaves pairs alone', () => {
    expect(boundedText('a\ud83db', 100)).toBe('a\ufffdb');
    expect(boundedText('a\ude00b', 100)).toBe('a\ufffdb');
    expect(boundedText('\ude00\ud83d', 100)).toBe('\ufffd\ufffd');
    expect(boundedText('\ud83d😀\ude00', 100)).toBe('\ufffd😀\ufffd');
  });

  test('does not make a pair of two lone surrogates by taking out what was between them', () => {
    expect(boundedText('\ud83d\u0000\ude00', 100)).toBe('\ufffd\ufffd');
  });

  test('never cuts in the middle of a surrogate pair', () => {
    const marker = '… (200 characters)';
    expect(boundedText('😀'.repeat(100), marker.length + 4)).toBe(`😀😀${marker}`);
    expect(boundedText('😀'.repeat(100), marker.length + 5)).toBe(`😀😀${marker}`);
    expect(boundedText(`a${'😀'.repeat(100)}`, 2)).toBe('a…');
    // The first cut, at twice the limit, falls into a pair, and what stands before it is all taken out.
    expect(boundedText(`${'\0'.repeat(59)}😀${'x'.repeat(100)}`, 30)).toBe('… (161 characters)');
  });

  test('tells how long the text was, even where the part that is left is short', () => {
    expect(boundedText(`ab${'\0'.repeat(98)}`, 40)).toBe('ab… (100 characters)');
    expect(boundedText('x'.repeat(12_345), 30)).toBe(`${'x'.repeat(10)}… (12345 characters)`);
  });

  test('marks a cut by an ellipsis where how long the text was does not fit', () => {
    expect(boundedText('x'.repeat(100), 17)).toBe(`${'x'.repeat(16)}…`);
    expect(boundedText('x'.repeat(100), 18)).toBe('… (100 characters)');
    expect(boundedText('xyz', 2)).toBe('x…');
    expect(boundedText('xyz', 1)).toBe('…');
    expect(boundedText('xyz', 0)).toBe('');
  });

  test('is never over the limit, and always a clean and well-formed text', () => {
    fc.assert(
      fc.property(text, limit, (original, most) => {
        const result = boundedText(original, most);
        expect(result.length).toBeLessThanOrEqual(most);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for the ones that must be gone
        expect(result).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        expect(() => encodeURIComponent(result)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  test('ends in the original length whenever something was cut and the length fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 60, maxLength: 120 }), (original) => {
        expect(boundedText(original, 40)).toMatch(new RegExp(`… \\(${original.length} characters\\)$`));
      }),
    );
  });

  test('gives the same text again for what it gave, under the same limit', () => {
    fc.assert(
      fc.property(text, limit, (original, most) => {
        const result = boundedText(original, most);
        expect(boundedText(result, most)).toBe(result);
      }),
      { numRuns: 1000 },
    );
  });

  test('costs little for a megabyte, whatever is in it', () => {
    for (const part of ['x', '😀', '\ud83d', '\ude00', '\0', '\u001b[', '\u001b[1', '\n']) {
      const long = part.repeat(Math.ceil(1_000_000 / part.length));
      const started = performance.now();
      for (let i = 0; i < 100; i++) boundedText(long, 300);
      expect(performance.now() - started, JSON.stringify(part)).toBeLessThan(1000);
    }
  });
});
