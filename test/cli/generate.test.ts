// Types from JSON Schemas: what they say, and that they compile whatever the schema is.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { generateCommand } from '../../cli/generate.ts';
import { typeOf, typesOfGoals } from '../../cli/generate-types.ts';

const said = (schema: z.ZodType): string =>
  typeOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));

test('schemas become the types that people would write', () => {
  expect(said(z.object({ day: z.string(), limit: z.int().optional() }))).toBe(
    '{ "day": string; "limit"?: number }',
  );
  expect(said(z.enum(['few', 'many']))).toBe('"few" | "many"');
  expect(said(z.array(z.string().nullable()))).toBe('(string | null)[]');
  expect(said(z.tuple([z.string(), z.number()]))).toMatch(/^\[string\??, number\??/);
  expect(said(z.record(z.string(), z.boolean()))).toBe('Record<string, boolean>');
  expect(typeOf({ allOf: [{ properties: { a: { type: 'string' } }, required: ['a'] }, { const: -1 }] })).toBe(
    '({ "a": string }) & (-1)',
  );
  expect(said(z.strictObject({}))).toBe('Record<string, never>');
});

test('what a type cannot say is unknown', () => {
  expect(said(z.unknown())).toBe('unknown');
  expect(typeOf({ $ref: 'https://elsewhere/schema' })).toBe('unknown');
  expect(typeOf({ $ref: '#/nowhere' })).toBe('unknown');
  expect(typeOf({ type: 'object', properties: { next: { $ref: '#' } } })).toBe(
    '{ "next"?: { "next"?: unknown } }',
  );
  expect(typeOf({ enum: [{ a: 1 }] })).toBe('unknown');
  expect(typeOf(null)).toBe('unknown');
  // Each part unfolds into two of the next: a billion.
  const doubling = Array.from({ length: 30 }, (_, i) => [
    `d${i}`,
    {
      anyOf: [1, 2].map(() => ({
        type: 'array',
        prefixItems: [1, 2].map(() => ({ $ref: `#/$defs/d${i + 1}` })),
      })),
    },
  ]);
  expect(typeOf({ $ref: '#/$defs/d0', $defs: Object.fromEntries(doubling) }).length).toBeLessThan(100_000);
});

/** Any JSON, and what is like a schema. */
const schemas = fc.letrec((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      true,
      false,
      {},
      { type: 'string' },
      { type: ['integer', 'null'] },
      { type: 'whatever' },
    ),
    fc.record({ const: fc.jsonValue() }),
    fc.record({ enum: fc.array(fc.jsonValue(), { maxLength: 3 }) }),
    fc.record({ $ref: fc.constantFrom('#', '#/properties/a', '#/$defs/x~1y', 'other') }),
    fc.record({
      anyOf: fc.array(tie('schema'), { maxLength: 3 }),
      allOf: fc.array(tie('schema'), { maxLength: 2 }),
    }),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.string(), tie('schema'), { maxKeys: 3 }),
        required: fc.array(fc.string(), { maxLength: 2 }),
        additionalProperties: tie('schema'),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('array'),
        items: tie('schema'),
        prefixItems: fc.array(tie('schema'), { maxLength: 3 }),
        minItems: fc.nat(4),
      },
      { requiredKeys: ['type'] },
    ),
  ),
})).schema;

async function compiled(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'generated-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const compilerOptions = {
      ...{
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: [],
        lib: ['ES2023'],
        exactOptionalPropertyTypes: true,
      },
      ...{ module: 'nodenext' },
    };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: Object.keys(files) }),
    );
    const tsc = resolve('node_modules/typescript/bin/tsc');
    return await promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('the types compile, whatever the schema and the outcome are', async () => {
  const some = fc.sample(fc.tuple(schemas, schemas, fc.string()), { numRuns: 300, seed: 18 });
  const goals = some.map(([input, output, outcome], i) => ({ goal: `goal-${i}`, input, output, outcome }));
  const files = {
    'goals.gen.d.ts': typesOfGoals([
      ...goals,
      { goal: 'last', input: {}, output: {}, outcome: '*/ } no /*' },
    ]),
    'use.ts': "import type { Goals } from './goals.gen.js';\nexport type Names = keyof Goals;\n",
  };
  expect(await compiled(files)).toBe('');
  expect(await compiled({ 'a.d.ts': 'export type A = { a: }' })).not.toBe('');
});

test('the command writes them from a gateway, without the goals that are retired', async () => {
  const goals = ['daily-revenue', 'old'].map((goal) => ({
    goal,
    outcome: 'It is there',
    retired: goal === 'old',
  }));
  const server = createServer(({ url, headers }, response) => {
    expect(headers.authorization).toBe('Bearer secret');
    const schema = {
      input: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
      output: true,
    };
    response.end(
      JSON.stringify(url === '/goals' ? { items: goals, next: null } : { ...goals[0], ...schema }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const folder = await mkdtemp(join(tmpdir(), 'generate-'));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const out = join(folder, 'goals.gen.d.ts');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await generateCommand().parseAsync(['--url', url, '--token', 'secret', '--out', out], { from: 'user' });
  const text = await readFile(out, 'utf8');
  expect(text).toContain('"daily-revenue": {\n    input: { "day": string };\n    output: unknown;');
  expect(text).not.toContain('"old"');
});
