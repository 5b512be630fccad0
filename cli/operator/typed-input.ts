// An input from `field=value` pairs: each value is typed by the schema that the goal publishes. The gateway checks the whole.

import { inexactIn, saidInexact } from '../../goals/wire/text/inexact.ts';
import { CommandProblem } from './command-problem.ts';

type Schema = Readonly<Record<string, unknown>>;
type FieldProblem = { path: string; message: string };

/**
 * The object that the pairs make. A dot goes into an object, and a pair that comes again makes a list. A text stays one where
 * the schema allows one; else the value is read as JSON.
 *
 * @throws CommandProblem with all fields that are wrong.
 * @example
 * typedInput(['day=2026-11-20', 'limits.rows=5'], schema) // { day: '2026-11-20', limits: { rows: 5 } }
 */
export function typedInput(pairs: readonly string[], schema: unknown): Record<string, unknown> {
  const root = isObject(schema) ? schema : {};
  const input: Record<string, unknown> = {};
  const wrong: FieldProblem[] = [];
  const given = new Map<string, string[]>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) wrong.push({ path: pair, message: 'is not a pair; write field=value' });
    else {
      const path = pair.slice(0, at);
      given.set(path, [...(given.get(path) ?? []), pair.slice(at + 1)]);
    }
  }
  for (const [path, values] of given) {
    const found = schemaAt(root, path.split('.'));
    if (found.unknown !== null) wrong.push({ path, message: unknownField(found.unknown, found.known) });
    else {
      const typed = typedValue(values, found.schemas, root);
      if ('message' in typed) wrong.push({ path, message: typed.message });
      else if (!put(input, path.split('.'), typed.value))
        wrong.push({ path, message: 'is given both as a value and as an object' });
    }
  }
  if (wrong.length > 0)
    throw new CommandProblem('input_invalid', 'The input does not fit what the goal takes.', {
      errors: wrong,
    });
  return input;
}

/** The fields that a schema names, each with what it takes in words. None where it is not that of an object. */
export function inputFields(schema: unknown): { name: string; takes: string }[] {
  if (!isObject(schema)) return [];
  const objects = alternatives(schema, schema);
  const needed = objects.flatMap(({ required }) => (Array.isArray(required) ? required : []));
  const fields = objects.flatMap(({ properties }) =>
    isObject(properties) ? Object.entries(properties) : [],
  );
  return fields.map(([name, field]) => {
    const found = alternatives(field, schema);
    const choices = found.flatMap(({ enum: values }) => (Array.isArray(values) ? values : []));
    const format = found.find((one) => typeof one.format === 'string')?.format;
    const takes = [
      choices.length > 0 ? choices.map((one) => JSON.stringify(one)).join(' or ') : named(typesOf(found)),
      ...(typeof format === 'string' ? [`a ${format}`] : []),
      ...(needed.includes(name) ? ['needed'] : []),
    ];
    return { name, takes: takes.filter((one) => one !== '').join(', ') };
  });
}

/** JSON, as somebody wrote it. */
export function jsonInput(text: string, whole: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CommandProblem('json_malformed', `${whole} is not JSON: ${(error as Error).message}`);
  }
  const inexact = inexactIn(text);
  if (inexact !== null) throw new CommandProblem('json_malformed', saidInexact(whole, inexact));
  return value;
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema, what it refers to, and its alternatives. Bounded, as a schema may refer to itself. */
function alternatives(schema: unknown, root: Schema, depth = 0): Schema[] {
  if (!isObject(schema) || depth > 20) return [];
  const { $ref, anyOf, oneOf, allOf } = schema;
  const referred = typeof $ref === 'string' ? [refersTo($ref, root)] : [];
  const parts = [anyOf, oneOf, allOf].filter((one) => Array.isArray(one)).flat();
  return [schema, ...[...referred, ...parts].flatMap((one) => alternatives(one, root, depth + 1))];
}

function refersTo(ref: string, root: Schema): unknown {
  if (!ref.startsWith('#')) return undefined;
  return ref
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => (isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined), root);
}

interface FieldSchemas {
  schemas: Schema[];
  /** A part of the path that no object has, and those that there are. */
  unknown: string | null;
  known: string[];
}

function schemaAt(root: Schema, path: readonly string[]): FieldSchemas {
  let schemas = alternatives(root, root);
  for (const part of path) {
    const objects = schemas.map(({ properties }) => properties).filter(isObject);
    const known = objects.flatMap((properties) => Object.keys(properties));
    const next = objects.flatMap((properties) =>
      Object.hasOwn(properties, part) ? alternatives(properties[part], root) : [],
    );
    const others = schemas.flatMap(({ additionalProperties }) => alternatives(additionalProperties, root));
    if (next.length === 0 && others.length === 0 && known.length > 0)
      return { schemas: [], unknown: part, known };
    schemas = next.length > 0 ? next : others;
  }
  return { schemas, unknown: null, known: [] };
}

const unknownField = (field: string, known: readonly string[]): string =>
  `the goal takes no ${JSON.stringify(field)}; it takes: ${[...new Set(known)].join(', ')}`;

const typesOf = (schemas: readonly Schema[]): Set<string> =>
  new Set(
    schemas.flatMap(({ type, enum: values, const: value, properties, items }) => [
      ...[type].flat().filter((one): one is string => typeof one === 'string'),
      ...(Array.isArray(values) ? values.map(typeName) : []),
      ...(value === undefined ? [] : [typeName(value)]),
      ...(properties === undefined ? [] : ['object']),
      ...(items === undefined ? [] : ['array']),
    ]),
  );

const typeName = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

type Typed = { value: unknown } | { message: string };

function typedValue(texts: readonly string[], schemas: readonly Schema[], root: Schema): Typed {
  const types = typesOf(schemas);
  const [text = ''] = texts;
  const isWhole = texts.length === 1 && /^\s*\[/.test(text);
  if (types.has('array') && !isWhole && !(types.has('string') && texts.length === 1)) {
    const items = schemas.flatMap((schema) => alternatives(schema.items, root));
    const all = texts.map((one) => typedValue([one], items, root));
    return (
      all.find((one) => 'message' in one) ?? { value: all.map((one) => ('value' in one ? one.value : null)) }
    );
  }
  if (texts.length > 1) return { message: 'is given more than once, and is not a list' };
  if (types.has('string')) return { value: text };
  return typedJson(text, types);
}

function typedJson(text: string, types: ReadonlySet<string>): Typed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return types.size === 0 ? { value: text } : { message: `${JSON.stringify(text)} is not ${named(types)}` };
  }
  const inexact = inexactIn(text);
  if (inexact !== null) return { message: `${inexact.number} would be read as ${inexact.becomes}` };
  const name = typeName(value);
  const fits = types.size === 0 || types.has(name) || (types.has('integer') && Number.isInteger(value));
  return fits ? { value } : { message: `${JSON.stringify(text)} is not ${named(types)}` };
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list as JSON',
  object: 'an object as JSON',
  null: 'null',
};

const named = (types: ReadonlySet<string>): string =>
  [...types].map((type) => NAMES[type] ?? type).join(' or ');

/** Puts it into the object; false where a part of the path is a value already. */
function put(into: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  const [first = '', ...rest] = path;
  const before = Object.hasOwn(into, first) ? into[first] : undefined;
  if (rest.length === 0) {
    if (before !== undefined) return false;
    define(into, first, value);
    return true;
  }
  const below = before ?? {};
  if (!isObject(below)) return false;
  if (before === undefined) define(into, first, below);
  return put(below as Record<string, unknown>, rest, value);
}

/** Whatever its name: an assignment to `__proto__` would be lost. */
const define = (into: object, name: string, value: unknown): void => {
  Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true });
};
