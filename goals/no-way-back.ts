// Schemas of what no JSON can be: a value that fits is written as something else, or not at all, and what is read back
// never fits. A job would succeed, and each run of it fail.

import type { z } from 'zod';
import { pathOf } from './wire/text/uncarried.ts';

/** What to write instead, by the type of schema. */
const INSTEAD: Record<string, string> = {
  date: 'z.iso.datetime() for the text that JSON makes of it, or z.coerce.date() where who reads it shall have a Date',
  bigint: 'z.string(), or z.coerce.bigint() where who reads it shall have a bigint of the text',
  map: 'z.record(z.string(), …)',
  set: 'z.array(…)',
  nan: 'z.null()',
  symbol: 'z.string()',
  function: 'what it would return',
  promise: 'what it resolves with',
  file: 'the address at which it lies',
};

/** Schemas that may take the text of a date, where a date is one of several. */
const TAKES_TEXT = [
  'string',
  'any',
  'unknown',
  'custom',
  'pipe',
  'template_literal',
  'lazy',
  'literal',
  'enum',
];

interface Def {
  type: string;
  coerce?: boolean;
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  items?: readonly z.ZodType[];
  rest?: z.ZodType | null;
  valueType?: z.ZodType;
  innerType?: z.ZodType;
  in?: z.ZodType;
  options?: readonly z.ZodType[];
  left?: z.ZodType;
  right?: z.ZodType;
  catchall?: z.ZodType;
  values?: readonly unknown[];
  getter?: () => z.ZodType;
}

interface Found {
  at: (string | number)[];
  type: string;
}

/** What is wrong with the schema of a job's or goal's input or output, and how to write it; null where it comes back. */
export function noWayBack(field: string, schema: z.ZodType): string | null {
  let found: Found | null;
  try {
    found = look(schema, new Set());
  } catch {
    // Of one that throws when it is looked at it is said elsewhere.
    return null;
  }
  if (found === null) return null;
  const place = found.at.length === 0 ? field : `${field}: ${pathOf(found.at)}`;
  return `${place} is z.${found.type}(), which does not come back from JSON; write ${INSTEAD[found.type]}`;
}

const defOf = (schema: z.ZodType): Def => schema._zod.def as unknown as Def;

function look(schema: z.ZodType, seen: Set<z.ZodType>): Found | null {
  const def = defOf(schema);
  if (def.type in INSTEAD) return def.coerce === true ? null : { at: [], type: def.type };
  if (def.type === 'literal')
    return def.values?.some((value) => typeof value === 'bigint') ? { at: [], type: 'bigint' } : null;
  if (seen.has(schema)) return null;
  seen.add(schema);
  if (def.type === 'union') return lookAtOptions(def.options ?? [], seen);
  if (def.type === 'lazy') return def.getter === undefined ? null : look(def.getter(), seen);
  for (const [part, inner] of partsOf(def)) {
    const found = look(inner, seen);
    if (found !== null) return part === null ? found : { ...found, at: [part, ...found.at] };
  }
  return null;
}

/** Of a date or a text the text comes back. */
function lookAtOptions(options: readonly z.ZodType[], seen: Set<z.ZodType>): Found | null {
  const takesText = options.some((option) => TAKES_TEXT.includes(defOf(option).type));
  for (const option of options) {
    const found = look(option, seen);
    if (found !== null && !(takesText && found.type === 'date' && found.at.length === 0)) return found;
  }
  return null;
}

type Part = readonly [name: string | number | null, schema: z.ZodType];

/** What the schema is made of, and under which name; of a pipe only what comes first, as that is what travels. */
function partsOf(def: Def): Part[] {
  const { shape = {}, items = [], element, rest, valueType, innerType, left, right, catchall } = def;
  const of = (name: string | null, ...schemas: (z.ZodType | null | undefined)[]): Part[] =>
    schemas.flatMap((schema) => (schema == null ? [] : [[name, schema]]));
  return [
    ...Object.entries(shape),
    ...items.map((item, i): Part => [i, item]),
    ...of(null, innerType, def.in, left, right),
    ...of('…', element, rest, valueType, catchall),
  ];
}
