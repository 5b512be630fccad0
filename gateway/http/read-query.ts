import type { Context } from 'hono';
import { z } from 'zod';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { Problem } from './problems.ts';

const UNKNOWN = 'is not a parameter of this route';

/** Of a route without parameters. */
export const noQuerySchema = z.strictObject({});

/**
 * The query parameters, as the schema (a strict object) has them. A parameter that is unknown, given twice or has a
 * bad value is a problem that names it.
 */
export function readQuery<T>(c: Context, schema: z.ZodType<T>): T {
  const given = new Map<string, string>();
  for (const [name, value] of new URL(c.req.url).searchParams) {
    if (given.has(name)) throw invalid(name, 'is given more than once');
    // zod does not look at it.
    if (name === '__proto__') throw invalid(name, UNKNOWN);
    given.set(name, value);
  }
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  if (issue.code === 'unrecognized_keys') throw invalid(issue.keys[0] as string, UNKNOWN);
  throw invalid(String(issue.path[0] ?? ''), `is not right: ${issue.message}`);
}

/** The problem with one query parameter. */
export function invalid(parameter: string, what: string): Problem {
  const name = boundedText(parameter, 100);
  return new Problem('query_invalid', `The parameter '${name}' ${what}.`, { members: { parameter: name } });
}
