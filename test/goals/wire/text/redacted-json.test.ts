import { expect, test } from 'vitest';
import { redactedJson, SHOWN_LENGTH } from '../../../../goals/wire/text/redacted-json.ts';

test('what people are shown is as JSON has it, without secrets, known by their look or by their name', () => {
  const given = {
    at: new Date(0),
    nothing: undefined,
    header: 'Authorization: Bearer abcdefgh12345678',
    nested: [{ password: 'hunter "2"', note: 'said "hi"\nand left', client_secret: '' }],
  };
  expect(redactedJson(given)).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    header: 'Authorization: <redacted>',
    nested: [{ password: '<redacted>', note: 'said "hi"\nand left', client_secret: '' }],
  });
  expect(redactedJson(undefined)).toBeNull();
  expect(redactedJson('token=abc123')).toBe('token=<redacted>');
});

test('what is too long is shown as the beginning of its JSON, and says so', () => {
  const shown = redactedJson({ rows: Array.from({ length: 5000 }, (_, n) => n) }) as string;
  expect(shown).toHaveLength(SHOWN_LENGTH);
  expect(shown).toMatch(/^\{"rows":\[0,1,2,.*… \(\d+ characters\)$/);
});

test('what is no JSON cannot be shown', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect(() => redactedJson(circle)).toThrow(TypeError);
});
