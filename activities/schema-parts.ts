// What a zod schema is made of. By its shape, as the team may have its own copy of zod.

/** A schema, as zod has it for those who build on it. */
export interface SchemaPart {
  _zod: { def: Record<string, unknown>; innerType?: unknown };
}

export interface Visitor {
  /** `arm`: it is one of several that a value may fit. */
  schema?(part: SchemaPart, isArm: boolean): void;
  pattern?(pattern: RegExp, path: string): void;
}

/** A schema that makes itself anew whenever it is asked for has no end. */
const MOST_PARTS = 20_000;

export function visitSchema(schema: unknown, path: string, visitor: Visitor): void {
  const seen = new Set<unknown>();
  const walk = (part: unknown, at: string, isArm = false): void => {
    if (part instanceof RegExp) visitor.pattern?.(part, at);
    if (typeof part !== 'object' || part === null) return;
    const isSchema = '_zod' in part;
    // One that is seen again may be an arm now.
    if (isSchema && isArm) visitor.schema?.(part as SchemaPart, true);
    if (seen.has(part) || seen.size > MOST_PARTS) return;
    seen.add(part);
    if (isSchema) {
      visitor.schema?.(part as SchemaPart, false);
      walkDefinition(part as SchemaPart, at);
    } else if (Array.isArray(part)) for (const one of part) walk(one, at);
  };
  const walkDefinition = ({ _zod }: SchemaPart, at: string): void => {
    for (const [name, part] of Object.entries(_zod.def)) {
      if (name === 'shape' && typeof part === 'object' && part !== null)
        for (const [field, one] of Object.entries(part)) walk(one, `${at}.${field}`);
      else if (name === 'options' && Array.isArray(part)) for (const one of part) walk(one, at, true);
      // Made once, and kept.
      else if (name === 'getter') walk(_zod.innerType, at);
      else if (['element', 'valueType', 'rest'].includes(name)) walk(part, `${at}[]`);
      else if (name === 'keyType') walk(part, `a key of ${at}`);
      else walk(part, at);
    }
  };
  walk(schema, path);
}

/** Every pattern in a schema, and where. */
export function patternsIn(schema: unknown, path: string): { path: string; pattern: RegExp }[] {
  const found: { path: string; pattern: RegExp }[] = [];
  visitSchema(schema, path, { pattern: (pattern, at) => found.push({ path: at, pattern }) });
  return found;
}
