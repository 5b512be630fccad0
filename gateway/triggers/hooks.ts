// Webhooks as events: which are declared, whether a delivery is signed by whom it says, and what event it is.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type CloudEvent, cloudEventSchema } from '../../goals/wire/events.ts';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { Problem } from '../http/problems.ts';
import { parseJson } from '../http/read-body.ts';

/** The environment variable that declares them: a list in JSON, or the path of a file with one. */
export const HOOKS = 'GOALKEEPER_HOOKS';

const header = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'is not a name of a header');

const common = {
  name: z.string().regex(GOAL_NAME, "is not kebab-case; write such as 'shop'").max(NAME_LIMIT),
  /** Name of the environment variable that holds the secret, or whose name with `_FILE` holds its file. */
  secret: z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'is not a name of an environment variable'),
  /** Whether a digest of the body is the delivery's ID, which the signature then holds for too. */
  digest: z.boolean().optional(),
};

const hookSchema = z.discriminatedUnion('preset', [
  z.strictObject({ ...common, preset: z.literal('github') }),
  z.strictObject({ ...common, preset: z.literal('standard-webhooks') }),
  z.strictObject({
    ...common,
    preset: z.literal('hmac'),
    /** Header of the SHA-256 HMAC of the body, in hex or base64, with or without `sha256=` before it. */
    signature: header.default('x-signature'),
    /** Header of the delivery's ID. Default: a digest of the body is its ID. */
    id: header.optional(),
  }),
]);

export type Hook = z.infer<typeof hookSchema> & {
  /** The secret itself. */
  key: Buffer;
};

/** The webhooks that an environment declares; a `StartProblem` that says what is wrong with them. */
export function hooksFrom(environment: NodeJS.ProcessEnv): Hook[] {
  const given = environment[HOOKS];
  if (!given) return [];
  const declared = z.array(hookSchema).safeParse(jsonOf(given));
  if (!declared.success) throw problem(z.prettifyError(declared.error));
  const names = declared.data.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw problem(`'${twice}' is declared twice; rename one of them`);
  const hooks = declared.data.map((hook) => ({ ...hook, key: keyOf(hook, environment) }));
  for (const [i, { name, key }] of hooks.entries()) {
    const other = hooks.slice(0, i).find((before) => before.key.equals(key));
    // Each would take what is signed for the other.
    if (other !== undefined)
      throw problem(`'${other.name}' and '${name}' have one secret; give each its own`);
  }
  return hooks;
}

const problem = (what: string): StartProblem => new StartProblem('hooks_invalid', `${HOOKS}: ${what}`);

function jsonOf(given: string): unknown {
  try {
    return JSON.parse(given.trimStart().startsWith('[') ? given : readFileSync(given, 'utf8'));
  } catch (error) {
    throw problem(`is neither a list in JSON nor the path of a file with one: ${(error as Error).message}`);
  }
}

function keyOf({ name, preset, secret }: z.infer<typeof hookSchema>, environment: NodeJS.ProcessEnv): Buffer {
  const value = environment[secret] || fileOf(environment[`${secret}_FILE`]);
  if (!value) throw problem(`the secret of '${name}' is missing; set ${secret}, or ${secret}_FILE`);
  const key =
    preset === 'standard-webhooks'
      ? Buffer.from(value.replace(/^whsec_/, ''), 'base64')
      : Buffer.from(value, 'utf8');
  if (key.length < 16) throw problem(`the secret of '${name}' in ${secret} is too short; 16 bytes at least`);
  return key;
}

function fileOf(path: string | undefined): string | undefined {
  try {
    return path ? readFileSync(path, 'utf8').trimEnd() : undefined;
  } catch (error) {
    throw problem((error as Error).message);
  }
}

type Headers = (name: string) => string | undefined;

/** By Standard Webhooks: an older delivery may be one that was listened to. */
const TOLERANCE_S = 300;

/** The event that a delivery is; a `Problem` when it is not signed with the webhook's secret, or is no JSON. */
export function eventOfHook(hook: Hook, headers: Headers, bytes: ArrayBuffer, now: number): CloudEvent {
  const body = Buffer.from(bytes);
  if (!isSigned(hook, headers, body, now))
    throw new Problem('hook_unverified', 'Sign the body as it is sent, with the secret of this webhook.');
  const data = parseJson(bytes);
  const event = cloudEventSchema.safeParse({
    specversion: '1.0',
    source: `/hooks/${hook.name}`,
    datacontenttype: 'application/json',
    ...told(hook, headers, body, data),
    data,
  });
  if (event.success) return event.data;
  throw new Problem('body_invalid', `This delivery is not an event: ${z.prettifyError(event.error)}`);
}

function isSigned(hook: Hook, headers: Headers, body: Buffer, now: number): boolean {
  const mac = (...parts: (string | Buffer)[]): Buffer =>
    parts.reduce((hmac, part) => hmac.update(part), createHmac('sha256', hook.key)).digest();
  if (hook.preset === 'standard-webhooks') {
    const [id, at, given] = ['id', 'timestamp', 'signature'].map((name) => headers(`webhook-${name}`));
    if (!id || !at || !given || !/^\d{1,12}$/.test(at)) return false;
    if (Math.abs(now / 1000 - Number(at)) > TOLERANCE_S) return false;
    const expected = mac(`${id}.${at}.`, body);
    return given.split(' ').some((one) => one.startsWith('v1,') && isEqual(expected, one.slice(3), 'base64'));
  }
  const name = hook.preset === 'github' ? 'x-hub-signature-256' : hook.signature;
  const given = (headers(name) ?? '').replace(/^sha256=/, '');
  return isEqual(mac(body), given, /^[0-9a-f]{64}$/i.test(given) ? 'hex' : 'base64');
}

function isEqual(expected: Buffer, given: string, encoding: 'hex' | 'base64'): boolean {
  const bytes = Buffer.from(given, encoding);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

/** Type, ID and source, as far as the sender tells them. */
function told(hook: Hook, headers: Headers, body: Buffer, data: unknown): Record<string, unknown> {
  const { type, repository } = (data ?? {}) as { type?: unknown; repository?: { html_url?: unknown } };
  const digest = (): string => createHash('sha256').update(body).digest('hex').slice(0, 32);
  const idOf = (given: string | undefined): string | undefined => (hook.digest ? digest() : given);
  const ofType = { type: typeof type === 'string' && type !== '' ? type : `${hook.name}.received` };
  if (hook.preset === 'standard-webhooks') return { ...ofType, id: idOf(headers('webhook-id')) };
  if (hook.preset === 'hmac') return { ...ofType, id: idOf(hook.id && headers(hook.id)) || digest() };
  const source = repository?.html_url;
  return {
    type: `github.${headers('x-github-event') ?? 'unknown'}`,
    id: idOf(headers('x-github-delivery')) ?? digest(),
    ...(typeof source === 'string' ? { source } : {}),
  };
}
