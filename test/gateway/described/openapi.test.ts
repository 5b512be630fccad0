import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { docsPage } from '../../../gateway/dashboard/docs-page.tsx';
import type { JsonSchema } from '../../../gateway/described/lifted.ts';
import { describing, GOALS_DESCRIBED, openApi } from '../../../gateway/described/openapi.ts';
import { mayMove, problemsOf, type RouteFacts } from '../../../gateway/http/route.ts';
import { routes } from '../../../gateway/routes.ts';
import { problems } from '../../../goals/wire/problem-codes.ts';

const api = { routes, start: routes.startRun, version: '1.2.3', secured: true };

const Tree = z.object({
  name: z.string(),
  get children() {
    return z.array(Tree);
  },
});
const published = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
const fares = {
  goal: 'fares',
  outcome: 'The fares of the day are <script>alert(1)</script> in the warehouse',
  input: published(z.strictObject({ day: z.iso.date().describe('day & night'), tree: Tree.optional() })),
  output: published(z.object({ rows: z.int() })),
};
const forest = { goal: 'forest', outcome: 'Trees', input: published(Tree), output: published(z.object({})) };

const document = openApi({ ...api, goals: [fares, forest] }) as {
  paths: Record<string, Record<string, { responses: Record<string, unknown>; requestBody?: unknown }>>;
  components: { schemas: Record<string, JsonSchema> };
};

/** A value against a schema of the document, whose references lead into it. */
function fits(ref: string, value: unknown): boolean {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'api');
  return ajv.validate({ $ref: `api#/components/schemas/${ref}` }, value) as boolean;
}

describe('the document of the API', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect(errors ?? [], JSON.stringify(errors)).toEqual([]);
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
    const open = await new Validator().validate(openApi({ ...api, secured: false, goals: [] }));
    expect(open.valid).toBe(true);
  });

  test('leads all its references to something', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"/]+)/g))
      expect(Object.keys(document.components.schemas)).toContain(name);
    expect(text.match(/"\$ref":"(?!#\/components\/schemas\/)/g)).toBeNull();
  });

  test.each(Object.entries<RouteFacts>(routes))(
    'has %s: what it answers, and every problem',
    (_name, route) => {
      const operation = document.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
      const statuses = [
        ...Object.keys(route.answers),
        ...(mayMove(route) ? ['308'] : []),
        ...problemsOf(route).map((code) => String(problems[code].status)),
      ];
      expect(Object.keys(operation?.responses ?? {}).sort()).toEqual([...new Set(statuses)].sort());
      for (const code of problemsOf(route))
        expect(JSON.stringify(operation?.responses)).toContain(`"${code}"`);
    },
  );

  test('has a path of its own for each goal, with what it takes and gives', () => {
    expect(fits('fares.input', { day: '2026-11-20' })).toBe(true);
    expect(fits('fares.input', { day: 'today' })).toBe(false);
    expect(fits('fares.output', { rows: 1 })).toBe(true);
    expect(fits('fares.output', { rows: 'many' })).toBe(false);
    const body = document.paths['/goals/fares/runs']?.post?.requestBody;
    expect(body).toMatchObject({
      content: {
        'application/json': {
          schema: { properties: { input: { $ref: '#/components/schemas/fares.input' }, reason: {} } },
        },
      },
    });
  });

  test('holds schemas that refer to themselves', () => {
    const tree = { name: 'a', children: [{ name: 'b', children: [] }] };
    const bad = { name: 'a', children: [{ name: 1, children: [] }] };
    for (const [ref, wrap] of [
      ['forest.input', (one: unknown) => one],
      ['fares.input', (one: unknown) => ({ day: '2026-11-20', tree: one })],
    ] as const) {
      expect(fits(ref, wrap(tree)), ref).toBe(true);
      expect(fits(ref, wrap(bad)), ref).toBe(false);
    }
  });

  test('has a bound, and says how many goals it leaves out', () => {
    const many = Array.from({ length: GOALS_DESCRIBED + 7 }, (_, n) => ({ ...fares, goal: `fares-${n}` }));
    const { paths, info } = openApi({ ...api, goals: many }) as unknown as {
      paths: object;
      info: { description: string };
    };
    expect(Object.keys(paths).filter((path) => path.startsWith('/goals/fares-'))).toHaveLength(
      GOALS_DESCRIBED,
    );
    expect(info.description).toContain('7 more goals have no path of their own here');
  });

  test('is made once for the same goals, and anew where one has changed', () => {
    const describe = describing(api);
    const first = describe([fares]);
    expect(describe([{ ...fares }])).toBe(first);
    expect(describe([{ ...fares, outcome: 'Another' }]).text).toContain('Another');
  });
});

describe('its page', () => {
  const html = (route?: string) => String(docsPage(document, route, 'http://gateway.test:8080').body);

  test('lists each route and each goal, and leads to a page of each', () => {
    const all = html();
    expect(Buffer.byteLength(all)).toBeLessThan(90_000);
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods)) {
        expect(all).toContain(`${method.toUpperCase()} ${path}</a>`);
        const { operationId } = operation as unknown as { operationId: string };
        expect(all).toContain(`href="/docs?route=${encodeURIComponent(operationId)}"`);
        expect(html(operationId)).toContain(`${method.toUpperCase()} ${path}</p>`);
      }
  });

  test('shows of a route what it takes and answers, with a request to try', () => {
    const one = html('startRun_fares');
    expect(one).toContain('http://gateway.test:8080/goals/fares/runs');
    expect(one).toContain('{&quot;input&quot;:{&quot;day&quot;:&quot;2026-11-20&quot;}}');
    expect(one).toContain('<a href="/problems/input_invalid">');
    expect(one).toContain('day &amp; night');
  });

  test('leads to each of its sections, one of each name', () => {
    const all = html();
    const ids = [...all.matchAll(/<section id="([^"]*)"/g)].map(([, id]) => id as string);
    expect(ids.filter((id) => /\s/.test(id) || ids.indexOf(id) !== ids.lastIndexOf(id))).toEqual([]);
    const led = [...all.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
    expect(led.length).toBeGreaterThan(5);
    for (const id of led) expect(ids).toContain(id);
  });

  test('shows what goals say as text, and says of a route that it has not that it has none', () => {
    expect(html() + html('startRun_fares')).not.toContain('<script');
    expect(html('startRun_fares')).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html('<b>odd')).toContain('None of them is called &lt;b&gt;odd');
  });
});
