// A JSON Schema that a team published, compiled: as much of it as this process can afford to run on what a client sent.

import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { stoppable } from '../../process/stoppable.ts';

type Schema = Record<string, unknown>;

export interface SchemaChecks {
  /** The first misfit and what led to it, or nothing. */
  first(given: unknown): readonly ErrorObject[];
  /** All that does not fit, in a value that is small. */
  all(given: unknown): readonly ErrorObject[];
  /** What the pattern at this place of the schema stands for, where it is that of a format. */
  formatAt(schemaPath: string): string | null;
}

/** Compiling is done once for each schema; the largest that can be published takes a quarter of it. */
const COMPILE_MS = 1_000;

const known = new LRUCache<string, SchemaChecks>({ max: 500 });

/** Throws where the schema cannot be used. */
export function checksOf(published: Schema): SchemaChecks {
  // By content: a version may be published again and again without a change, and two goals may share a schema.
  const key = sha256(JSON.stringify(published));
  const found = known.get(key);
  if (found !== undefined) return found;
  const schema = withoutDoubles(published);
  const first = compiled(schema, { allErrors: false });
  let all: ValidateFunction | undefined;
  const checks: SchemaChecks = {
    first: (given) => errorsOf(first, given),
    all(given) {
      all ??= compiled(schema, { allErrors: true });
      return errorsOf(all, given);
    },
    formatAt(schemaPath) {
      const { [FORMAT]: format } = (parentAt(schema, schemaPath) ?? {}) as { [FORMAT]?: unknown };
      return typeof format === 'string' ? format : null;
    },
  };
  known.set(key, checks);
  return checks;
}

function errorsOf(validate: ValidateFunction, given: unknown): readonly ErrorObject[] {
  if (validate(given)) return [];
  const { errors } = validate;
  // Else it holds them until it is next used.
  validate.errors = null;
  return errors ?? [];
}

function compiled(schema: Schema, { allErrors }: { allErrors: boolean }): ValidateFunction {
  const options: Options = {
    ...{ allErrors, strict: false, multipleOfPrecision: 9, logger: false },
    // Zod made the schema: to prove it again, and to make the code that checks it smaller, takes most of the time.
    ...{ meta: false, validateSchema: false },
    code: { optimize: false, regExp: lenientPattern },
  };
  return stoppable({ leftMs: COMPILE_MS }, () => {
    // One for each schema: it would keep every schema for good, and refuse a second one of the same `$id`.
    const ajv = new Ajv2020(options);
    addFormats.default(ajv);
    // As zod's `url` has it, which takes what URL takes; the format of RFC 3986 is narrower.
    ajv.addFormat('uri', (text: string) => URL.canParse(text));
    return ajv.compile(schema);
  });
}

/**
 * A pattern whose flags nobody published. It takes what fits either way, with Unicode's rules or without: the gateway
 * is never stricter than the worker.
 */
function lenientPattern(source: string): { test(text: string): boolean } {
  const ways = (UNICODE_ONLY.test(source) ? ['u'] : ['u', '']).flatMap((flags) => {
    try {
      return [new RegExp(source, flags)];
    } catch {
      return [];
    }
  });
  if (ways.length === 0) throw new Error(`${JSON.stringify(source.slice(0, 200))} is not a pattern`);
  return { test: (text) => ways.some((way) => way.test(text)) };
}
lenientPattern.code = 'new RegExp';

/** Without Unicode's rules it would be another pattern. */
const UNICODE_ONLY = /\\(?:p\{|P\{|u\{|k<)/;

/** Where zod gives a format's exact pattern, that alone counts: ajv's idea of some formats differs. */
function withoutDoubles<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (_key, part: unknown) => {
    const { format, ...rest } = (part ?? {}) as { format?: unknown; pattern?: unknown };
    return typeof format === 'string' && typeof rest.pattern === 'string'
      ? { ...rest, [FORMAT]: format }
      : part;
  }) as T;
}

/** What a pattern stands for, to be said instead of it. */
const FORMAT = 'x-gk-format';

export const pointerParts = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The schema whose keyword it is; `schemaPath` begins with `#`, and its parts are percent-encoded. */
function parentAt(schema: Schema, schemaPath: string): unknown {
  let part: unknown = schema;
  for (const name of pointerParts(schemaPath).slice(0, -1))
    part = (part as Record<string, unknown> | undefined)?.[decoded(name)];
  return part;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
