// What the API itself answers when it does not do what was asked: RFC 9457 problems with stable codes. A goal that
// was not reached is no problem but a result.

import { boundedText } from '../../goals/wire/text/bounded-text.ts';

/** The one table of the API's codes. A code is never used again for something else. */
export const problems = {
  request_malformed: { status: 400, title: 'The request is not one that HTTP allows' },
  query_invalid: { status: 400, title: 'A query parameter is unknown or has a value that it cannot have' },
  run_id_malformed: { status: 400, title: 'This cannot be the ID of a run' },
  idempotency_key_malformed: { status: 400, title: 'This cannot be an Idempotency-Key' },
  json_malformed: { status: 400, title: 'The body is not JSON' },
  hook_unverified: { status: 401, title: 'The signature is not that of this webhook' },
  callback_forged: { status: 403, title: 'The callback token is none of ours' },
  host_forbidden: { status: 403, title: 'The gateway answers to names of this machine only' },
  cross_site: { status: 403, title: 'Other sites may not change anything here' },
  route_unknown: { status: 404, title: 'There is no such route' },
  goal_unknown: { status: 404, title: 'No such goal is published' },
  run_unknown: { status: 404, title: 'There is no such run' },
  hook_unknown: { status: 404, title: 'No such webhook is declared' },
  lease_unknown: { status: 404, title: 'There is no such lease' },
  schedule_unknown: { status: 404, title: 'There is no such schedule' },
  backfill_unknown: { status: 404, title: 'There is no such backfill' },
  alert_unknown: { status: 404, title: 'There is no such alert' },
  approval_unknown: { status: 404, title: 'The run asks no such thing' },
  method_not_allowed: { status: 405, title: 'This route does not take that method' },
  goal_retired: { status: 409, title: 'The goal is retired' },
  goal_paused: { status: 409, title: 'The goal is paused' },
  goal_schema_unusable: { status: 409, title: 'The input schema that was published cannot be used' },
  input_differs: { status: 409, title: 'The run of this key has another input' },
  execution_needed: { status: 409, title: 'The run was begun before: say which execution is meant' },
  execution_superseded: { status: 409, title: 'There is a later execution of the run' },
  resume_unreadable: { status: 409, title: 'What the run had done before can no longer be read' },
  run_achieved: { status: 409, title: 'The run is achieved' },
  run_open: { status: 409, title: 'The run is under way' },
  event_early: { status: 503, title: 'The run that the event would join is being cancelled' },
  event_paused: { status: 503, title: 'A goal that means the event is paused' },
  run_ending: { status: 409, title: 'The run is being cancelled' },
  run_stuck: { status: 409, title: 'The run is stuck: its code cannot go on' },
  run_closed: { status: 409, title: 'The run is closed' },
  run_not_failed: { status: 409, title: 'The run has not failed' },
  lease_not_stuck: { status: 409, title: 'The lease is not stuck' },
  schedule_absent: { status: 409, title: 'Temporal does not have the schedule' },
  backfill_closed: { status: 409, title: 'The backfill is closed' },
  alerts_absent: { status: 409, title: 'Nothing keeps alerts yet' },
  callback_spent: { status: 409, title: 'No attempt waits for this callback any more' },
  run_id_taken: { status: 409, title: 'A workflow that is no run of this goal has the ID' },
  approval_ambiguous: { status: 409, title: 'The run asked more than once by that name' },
  approval_decided: { status: 409, title: 'It is decided already' },
  approval_closed: { status: 409, title: 'It waits no longer for a decision' },
  callback_expired: { status: 410, title: 'The callback came too late' },
  body_too_large: { status: 413, title: 'The body is too large' },
  output_too_large: { status: 413, title: 'The output is larger than the engine can carry' },
  input_too_large: { status: 413, title: 'The input is larger than the engine can carry' },
  media_type_unsupported: { status: 415, title: 'The body is of a media type that this route does not take' },
  body_invalid: { status: 422, title: 'The body is not what this route takes' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key came with another body before' },
  input_invalid: { status: 422, title: "The input does not fit the goal's schema" },
  check_too_long: { status: 422, title: 'To check it would take too long' },
  backfill_impossible: { status: 422, title: 'There can be no such backfill' },
  answer_invalid: { status: 422, title: 'The data is not what is asked for' },
  output_invalid: { status: 422, title: "The output does not fit the job's schema" },
  internal: { status: 500, title: 'The gateway has a bug' },
  callback_early: { status: 503, title: 'The attempt does not wait for its callback yet' },
  callbacks_unconfigured: { status: 503, title: 'This gateway cannot take callbacks' },
  worker_unavailable: { status: 503, title: 'No worker took it in time' },
  temporal_unavailable: { status: 503, title: 'Temporal does not answer' },
} as const;

export type ProblemCode = keyof typeof problems;

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
