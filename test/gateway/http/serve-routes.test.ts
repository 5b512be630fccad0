import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Problem, problemResponse } from '../../../gateway/http/problems.ts';
import { type Route, routeWith } from '../../../gateway/http/route.ts';
import { serveRoutes } from '../../../gateway/http/serve-routes.ts';
import { showProblem } from '../../../gateway/problem-route.ts';
import { silent } from '../workbench.ts';

const route = routeWith<{ name: string }>();
const anything = { description: 'anything', schema: z.unknown() };
const facts = { role: 'viewer', summary: 'Shows it.', answers: { 200: anything, 202: anything } } as const;

function serving<Deps>(routes: readonly Route<Deps>[], deps: Deps, refuseUndeclared = true) {
  const app = new Hono();
  const problemIn = (error: unknown) => (error instanceof Problem ? error : null);
  const admit = async () => ({ deps, caller: { name: null, verified: false } });
  serveRoutes(app, routes, admit, { problemIn, refuseUndeclared, witness: null, log: silent });
  app.onError((error, c) =>
    problemResponse(problemIn(error) ?? new Problem('internal', error.message), c.req.path),
  );
  return async (path: string, init?: RequestInit) => {
    const response = await app.request(path, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };
}

describe('a route', () => {
  const shown = route({
    ...facts,
    method: 'GET',
    path: '/things/:id/parts/:part',
    params: { id: 'its ID', part: 'its part' },
    query: z.strictObject({ n: z.coerce.number().default(1) }),
    handle: ({ params, query, c }, { name }) => c.json({ ...params, ...query, name }),
  });
  const made = route({
    ...facts,
    method: 'POST',
    path: '/things/:id/parts/:part',
    params: { id: 'its ID', part: 'its part' },
    body: { schema: z.strictObject({ x: z.number() }) },
    handle: ({ body, c }) => c.json(body, 202),
  });
  const ask = serving([shown, made], { name: 'deps' });
  const post = (body: string) => ({
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
  });

  test('gets what its row says that it takes', async () => {
    expect((await ask('/things/a/parts/b%2Fc?n=3')).body).toEqual({
      id: 'a',
      part: 'b/c',
      n: 3,
      name: 'deps',
    });
    expect(await ask('/things/a/parts/b', post('{"x":1}'))).toMatchObject({ status: 202, body: { x: 1 } });
  });

  test('is not asked for anything else', async () => {
    expect((await ask('/things/a/parts/b?m=3')).body.code).toBe('query_invalid');
    expect((await ask('/things/a/parts/b?n=3', post('{"x":1}'))).body.code).toBe('query_invalid');
    expect((await ask('/things/a/parts/b', post('{"y":1}'))).body.code).toBe('body_invalid');
    const other = await ask('/things/a/parts/b', { method: 'PUT' });
    expect(other.body.code).toBe('method_not_allowed');
    expect(other.headers.get('allow')).toBe('GET, HEAD, POST');
    expect((await ask('/things/a/parts/b', { method: 'HEAD' })).status).toBe(200);
  });

  test('of a literal path comes before one of a parameter, wherever it stands in the table', async () => {
    const named = route({
      ...facts,
      method: 'GET',
      path: '/things/:id',
      params: { id: 'its ID' },
      handle: ({ params, c }) => c.json(params.id.toUpperCase()),
    });
    const literal = route({ ...facts, method: 'GET', path: '/things/all', handle: ({ c }) => c.json('all') });
    const first = serving([named, literal], { name: '' });
    expect((await first('/things/all')).body).toBe('all');
    expect((await first('/things/x')).body).toBe('X');
  });
});

describe('a problem that the row does not declare', () => {
  const undeclared = route({
    ...facts,
    method: 'GET',
    path: '/things',
    problems: ['goal_unknown'],
    query: z.strictObject({ code: z.enum(['goal_unknown', 'run_open']) }),
    handle: ({ query }) => {
      throw new Problem(query.code, 'Of the test.');
    },
  });

  test('is a bug where we develop, and says so', async () => {
    const ask = serving([undeclared], { name: '' });
    expect((await ask('/things?code=run_open')).body).toMatchObject({
      code: 'internal',
      detail: expect.stringContaining("GET /things does not declare 'run_open'"),
    });
    expect((await ask('/things?code=goal_unknown')).body.code).toBe('goal_unknown');
  });

  test('is answered as it is in production', async () => {
    const ask = serving([undeclared], { name: '' }, false);
    expect((await ask('/things?code=run_open')).body.code).toBe('run_open');
  });
});

describe('an answer that its row does not describe', () => {
  const answering = (body: unknown, status: 200 | 201 = 200) =>
    route({
      ...facts,
      method: 'GET',
      path: '/things',
      answers: { 200: { description: 'its name', schema: z.object({ name: z.string() }) } },
      handle: ({ c }) => c.json(body as object, status),
    });

  test.each([
    ['a field that is not described', answering({ name: 'a', more: 1 })],
    ['a field of another type', answering({ name: 1 })],
    ['a missing field', answering({})],
    ['another status', answering({ name: 'a' }, 201)],
  ])('is a bug where we develop, and says so: %s', async (_, row) => {
    expect((await serving([row], { name: '' })('/things')).body).toMatchObject({
      code: 'internal',
      detail: expect.stringMatching(/^GET \/things (answers|does not declare)/),
    });
    expect((await serving([row], { name: '' }, false)('/things')).status).toBeLessThan(300);
  });

  test('is any other than that one', async () => {
    expect((await serving([answering({ name: 'a' })], { name: '' })('/things')).body).toEqual({ name: 'a' });
  });
});

describe('the route of a problem', () => {
  const ask = serving([showProblem as Route<unknown>], {});

  test('says to a program what it means, and how to mend it', async () => {
    const { headers, body } = await ask('/problems/run_open');
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toEqual({
      code: 'run_open',
      status: 409,
      title: 'Run under way',
      means: 'The run is still under way.',
      mend: 'Wait for its outcome, or cancel it.',
    });
  });

  test.each(['no_such_code', 'toString', '__proto__', '%3Cscript%3E'])('of %s is not there', async (code) => {
    expect(await ask(`/problems/${code}`)).toMatchObject({ status: 404, body: { code: 'problem_unknown' } });
  });
});
