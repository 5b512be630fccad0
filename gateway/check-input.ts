// An input against the JSON Schema that the goal's worker published. Never stricter than the worker itself will be.

import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import type { Publication } from '../goals/wire/publication.ts';
import { sha256 } from '../goals/wire/sha256.ts';
import { type FieldError, fieldProblem, Problem } from './problems.ts';

const validators = new LRUCache<string, ValidateFunction>({ max: 500 });

/** A `Problem` that says which field is wrong, unless the input fits the goal's schema. */
export function checkInput({ goal, input: schema }: Publication, input: unknown): void {
  const errors = misfits(goal, schema, input);
  if (errors.length > 0) throw fieldProblem('input_invalid', `The input of ${goal} is not right`, errors);
}

/** Where a value does not fit a schema that a goal published. */
export function misfits(goal: string, schema: Publication['input'], given: unknown): FieldError[] {
  const validate = validatorOf(goal, schema);
  return validate(given) ? [] : (validate.errors ?? []).map(said);
}

function validatorOf(goal: string, schema: Publication['input']): ValidateFunction {
  // By content: a version may be published again and again without a change, and two goals may share a schema.
  const key = sha256(JSON.stringify(schema));
  const known = validators.get(key);
  if (known !== undefined) return known;
  try {
    // One for each schema: it would keep every schema for good, and refuse a second one of the same `$id`.
    const ajv = new Ajv2020({
      strict: false,
      allErrors: true,
      verbose: true,
      multipleOfPrecision: 9,
      logger: false,
    });
    addFormats.default(ajv);
    // As zod's `url` has it, which takes what URL takes; the format of RFC 3986 is narrower.
    ajv.addFormat('uri', (text: string) => URL.canParse(text));
    const validate = ajv.compile(withoutDoubles(schema));
    validators.set(key, validate);
    return validate;
  } catch (error) {
    throw new Problem(
      'goal_schema_unusable',
      `The schema of ${goal}'s input cannot be used: ${(error as Error).message}. Publish the goal with another.`,
    );
  }
}

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

const dotted = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

function said({ instancePath, keyword, params, parentSchema, message }: ErrorObject): FieldError {
  const at = dotted(instancePath);
  const field = (name: string, what: string): FieldError => ({
    path: [...at, name].join('.'),
    message: what,
  });
  if (keyword === 'required') return field(String(params.missingProperty), 'is missing');
  if (keyword === 'additionalProperties')
    return field(String(params.additionalProperty), 'is no field of this input');
  const path = at.join('.');
  if (keyword === 'enum') return { path, message: `must be one of ${JSON.stringify(params.allowedValues)}` };
  const format = parentSchema?.[FORMAT];
  if (keyword === 'pattern' && format !== undefined) return { path, message: `must be a valid ${format}` };
  return { path, message: message ?? 'is not right' };
}
