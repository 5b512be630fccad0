// An input against the JSON Schema that the goal's worker published. Never stricter than the worker itself will be; and
// what does not fit costs no more than what does.

import type { ErrorObject } from 'ajv';
import type { Publication } from '../../goals/wire/publication.ts';
import { isSmall } from '../../goals/wire/text/small-value.ts';
import { TookTooLong } from '../../process/stoppable.ts';
import { checkedInTime } from './check-time.ts';
import { type FieldError, fieldProblem, Problem } from './problems.ts';
import { checksOf, pointerParts, type SchemaChecks } from './schema-checks.ts';

/** More are never told. */
const MOST_ERRORS = 50;

/** A `Problem` that says which field is wrong, unless the input fits the goal's schema. */
export function checkInput({ goal, input: schema }: Publication, input: unknown): void {
  const errors = misfits(goal, schema, input);
  if (errors.length > 0) throw fieldProblem('input_invalid', `The input of ${goal} is not right`, errors);
}

/** Where a value does not fit a schema that a goal published: the first places at least, where there are many. */
export function misfits(goal: string, schema: Publication['input'], given: unknown): FieldError[] {
  const checks = usable(goal, schema);
  let found: readonly ErrorObject[];
  try {
    found = checkedInTime(() => checks.first(given));
  } catch (error) {
    // A RangeError: a value as deep as no stack is, or a pattern that goes back further than V8 can.
    if (error instanceof TookTooLong || error instanceof RangeError) throw tooLong(goal);
    throw error;
  }
  // A large value is told its first misfit only: some schemas find as many as it has parts, times their own.
  if (found.length > 0 && found.length < MOST_ERRORS && isSmall(given)) found = allOf(checks, given) ?? found;
  return found.map((error) => said(error, checks));
}

function usable(goal: string, schema: Publication['input']): SchemaChecks {
  try {
    return checksOf(schema);
  } catch (error) {
    const what = error instanceof TookTooLong ? 'it takes too long to read' : (error as Error).message;
    throw new Problem(
      'goal_schema_unusable',
      `The schema of ${goal}'s input cannot be used: ${what}. Publish the goal with another.`,
    );
  }
}

/** Null where even of a small value there are too many. */
function allOf(checks: SchemaChecks, given: unknown): readonly ErrorObject[] | null {
  try {
    return checkedInTime(() => checks.all(given));
  } catch {
    return null;
  }
}

const tooLong = (goal: string): Problem =>
  new Problem(
    'check_too_long',
    `To hold this against what ${goal} takes would keep the gateway from everybody else's requests. Send less, ` +
      'or have the goal take it in a simpler form: no pattern that can match in many ways, no union of many deep forms.',
  );

function said(
  { instancePath, keyword, params, message, schemaPath }: ErrorObject,
  checks: SchemaChecks,
): FieldError {
  const at = pointerParts(instancePath);
  const field = (name: string, what: string): FieldError => ({
    path: [...at, name].join('.'),
    message: what,
  });
  if (keyword === 'required') return field(String(params.missingProperty), 'is missing');
  if (keyword === 'additionalProperties')
    return field(String(params.additionalProperty), 'is not a field of this input');
  const path = at.join('.');
  if (keyword === 'enum') return { path, message: `must be one of ${JSON.stringify(params.allowedValues)}` };
  const format = keyword === 'pattern' ? checks.formatAt(schemaPath) : null;
  if (format !== null) return { path, message: `must be a valid ${format}` };
  return { path, message: message ?? 'is not right' };
}
