// What the API itself answers when it does not do what was asked: RFC 9457 problems with stable codes. A goal that
// was not reached is no problem but a result.

import { type ProblemCode, problems } from '../../goals/wire/problem-codes.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';

/** What is wrong with one field: its path, like `customer.id` or `items.0`; empty for the whole. */
export interface FieldError {
  path: string;
  message: string;
}

export interface ProblemExtras {
  /** Further members of the answer. */
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Carries a problem to the one place that answers with it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.code = code;
    this.extras = extras;
  }
}

const FIELD_ERRORS_LIMIT = 50;

/** A problem that says of each field what is wrong with it. */
export function fieldProblem(
  code: 'body_invalid' | 'input_invalid' | 'answer_invalid' | 'output_invalid',
  what: string,
  found: FieldError[],
): Problem {
  const errors = found.slice(0, FIELD_ERRORS_LIMIT).map(({ path, message }) => ({
    path: boundedText(path, 200),
    message: boundedText(message, 300),
  }));
  const said = errors.slice(0, 3).map(({ path, message }) => (path === '' ? message : `${path} ${message}`));
  const more = found.length > said.length ? ` (and ${found.length - said.length} more)` : '';
  return new Problem(code, `${what}: ${said.join('; ')}${more}`, { members: { errors } });
}

/** The answer for a problem; `path` is that of the request. */
export function problemResponse({ code, message, extras }: Problem, path: string): Response {
  const { status, title } = problems[code];
  const body = {
    type: `/problems/${code}`,
    title,
    status,
    detail: boundedText(message, 2000),
    code,
    instance: path.slice(0, 300),
    ...extras.members,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', ...extras.headers },
  });
}
