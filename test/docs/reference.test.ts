// The reference of the API is what its tables say, and the tables are whole.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { problemsOf, type Route, type RouteFacts } from '../../gateway/http/route.ts';
import { route } from '../../gateway/route-deps.ts';
import { routes } from '../../gateway/routes.ts';
import { codes } from '../../goals/wire/codes.ts';
import { type ProblemCode, problems } from '../../goals/wire/problem-codes.ts';
import { readCode } from '../house/arrows.ts';
import { generated, pageOf } from './generated.ts';

const all: readonly RouteFacts[] = Object.values(routes);

describe('the reference', () => {
  test.each(Object.keys(generated))(
    '%s is what the tables say; `npm run docs:reference` writes it',
    (path) => {
      expect(readFileSync(path, 'utf8')).toBe(pageOf(path));
    },
  );
});

describe('the table of routes', () => {
  test('has no two rows for one method and path', () => {
    const names = all.map(({ method, path }) => `${method} ${path}`);
    expect(names).toEqual([...new Set(names)]);
  });

  test('has every route that a file of the gateway declares', async () => {
    const files = [...readCode(['gateway'])].filter(([, code]) =>
      /^export const \w+ = (route|steering)\(/m.test(code),
    );
    const listed = new Set<unknown>(Object.values(routes));
    const missing: string[] = [];
    for (const [file] of files)
      for (const [name, value] of Object.entries((await import(`../../${file}`)) as Record<string, unknown>))
        if (isRoute(value) && !listed.has(value)) missing.push(`${file}: ${name}`);
    expect(files.length).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });

  test('says what each does in one sentence, and names each by a verb', () => {
    for (const { summary } of all) expect(summary).toMatch(/^[A-Z][a-z]+s .*[^.]\.$/);
    for (const name of Object.keys(routes)) expect(name).toMatch(/^[a-z]+[A-Z]\w+$/);
  });

  test('declares no problem twice', () => {
    for (const row of all) expect(problemsOf(row), row.path).toEqual([...new Set(problemsOf(row))]);
  });

  test('takes no row without who may, nor one that leaves out a parameter of its path', () => {
    const facts = { method: 'GET', summary: 'Shows it.', answers: {}, handle: () => new Response() } as const;
    // @ts-expect-error who may is missing
    route({ ...facts, path: '/things' });
    // @ts-expect-error there is no such role
    route({ ...facts, path: '/things', role: 'anybody' });
    // @ts-expect-error the parameter is not described
    route({ ...facts, path: '/things/:id', role: 'viewer' });
    expect(route({ ...facts, path: '/things/:id', role: 'viewer', params: { id: 'its ID' } })).toMatchObject({
      role: 'viewer',
      problems: [],
    });
  });
});

const isRoute = (value: unknown): value is Route<unknown> =>
  typeof value === 'object' && value !== null && 'answer' in value && 'role' in value;

describe('the table of problems', () => {
  const ofTheGateway: ProblemCode[] = ['request_malformed', 'route_unknown', 'method_not_allowed'];

  test('has no code that no route declares', () => {
    const declared = new Set([...ofTheGateway, ...all.flatMap(problemsOf)]);
    expect(Object.keys(problems).filter((code) => !declared.has(code as ProblemCode))).toEqual([]);
  });

  test('says of each in plain sentences what it means and how to mend it', () => {
    for (const [code, { status, title, means, mend }] of Object.entries(problems)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(title, code).toMatch(/^[A-Z][\w '-]{4,40}$/);
      expect(means, code).toMatch(/^[A-Z].{15,}[^.]\.$/);
      expect(mend, code).toMatch(/^[A-Z`].{10,}[^.]\.$/);
    }
  });

  test('gives a code that errors and failures have as well the same meaning', () => {
    const shared = Object.entries(problems).filter(([code]) => Object.hasOwn(codes, code));
    expect(shared.length).toBeGreaterThan(5);
    for (const [code, { means, mend }] of shared)
      expect(`${means} ${mend}`, code).toBe(codes[code as keyof typeof codes]);
  });
});
