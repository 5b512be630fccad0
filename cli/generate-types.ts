// JSON Schema as TypeScript, for callers of other teams' goals: what a schema says that types cannot is left out, and what
// is not understood is `unknown`.

/** What a gateway shows of a goal that its types are made of. */
export interface PublishedTypes {
  goal: string;
  outcome: string;
  input: unknown;
  output: unknown;
}

type Schema = Readonly<Record<string, unknown>>;

/** How deep schemas are followed; deeper they are `unknown`. */
const DEPTH = 30;
/** How many parts of a schema are looked at: references can unfold to more than anybody could read. */
const PARTS = 5_000;

/** The module of the types of goals: `createClient<import('./goals.gen').Goals>()`. */
export function typesOfGoals(goals: readonly PublishedTypes[]): string {
  const each = [...goals]
    .sort((a, b) => (a.goal < b.goal ? -1 : 1))
    .map(
      ({ goal, outcome, input, output }) =>
        `${comment(outcome)}  ${JSON.stringify(goal)}: {\n    input: ${typeOf(input)};\n    output: ${typeOf(output)};\n  };\n`,
    );
  return `// Written by \`goalkeeper generate\`: what each goal takes and gives. Write it anew when they change.\n\nexport interface Goals {\n${each.join('')}}\n`;
}

/** The type of what fits a JSON Schema. */
export const typeOf = (schema: unknown): string =>
  typeIn(schema, { root: schema, seen: [], parts: { left: PARTS } });

interface At {
  root: unknown;
  /** The references that were followed to here. */
  seen: readonly string[];
  parts: { left: number };
  depth?: number;
}

function typeIn(schema: unknown, at: At): string {
  const depth = (at.depth ?? 0) + 1;
  if (schema === false) return 'never';
  if (!isSchema(schema) || depth > DEPTH || at.parts.left-- <= 0) return 'unknown';
  const below = { ...at, depth };
  const { $ref, enum: values, anyOf, oneOf, allOf, type } = schema;
  if (typeof $ref === 'string') return referred($ref, below);
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(values)) return union(values.map(literal));
  const some = Array.isArray(anyOf) ? anyOf : oneOf;
  const parts = [
    ...(Array.isArray(some) ? [union(some.map((one) => typeIn(one, below)))] : []),
    ...(Array.isArray(allOf) ? allOf.map((one) => typeIn(one, below)) : []),
    ...(typesNamed(type).length > 0
      ? [union(typesNamed(type).map((name) => typeNamed(name, schema, below)))]
      : []),
  ].filter((one) => one !== 'unknown');
  if (parts.length > 0) return parts.length === 1 ? (parts[0] as string) : parts.map(grouped).join(' & ');
  return 'properties' in schema ? typeNamed('object', schema, below) : 'unknown';
}

const isSchema = (schema: unknown): schema is Schema =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema);

const typesNamed = (type: unknown): readonly unknown[] =>
  Array.isArray(type) ? type : type === undefined ? [] : [type];

function typeNamed(name: unknown, schema: Schema, at: At): string {
  if (name === 'string' || name === 'boolean' || name === 'null') return name;
  if (name === 'number' || name === 'integer') return 'number';
  if (name === 'array') return arrayType(schema, at);
  return name === 'object' ? objectType(schema, at) : 'unknown';
}

function arrayType({ prefixItems, items, minItems }: Schema, at: At): string {
  if (!Array.isArray(prefixItems)) return `${grouped(typeIn(items, at))}[]`;
  const needed = typeof minItems === 'number' ? minItems : items === false ? prefixItems.length : 0;
  const elements = prefixItems.map((item, i) => `${grouped(typeIn(item, at))}${i < needed ? '' : '?'}`);
  const rest = items === false ? [] : [`...${grouped(typeIn(items, at))}[]`];
  return `[${[...elements, ...rest].join(', ')}]`;
}

function objectType({ properties, required, additionalProperties }: Schema, at: At): string {
  const fields = isSchema(properties) ? Object.entries(properties) : [];
  const needed = Array.isArray(required) ? required : [];
  const more = isSchema(additionalProperties) ? `Record<string, ${typeIn(additionalProperties, at)}>` : null;
  if (fields.length === 0)
    return more ?? (additionalProperties === false ? 'Record<string, never>' : 'Record<string, unknown>');
  const written = fields.map(
    ([name, field]) => `${JSON.stringify(name)}${needed.includes(name) ? '' : '?'}: ${typeIn(field, at)}`,
  );
  // Named fields beside others of a type: TypeScript wants each to fit the others' type, which it need not.
  return more === null
    ? `{ ${written.join('; ')} }`
    : `{ ${written.join('; ')} } & { [name: string]: unknown }`;
}

/** A reference inside the schema. One that leads back to itself is `unknown`, as a type without a name cannot do so. */
function referred(ref: string, at: At): string {
  if (at.seen.includes(ref) || !ref.startsWith('#')) return 'unknown';
  let found: unknown = at.root;
  for (const part of ref.slice(1).split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return 'unknown';
    found = (found as Record<string, unknown>)[name];
  }
  return typeIn(found, { ...at, seen: [...at.seen, ref] });
}

const literal = (value: unknown): string =>
  value === null || ['string', 'boolean'].includes(typeof value)
    ? JSON.stringify(value)
    : typeof value === 'number' && Number.isFinite(value)
      ? String(value)
      : 'unknown';

function union(types: readonly string[]): string {
  const all = [...new Set(types)];
  if (all.includes('unknown')) return 'unknown';
  return all.length === 1 ? (all[0] as string) : all.length === 0 ? 'never' : all.map(grouped).join(' | ');
}

/** As a part of another type. */
const grouped = (type: string): string => (/^[\w"]+$/.test(type) ? type : `(${type})`);

const comment = (text: string): string => `  /** ${text.replace(/\s+/g, ' ').replaceAll('*/', '* /')} */\n`;
