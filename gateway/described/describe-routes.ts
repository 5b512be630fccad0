// The routes by which the API says what it takes and answers: to programs, and to people.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type RouteDeps, route } from '../route-deps.ts';
import type { Description } from './openapi.ts';

export const showOpenApi = route({
  method: 'GET',
  path: '/openapi.json',
  role: 'viewer',
  summary:
    'Describes the API as OpenAPI 3.1: every route, every problem, and what each goal takes and gives.',
  answers: {
    200: { description: 'the document', schema: z.record(z.string(), z.unknown()) },
    304: { description: 'it is as `If-None-Match` has it', mediaType: null },
  },
  async handle({ c }, deps) {
    const { text } = await described(deps);
    const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
    if (c.req.header('if-none-match')?.includes(etag) === true) return c.body(null, 304, { etag });
    return c.body(text, 200, { 'content-type': 'application/json', etag });
  },
});

/** A browser gets a page instead, which is one of the dashboard's. */
export const showDocs = route({
  method: 'GET',
  path: '/docs',
  role: 'viewer',
  summary: 'Shows the description of the API: as a page for a browser, as OpenAPI 3.1 for a program.',
  query: 'ignored',
  answers: { 200: { description: 'the document', schema: z.record(z.string(), z.unknown()) } },
  async handle({ c }, deps) {
    return c.body((await described(deps)).text, 200, { 'content-type': 'application/json' });
  },
});

/** As far as whoever asks may see. */
async function described({ catalogue, describe, scope }: RouteDeps): Promise<Description> {
  const goals = await catalogue.all();
  return describe(goals.filter(({ team }) => scope.holds(team)));
}
