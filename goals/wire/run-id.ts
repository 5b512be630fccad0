// Where a run lives is known here only: today one workflow, whose ID is the run's.

import { RESERVED_PREFIX } from './names.ts';
import { canonicalJson } from './text/canonical-json.ts';
import { sha256 } from './text/sha256.ts';

/** A goal's name: kebab-case, at most 60 characters. */
export const GOAL_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const NAME_LIMIT = 60;

const SAFE_PART = /^[A-Za-z0-9._-]+$/;
const KEY_LIMIT = 120;
/** The ID of a run: its goal's name, a colon, its key. */
export const RUN_ID = /^([a-z][a-z0-9-]{0,59}):([A-Za-z0-9._~-]{1,120})$/;

/** Between the parts of a key. A part that holds it is hashed, so that no two keys share an ID. */
const JOIN = '~';

/** With what a path of a key begins whose value must not stand in the run's ID. */
const SECRET = 'secret:';

/** The path of a key whose value must not stand in the run's ID. */
export const secretPath = (path: string): string => `${SECRET}${path}`;

const isSecret = (path: string): boolean => path.startsWith(SECRET);

/** The path into the input that a path of a key is of. */
export const inputPath = (path: string): string => (isSecret(path) ? path.slice(SECRET.length) : path);

/** Key of a goal that has no key paths: it has one run at a time. */
const ONLY = 'only';

/** The value at a path such as `customer.id`; undefined where there is none. */
export function valueAt(input: unknown, path: string): unknown {
  let value = input;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/**
 * The key of an input: `id` is its part of the run's ID, safe in a path, a log and a shell; `original` is what
 * the input said, for people. A key with other characters than letters, digits and `._~-`, or over 120 of
 * them, becomes a readable prefix and a hash. A number or a boolean is as good as its text: `1` and `'1'`
 * are one key; a null, a missing field and the text `'null'` are three. Of a secret path the ID has a digest.
 */
export function runKey(input: unknown, paths: readonly string[]): { id: string; original: string } {
  if (paths.length === 0) return { id: ONLY, original: ONLY };
  const values = paths.map((path) => valueAt(input, inputPath(path)));
  const original = values.map(textOf).join(JOIN);
  const parts = values.map((value, i) => (isSecret(paths[i] as string) ? digestOf(value) : value));
  const texts = parts.map(textOf);
  const told = texts.join(JOIN);
  const plain = parts.every(
    (part, i) => typeof part !== 'object' && part !== undefined && SAFE_PART.test(texts[i] as string),
  );
  if (plain && told.length <= KEY_LIMIT) return { id: told, original };
  const readable = told
    .slice(0, 60)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const exact = parts.map(exactOf);
  const hash = sha256(`[${exact.join(',')}]`).slice(0, 24);
  return { id: readable === '' ? `~${hash}` : `${readable}~~${hash}`, original };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : canonicalJson(value));

/** Tells values apart that are of different keys, and no others. */
function exactOf(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'object' ? canonicalJson(value) : JSON.stringify(textOf(value));
}

const digestOf = (value: unknown): string => sha256(`secret\n${exactOf(value)}`).slice(0, 24);

/** The ID of the run of a goal for a key's `id`. */
export const runId = (goal: string, key: string): string => `${goal}:${key}`;

/** The goal and key of a run's ID, or null when the text cannot be one. */
export function parseRunId(id: string): { goal: string; key: string } | null {
  const match = RUN_ID.exec(id);
  if (match === null) return null;
  const [, goal, key] = match as unknown as [string, string, string];
  return GOAL_NAME.test(goal) && !goal.startsWith(RESERVED_PREFIX) ? { goal, key } : null;
}

/** Digest by which one key with two different inputs is noticed. */
export const inputDigest = (input: unknown): string => sha256(canonicalJson(input)).slice(0, 32);
