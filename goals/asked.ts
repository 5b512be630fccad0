// What a run asks of a person, from what its author says of it.

import { z } from 'zod';
import { refusal } from './carried.ts';
import { noWayBack } from './no-way-back.ts';
import { asJsonSchema } from './publish.ts';
import type { ApproveOptions } from './pursuit.ts';
import type { Question } from './wire/approvals.ts';
import { jsonBytes } from './wire/ledger.ts';
import { RESERVED_PREFIX } from './wire/names.ts';
import { GOAL_NAME, NAME_LIMIT } from './wire/run-id.ts';
import { redactedJson } from './wire/text/redacted-json.ts';

/** Of an `ask`: it travels in the memo of its run. */
const SCHEMA_BYTES = 16 * 1024;

/** What is asked, as the author says it. */
export interface DeclaredQuestion extends ApproveOptions {
  kind: Question['kind'];
  name: string;
  schema: z.ZodType | null;
}

/** Whether what JSON cannot carry, and a schema that no answer gets back through, are refused. Asked only where there is such. */
export interface AskedRules {
  isStrict: () => boolean;
  isAnswerable: () => boolean;
}

/** What is wrong with data; null when it fits. */
export function misfit(schema: z.ZodType, data: unknown): string | null {
  try {
    const parsed = schema.safeParse(data);
    return parsed.success ? null : z.prettifyError(parsed.error);
  } catch (error) {
    return `the schema cannot be asked: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** People whom one question may wait for. */
const MOST_PEOPLE = 10;

/** What is asked; a TypeError says what is wrong with it. `ms`: how long it waits; `actors`: whose run it is. */
export function askedOf(
  { kind, name, show, by = [], expires, schema, count = 1, self = false }: DeclaredQuestion,
  ms: number | null,
  actors: readonly string[],
  { isStrict, isAnswerable }: AskedRules,
): Question {
  checkName(name);
  const refused = refusal(`what '${name}' shows`, show, isStrict);
  if (refused !== null) throw new TypeError(refused);
  const deciders = typeof by === 'string' ? [by] : [...by];
  if (deciders.length > 20 || deciders.some((one) => typeof one !== 'string' || one.length > 100))
    throw new TypeError(`'by' of '${name}' must be at most 20 names of at most 100 characters`);
  if (!Number.isInteger(count) || count < 1 || count > MOST_PEOPLE)
    throw new TypeError(`'count' of '${name}' is ${String(count)}; give an integer from 1 to ${MOST_PEOPLE}`);
  if (typeof self !== 'boolean') throw new TypeError(`'self' of '${name}' must be true or false`);
  return {
    kind,
    name,
    show: redactedJson(show),
    by: deciders,
    ...(count === 1 ? {} : { count }),
    ...(kind === 'ask' || self || actors.length === 0 ? {} : { notBy: [...actors] }),
    expires:
      ms === null || expires === undefined
        ? null
        : {
            at: new Date(Date.now() + ms).toISOString(),
            consequence: consequenceOf(name, kind, expires.consequence),
          },
    schema: schema === null ? null : schemaOf(name, schema, isAnswerable),
  };
}

function checkName(name: unknown): void {
  const isOk = typeof name === 'string' && GOAL_NAME.test(name) && name.length <= NAME_LIMIT;
  if (!isOk || name.startsWith(RESERVED_PREFIX))
    throw new TypeError(
      `${JSON.stringify(name)} cannot be the name of what is asked; write such as 'sign-off', at most ${NAME_LIMIT} characters`,
    );
}

function consequenceOf(name: string, kind: Question['kind'], given: unknown): 'reject' | 'approve' {
  if (given === 'reject' || (given === 'approve' && kind === 'approval')) return given;
  const allowed = kind === 'approval' ? "'reject' or 'approve'" : "'reject'";
  throw new TypeError(`'expires.consequence' of '${name}' must be ${allowed}`);
}

function schemaOf(name: string, schema: z.ZodType, isAnswerable: () => boolean): Record<string, unknown> {
  const lost = noWayBack(`what '${name}' asks for`, schema);
  if (lost !== null && isAnswerable()) throw new TypeError(lost);
  const json = asJsonSchema(schema);
  const bytes = jsonBytes(json);
  if (bytes <= SCHEMA_BYTES) return json;
  throw new TypeError(`the schema of '${name}' has ${bytes} bytes; ${SCHEMA_BYTES} at most`);
}
