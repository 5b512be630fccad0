// A request's body as JSON, or a problem that says what it is instead. Hono would take text/plain for JSON as well.

import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { inexactIn, misreadAs } from '../../goals/wire/text/inexact.ts';
import { uncarriedIn } from '../../goals/wire/text/uncarried.ts';
import { type FieldError, fieldProblem, Problem } from './problems.ts';

const BODY_BYTES = 1.5 * 1024 * 1024;
/** Deeper than any input, and well before recursion over it would end in a full stack. */
const DEPTH_LIMIT = 100;

function tooLarge(): never {
  // What is left of the body is not read, so the connection is good for nothing more.
  const headers = { connection: 'close' };
  throw new Problem('body_too_large', `A body may have ${BODY_BYTES} bytes.`, { headers });
}

const limitWhileRead = bodyLimit({ maxSize: BODY_BYTES, onError: tooLarge });

/**
 * Refuses what is too large: by what it says it is before it is read, which the server holds it to; else while it is read,
 * which takes a stream, and more time than the rest of the request.
 */
export const limitBody: MiddlewareHandler = async (c, next) => {
  const length = c.req.header('content-length');
  if (length === undefined || c.req.header('transfer-encoding') !== undefined) return limitWhileRead(c, next);
  if (Number(length) > BODY_BYTES) tooLarge();
  await next();
};

/** What the body of a request said of why, and whether it only asks what would be done. */
export interface WhyAsked {
  reason?: string;
  dryRun?: boolean;
}
const bodies = new WeakMap<Context, WhyAsked>();

/** The same of a request whose body was read. */
export const saidIn = (c: Context): WhyAsked => bodies.get(c) ?? {};

function remember(c: Context, body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const { reason, dryRun } = body as Record<string, unknown>;
  bodies.set(c, {
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof dryRun === 'boolean' ? { dryRun } : {}),
  });
}

/** The body, as the schema has it; `{}` when there is none and the route can do without. `by`: who asks, where that is known. */
export async function readBody<T>(
  c: Context,
  schema: z.ZodType<T>,
  { optional = false, by = null }: { optional?: boolean; by?: string | null } = {},
): Promise<T> {
  const sent = await jsonOf(c, optional);
  const body = fitted(schema, by === null ? sent : sentBy(by, sent));
  remember(c, body);
  return body;
}

/** The body with who asks as its `by`; a `Problem` where it names another. */
function sentBy(by: string, sent: unknown): unknown {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return sent;
  if (!('by' in sent) || sent.by === by) return { ...sent, by };
  throw new Problem(
    'actor_differs',
    `The credentials are those of ${by}, and the body says another \`by\`. Leave \`by\` out.`,
  );
}

/** What was sent, as the schema has it. */
export function fitted<T>(schema: z.ZodType<T>, sent: unknown): T {
  const parsed = schema.safeParse(sent);
  if (parsed.success) return parsed.data;
  throw fieldProblem(
    'body_invalid',
    'The body is not what this route takes',
    parsed.error.issues.flatMap(said),
  );
}

const said = (issue: z.core.$ZodIssue): FieldError[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({
        path: [...issue.path, key].join('.'),
        message: 'is not a known field',
      }))
    : [{ path: issue.path.join('.'), message: issue.message }];

async function jsonOf(c: Context, optional: boolean): Promise<unknown> {
  const isEmpty = c.req.header('transfer-encoding') === undefined && !Number(c.req.header('content-length'));
  if (isEmpty && optional) return {};
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type))
    throw new Problem('media_type_unsupported', 'Send the body as application/json, in UTF-8.');
  return parseJson(await readBytes(c));
}

/** The body as it came. */
export async function readBytes(c: Context): Promise<ArrayBuffer> {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    throw new Problem('media_type_unsupported', 'Send the body without a content encoding.');
  return c.req.arrayBuffer().catch(brokenOff);
}

/**
 * A body's bytes as JSON, nested no deeper than any input. What would not be the same once it is read is refused: a number
 * that would be rounded might be the key of another run. `within`: the field of the body that they are the bytes of.
 */
export function parseJson(bytes: ArrayBuffer, within: readonly string[] = []): unknown {
  const text = textOf(bytes);
  const value = parse(text);
  if (depthExceeds(value, DEPTH_LIMIT))
    throw new Problem('json_malformed', `The body nests more than ${DEPTH_LIMIT} levels deep.`);
  const changed = changedIn(text, value);
  if (changed === null) return value;
  const error = { path: [...within, ...changed.at].join('.'), message: changed.message };
  throw fieldProblem('body_invalid', 'The body would not be read as it is written', [error]);
}

// As UTF-8 has no half of a surrogate pair, only an escape makes one.
const SURROGATE = /\\u[dD][89a-fA-F]/;

function changedIn(
  text: string,
  value: unknown,
): { at: readonly (string | number)[]; message: string } | null {
  const inexact = inexactIn(text);
  if (inexact !== null)
    return { at: inexact.at, message: `is ${misreadAs(inexact.number, inexact.becomes)}` };
  const uncarried = SURROGATE.test(text) ? uncarriedIn(value) : null;
  return uncarried && { at: uncarried.at, message: `is ${uncarried.what}` };
}

function brokenOff(error: unknown): never {
  if (error instanceof Problem) throw error;
  throw new Problem('json_malformed', 'The body broke off.');
}

const malformed = (): Problem => new Problem('json_malformed', 'The body cannot be read as JSON in UTF-8.');

function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the body; nobody needs it back.
    throw malformed();
  }
}

function depthExceeds(value: unknown, limit: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []));
  }
  return false;
}
