// What JSON cannot carry: the values that it drops, or makes into others, without a word. A valid Date is carried, as its
// text, and so is what has a `toJSON` of its own. A property that is undefined is left out.

/** The first place in a value that JSON cannot carry. */
export interface Uncarried {
  /** The names and places that lead to it. */
  at: readonly (string | number)[];
  /** The same as a text, such as `rows[0].price`; empty for the whole. */
  path: string;
  /** What is there, such as `NaN` or `a Map`. */
  what: string;
}

/** What was found, with the names and places that lead to it, the outermost first. */
interface Found {
  at: (string | number)[];
  what: string;
}

/** Deeper than this the look minds whether it goes in a circle, and deeper than that it goes no further. */
const MINDS_DEPTH = 64;
const DEPTH_LIMIT = 1000;

const DEEP = 'nested too deep';

/** Their own fields, if they have any, are not what they are about. */
const OPAQUE =
  /^\[object (Map|Set|WeakMap|WeakSet|WeakRef|Promise|Error|DOMException|RegExp|ArrayBuffer|SharedArrayBuffer|Generator|AsyncGenerator)\]$/;

const BOXED = /^\[object (Number|String|Boolean)\]$/;

/** Null when JSON carries all of it. Never throws, whatever the value's own code does. */
export function uncarriedIn(value: unknown): Uncarried | null {
  let found: Found | null;
  try {
    found = look(value, 0, null);
    if (found?.what === DEEP) found = look(value, 0, new Set());
  } catch {
    found = carefully(() => look(value, 0, new Set()));
  }
  return found === null ? null : { at: found.at, path: pathOf(found.at), what: found.what };
}

/** A sentence: `whole` is what the value is called, such as `the output of the goal`. */
export const saidUncarried = (whole: string, { path, what }: Uncarried): string =>
  path === ''
    ? `${whole} is ${what}, which JSON cannot carry`
    : `${whole} is not right: ${path} is ${what}, which JSON cannot carry`;

/** The path as JavaScript would write it. */
export function pathOf(at: readonly (string | number)[]): string {
  const shown = at.length > 20 ? [...at.slice(0, 10), '…', ...at.slice(-9)] : at;
  return shown
    .map((part, i) => {
      if (typeof part === 'number') return `[${part}]`;
      if (/^[\p{L}_$…][\p{L}\p{N}_$-]*$/u.test(part)) return i === 0 ? part : `.${part}`;
      return `[${JSON.stringify(part.slice(0, 60))}]`;
    })
    .join('');
}

/** `within`: what the value is part of, where that is minded. */
function look(value: unknown, depth: number, within: Set<object> | null): Found | null {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? null : found(String(value));
    case 'string':
      return isWellFormed(value) ? null : found('a text with half of a surrogate pair');
    case 'boolean':
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : lookInto(value, depth, within);
    case 'bigint':
      return found('a bigint');
    default:
      return found(`a ${typeof value}`);
  }
}

function lookInto(value: object, depth: number, within: Set<object> | null): Found | null {
  if (within === null) {
    if (depth > MINDS_DEPTH) return found(DEEP);
    return lookAtParts(value, depth, within);
  }
  if (within.has(value)) return found('a part of itself');
  if (depth > DEPTH_LIMIT) return found(`nested more than ${DEPTH_LIMIT} levels deep`);
  within.add(value);
  const result = carefully(() => lookAtParts(value, depth, within));
  within.delete(value);
  return result;
}

function lookAtParts(value: object, depth: number, within: Set<object> | null): Found | null {
  if (Array.isArray(value)) return lookAtItems(value, depth, within);
  const prototype = Object.getPrototypeOf(value) as object | null;
  // By its shape, as it may be of another realm: that of an isolate, or of the sandbox.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return lookAtItsOwn(value, depth, within);
  if (!isPlain) {
    const what = lossOf(value, prototype);
    if (what !== null) return found(what);
    if (BOXED.test(tagOf(value))) return look(value.valueOf(), depth + 1, within);
  }
  for (const name of Object.keys(value)) {
    const result =
      within === null
        ? look((value as Record<string, unknown>)[name], depth + 1, null)
        : carefully(() => look((value as Record<string, unknown>)[name], depth + 1, within));
    if (result !== null) return inside(name, result);
    if (!isWellFormed(name)) return inside(name, found('under a name with half of a surrogate pair'));
  }
  return null;
}

function lookAtItems(items: readonly unknown[], depth: number, within: Set<object> | null): Found | null {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const result =
      item === undefined
        ? found(i in items ? 'undefined' : 'a hole in a list')
        : look(item, depth + 1, within);
    if (result !== null) return inside(i, result);
  }
  return null;
}

/** What has a JSON form of its own. */
function lookAtItsOwn(value: object, depth: number, within: Set<object> | null): Found | null {
  // Bytes have one that nobody reads back.
  if (ArrayBuffer.isView(value)) return found(named(value));
  if (tagOf(value) === '[object Date]')
    return Number.isNaN((value as Date).getTime()) ? found('an invalid Date') : null;
  const form = (value as { toJSON(): unknown }).toJSON();
  return form === undefined
    ? found(`${named(value)} whose toJSON gives nothing`)
    : look(form, depth + 1, within);
}

/** What an instance of a class is called that is more than its own fields; null where these are all. */
function lossOf(value: object, prototype: object | null): string | null {
  if (ArrayBuffer.isView(value) || OPAQUE.test(tagOf(value)) || value instanceof Error) return named(value);
  if (BOXED.test(tagOf(value))) return null;
  if (Object.keys(value).length === 0) return named(value);
  for (let at = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.getPrototypeOf(at) === null) break;
    const fields = Object.values(Object.getOwnPropertyDescriptors(at));
    if (fields.some(({ get }) => get !== undefined))
      return `${named(value)}, which has fields that are computed`;
  }
  return null;
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

function named(value: object): string {
  const name: unknown = value.constructor?.name;
  const text = typeof name === 'string' && /^[\w$]{1,60}$/.test(name) ? name : tagOf(value).slice(8, -1);
  return `${/^[AEIOU]/i.test(text) ? 'an' : 'a'} ${text}`;
}

/** What cannot be read is what was found: a getter that throws, a revoked proxy. */
function carefully(looks: () => Found | null): Found | null {
  try {
    return looks();
  } catch (error) {
    return found(`something that cannot be read (${messageOf(error)})`);
  }
}

function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown).slice(0, 100);
  } catch {
    return 'it throws';
  }
}

const found = (what: string): Found => ({ at: [], what });

function inside(part: string | number, result: Found): Found {
  if (result.what !== DEEP) result.at.unshift(part);
  return result;
}

// Of ES2024: Node has it, in the sandbox too.
const isWellFormed = (text: string): boolean =>
  (text as unknown as { isWellFormed(): boolean }).isWellFormed();
