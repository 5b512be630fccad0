// What the client throws: a problem that the gateway answered, or that no gateway could be reached.

import type { ProblemCode } from '../goals/wire/problem-codes.ts';

/** What a problem's answer has; `fields` are all members, those that only some codes have included. */
interface ProblemAnswer {
  code: ProblemCode;
  status: number;
  title: string;
  detail: string;
  errors?: readonly { path: string; message: string }[];
  readonly [member: string]: unknown;
}

/**
 * The gateway did not do what was asked. Compare `code`: docs/reference/problems.md lists all, with how to mend each.
 *
 * @example
 * try { await client.runs.cancel(id); }
 * catch (error) { if (!(error instanceof GoalkeeperProblem && error.code === 'run_closed')) throw error; }
 */
export class GoalkeeperProblem extends Error {
  override readonly name = 'GoalkeeperProblem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Of a body or an input that does not fit: what is wrong with each field. */
  readonly errors: readonly { path: string; message: string }[];
  /** All that the answer says. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(answer: ProblemAnswer) {
    super(`${answer.code}: ${answer.detail}`);
    this.code = answer.code;
    this.status = answer.status;
    this.title = answer.title;
    this.detail = answer.detail;
    this.errors = answer.errors ?? [];
    this.fields = answer;
  }
}

/** Nothing that is a gateway answered in time. Whether the request did something is not known, unless it was a GET. */
export class GoalkeeperUnreachable extends Error {
  override readonly name = 'GoalkeeperUnreachable';
  readonly code = 'gateway_unreachable';
  /** How often the client asked. */
  readonly attempts: number;

  constructor(url: string, why: string, attempts: number, cause?: unknown) {
    const tries = attempts === 1 ? 'once' : `${attempts} times`;
    super(
      `No gateway answered at ${url} (asked ${tries}): ${why}. Look whether it runs there, and at \`url\`.`,
      {
        cause,
      },
    );
    this.attempts = attempts;
  }
}

export const isProblemAnswer = (body: unknown): body is ProblemAnswer =>
  typeof body === 'object' &&
  body !== null &&
  ['code', 'title', 'detail'].every((name) => typeof (body as Record<string, unknown>)[name] === 'string') &&
  typeof (body as Record<string, unknown>).status === 'number';
