// A JSON Schema that a goal publishes is a document by itself. As a part of a larger one its references lead elsewhere.

export type JsonSchema = Record<string, unknown>;

/**
 * The schema as components of a document, by name: itself as `name`, and each of its definitions as `name.definition`.
 *
 * @example
 * lifted('fares.input', { $ref: '#/$defs/day', $defs: { day: { type: 'string' } } });
 * // { 'fares.input': { $ref: '#/components/schemas/fares.input.day' }, 'fares.input.day': { type: 'string' } }
 */
export function lifted(name: string, published: JsonSchema): Record<string, JsonSchema> {
  const { $schema: _, $id: __, $defs = {}, ...schema } = published;
  const names = new Map(Object.keys($defs as object).map((key) => [key, `${name}.${componentKey(key)}`]));
  const refTo = (ref: string): string => {
    const [, key, rest = ''] = /^#\/\$defs\/([^/]+)(\/.*)?$/.exec(ref) ?? [];
    const definition = key === undefined ? undefined : names.get(unescaped(key));
    if (definition !== undefined) return `#/components/schemas/${definition}${rest}`;
    // `#` alone is the schema itself; `#/properties/day` a part of it.
    return ref.startsWith('#') ? `#/components/schemas/${name}${ref.slice(1)}` : ref;
  };
  const moved = (part: unknown): unknown =>
    JSON.parse(JSON.stringify(part), (key, value: unknown) =>
      key === '$ref' && typeof value === 'string' ? refTo(value) : value,
    );
  const definitions = [...names].map(([key, component]) => [
    component,
    moved(($defs as Record<string, unknown>)[key]),
  ]);
  return { [name]: moved(schema) as JsonSchema, ...Object.fromEntries(definitions) };
}

const unescaped = (key: string): string =>
  decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');

/** OpenAPI allows no other characters in a component's name. */
const componentKey = (key: string): string => key.replace(/[^A-Za-z0-9._-]/g, '_');
