// Forms without a browser: what a schema asks, and the body that answers make.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { curlOf } from '../../../gateway/dashboard/actions/curl.ts';
import { doneSentence, havingDone } from '../../../gateway/dashboard/actions/done.ts';
import { type FormField, fieldAt, nameOf, readForm } from '../../../gateway/dashboard/actions/form-fields.ts';
import { schemaFields } from '../../../gateway/dashboard/actions/schema-fields.ts';

const INPUT = z.object({
  day: z.iso.date(),
  rows: z.int().min(1).max(10),
  rate: z.number().optional(),
  currency: z.enum(['EUR', 'USD']).default('EUR'),
  full: z.boolean(),
  note: z.string().nullable(),
  filter: z.object({ region: z.string() }).optional(),
});
const fields = schemaFields(z.toJSONSchema(INPUT, { io: 'input' }), ['input'], 'Input');
const sent = (given: Record<string, string>) => readForm(fields, new URLSearchParams(given));

describe('the fields of a schema', () => {
  test('are a field for each property, and JSON for what is nested', () => {
    expect(fields.map((field) => [nameOf(field), field.kind, field.isRequired])).toEqual([
      ['input.day', 'date', true],
      ['input.rows', 'number', true],
      ['input.rate', 'number', false],
      ['input.currency', 'choice', false],
      ['input.full', 'choice', true],
      ['input.note', 'text', true],
      ['input.filter', 'json', false],
    ]);
    expect(fields.map(({ hint }) => hint)).toContain('whole number from 1 to 10');
  });

  test.each([
    [z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])],
    [z.record(z.string(), z.number())],
    [z.array(z.string())],
    [z.looseObject({})],
  ])('are one of JSON where they cannot say all that the schema takes', (schema) => {
    expect(schemaFields(z.toJSONSchema(schema), ['input'], 'Input')).toMatchObject([{ kind: 'json' }]);
  });

  test('are none where it takes nothing', () => {
    expect(schemaFields(z.toJSONSchema(z.strictObject({})), ['input'], 'Input')).toEqual([]);
  });
});

describe('the body of a form', () => {
  const whole = { 'input.day': '2026-11-20', 'input.rows': '7', 'input.full': 'false' };

  test('has each value as its own kind; what is left empty is absent, or null where it must be there', () => {
    expect(sent({ ...whole, 'input.rate': '', 'input.filter': '{"region":"north"}' })).toEqual({
      errors: [],
      body: {
        input: { day: '2026-11-20', rows: 7, full: false, note: null, filter: { region: 'north' } },
      },
    });
  });

  test.each([
    ['input.rows', '', /is missing/],
    ['input.rows', 'seven', /is not a number/],
    ['input.rows', '9007199254740993', /would be read as 9007199254740992/],
    ['input.rate', '0x10', /is not a number/],
    ['input.currency', 'DEM', /must be one of EUR, USD/],
    ['input.filter', '{region}', /is not JSON/],
    ['input.filter', '{"id":12345678901234567890}', /would be read as/],
  ])('says at its field what cannot be read: %s %s', (name, value, said) => {
    const { errors } = sent({ ...whole, [name]: value });
    expect(errors).toMatchObject([{ path: name, message: expect.stringMatching(said) }]);
  });

  test('holds a field called __proto__ as a field', () => {
    const field: FormField = { at: ['input', '__proto__'], words: 'p', kind: 'text' };
    const { body } = readForm([field], new URLSearchParams([['input.__proto__', 'x']]));
    expect(JSON.stringify(body)).toBe('{"input":{"__proto__":"x"}}');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('finds the field that a problem is of, however deep it lies', () => {
    const found = fieldAt(fields, 'input.filter.region');
    expect(found === null ? null : nameOf(found)).toBe('input.filter');
    expect(fieldAt(fields, 'reason')).toBe(null);
  });
});

test('a command holds no secret, and each of its texts is one word of a shell', () => {
  const text = curlOf({
    ...{ origin: 'https://gk.example', path: '/runs/a:1/accept', headers: {}, needsToken: true },
    body: { reason: "it's $(rm -rf) fine" },
  });
  expect(text).toContain('"authorization: Bearer $GOALKEEPER_TOKEN"');
  expect(text).toContain(`-d '{"reason":"it'\\''s $(rm -rf) fine"}'`);
});

test('an address says what was done only in words of ours', () => {
  expect(havingDone('/runs/a:1#errors', 'accepted')).toBe('/runs/a:1?done=accepted#errors');
  expect(havingDone('/backfills?goal=a', 'kept')).toBe('/backfills?goal=a&done=kept');
  expect([doneSentence('constructor'), doneSentence('<b>'), doneSentence(undefined)]).toEqual([
    null,
    null,
    null,
  ]);
});
