// The one table of the API's codes. docs/reference/problems.md is made from it, and `GET /problems/{code}` answers from
// it. A code is never used again for something else.

import { type Code, codes } from './codes.ts';

export interface ProblemRow {
  status: number;
  title: string;
  /** A sentence. */
  means: string;
  /** How to mend it: a sentence or two. */
  mend: string;
}

/** Of a code that errors and failures have as well: it means the same here, so the words are the same. */
function asIn(code: Code): Pick<ProblemRow, 'means' | 'mend'> {
  const [means = '', ...mend] = codes[code].split(/(?<=\.) /);
  return { means, mend: mend.join(' ') };
}

export const problems = {
  request_malformed: {
    status: 400,
    title: 'Malformed HTTP request',
    means: 'The target or the Host header of the request is not well formed.',
    mend: 'Send the request with an HTTP library, to the address of the gateway.',
  },
  query_invalid: {
    status: 400,
    title: 'Invalid query parameter',
    means: 'A query parameter is unknown, is given twice, or has a value that it cannot have.',
    mend: '`parameter` names it, and the detail says what it takes.',
  },
  run_id_malformed: {
    status: 400,
    title: 'Malformed run ID',
    means: 'The ID is not that of a run: a goal, a colon and a key, such as `load-day:2026-11-20`.',
    mend: 'Take the ID from the answer that started the run, or from `GET /runs`.',
  },
  idempotency_key_malformed: {
    status: 400,
    title: 'Malformed Idempotency-Key',
    means: 'The header is empty, too long, or has a space or a character outside ASCII.',
    mend: 'Send 1 to 200 visible ASCII characters, such as a UUID.',
  },
  json_malformed: {
    status: 400,
    title: 'Malformed JSON',
    means: 'The body is not JSON in UTF-8, broke off, or nests more than 100 levels deep.',
    mend: 'Send one whole JSON value.',
  },
  hook_unverified: {
    status: 401,
    title: 'Invalid webhook signature',
    means: 'The delivery is not signed with the secret of this webhook, or is too old.',
    mend: 'Compare the secret at the sender with that in `GOALKEEPER_HOOKS`, and the clocks of both.',
  },
  credentials_missing: {
    status: 401,
    title: 'Credentials missing',
    means: 'This gateway lets in nobody without credentials, and the request has none.',
    mend: 'Send `Authorization: Bearer …` with a token; `goalkeeper token new` makes one for the access file.',
  },
  credentials_invalid: {
    status: 401,
    title: 'Credentials not valid',
    means: 'The credentials of the request are malformed, unknown, revoked or expired.',
    mend: 'Send a token that the access file of the gateway holds, and that has not expired.',
  },
  role_missing: {
    status: 403,
    title: 'Role missing',
    means: 'The caller is known, and has not the role that the request needs.',
    mend: '`role` names the role. The keeper of the access file can give it.',
  },
  actor_differs: {
    status: 403,
    title: 'Another name than the caller',
    means: 'The body has a `by` that is not the name of the caller.',
    mend: 'Leave `by` out: the gateway writes down who the caller is.',
  },
  callback_forged: {
    status: 403,
    title: 'Invalid callback token',
    means: 'This gateway did not sign the token, or another namespace did.',
    mend: 'Call the whole address from the header `Goalkeeper-Callback`, unchanged.',
  },
  host_forbidden: {
    status: 403,
    title: 'Unknown host name',
    means: 'The request is for a host name by which this gateway does not answer.',
    mend: 'Ask for `localhost` or `127.0.0.1`, or add the name to `GOALKEEPER_HOSTS`.',
  },
  cross_site: {
    status: 403,
    title: 'Cross-site request',
    means: 'A web page of another site sent a request that changes something.',
    mend: "Send it from the gateway's own address, or from a program.",
  },
  sign_in_failed: {
    status: 403,
    title: 'Sign-in failed',
    means:
      'The issuer did not sign the person in, or the browser did not begin to sign in within ten minutes.',
    mend: 'Begin again at `GET /sign-in`. The log of the gateway has what the issuer said.',
  },
  route_unknown: {
    status: 404,
    title: 'Unknown route',
    means: 'The gateway has no route with this path.',
    mend: 'The reference of the HTTP API lists all routes.',
  },
  sign_in_unconfigured: {
    status: 404,
    title: 'Sign-in not configured',
    means: 'This gateway signs nobody in with a browser.',
    mend: 'Set `signIn` in the access file, and `GOALKEEPER_PUBLIC_URL`. Programs send a token instead.',
  },
  issuers_absent: {
    status: 404,
    title: 'No issuers',
    means: 'The gateway takes no tokens of issuers, or has no public address for which they could be.',
    mend: 'Set `issuers` in the access file, and `GOALKEEPER_PUBLIC_URL`. API tokens need neither.',
  },
  goal_unknown: {
    status: 404,
    title: 'Unknown goal',
    means: 'No worker has published a goal of this name.',
    mend: '`GET /goals` lists the published ones. Start the worker of a new goal.',
  },
  dataset_unknown: {
    status: 404,
    title: 'Unknown dataset',
    means: 'No goal that is published produces or uses a dataset of this name.',
    mend: '`GET /datasets` lists those that are. Start the worker of a new one.',
  },
  partition_unknown: {
    status: 404,
    title: 'Unknown partition',
    means: 'No run has made this partition of the dataset.',
    mend: '`GET /datasets/{name}` lists the partitions, and the goals that produce it.',
  },
  criterion_unknown: {
    status: 404,
    title: 'Unknown criterion',
    means: 'The goal has no criterion of this name, and no run on this page tells of one.',
    mend: '`GET /goals/{goal}` names those that it has.',
  },
  run_unknown: {
    status: 404,
    title: 'Unknown run',
    means: 'There is no run with this ID, or no such execution of it, or its retention in Temporal is over.',
    mend: '`GET /runs` lists the runs that Temporal keeps.',
  },
  hook_unknown: {
    status: 404,
    title: 'Unknown webhook',
    means: 'No webhook of this name is declared.',
    mend: 'Declare it in `GOALKEEPER_HOOKS`.',
  },
  lease_unknown: {
    status: 404,
    title: 'Unknown lease',
    means: 'There is no lease with this ID, or its retention in Temporal is over.',
    mend: '`GET /leases` lists the leases that Temporal keeps.',
  },
  schedule_unknown: { status: 404, title: 'Unknown schedule', ...asIn('schedule_unknown') },
  backfill_unknown: {
    status: 404,
    title: 'Unknown backfill',
    means: 'There is no backfill with this ID, or its retention in Temporal is over.',
    mend: '`GET /backfills` lists the backfills that Temporal keeps.',
  },
  bulk_act_unknown: {
    status: 404,
    title: 'Unknown bulk act',
    means: 'There is no bulk act with this ID, or its retention in Temporal is over.',
    mend: '`GET /bulk-acts` lists the bulk acts that Temporal keeps.',
  },
  retraction_unknown: {
    status: 404,
    title: 'Unknown retraction',
    means: 'There is no retraction with this ID, or its retention in Temporal is over.',
    mend: '`GET /retractions` lists the retractions that Temporal keeps.',
  },
  recovery_unknown: {
    status: 404,
    title: 'Unknown recovery',
    means: 'There is no recovery with this ID, or its retention in Temporal is over.',
    mend: '`GET /recoveries` lists the recoveries that Temporal keeps.',
  },
  alert_unknown: {
    status: 404,
    title: 'Unknown alert',
    means: 'No alert with this ID is kept.',
    mend: '`GET /alerts` lists those that are.',
  },
  error_unknown: {
    status: 404,
    title: 'Unknown error',
    means: 'No error of this fingerprint was seen in the window, among the runs that are looked at.',
    mend: '`GET /errors` lists those that were, and `window` takes a longer time, such as `30d`.',
  },
  approval_unknown: {
    status: 404,
    title: 'Unknown approval',
    means: 'The run asks nobody for something of this name.',
    mend: '`GET /runs/{id}/approvals` lists what it asks.',
  },
  namespace_unknown: {
    status: 404,
    title: 'Unknown namespace',
    means: 'The codec endpoint is asked for a namespace that the gateway does not serve.',
    mend: 'Ask the gateway of that namespace.',
  },
  problem_unknown: {
    status: 404,
    title: 'Unknown problem code',
    means: 'No problem has this code.',
    mend: 'The reference lists all codes.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    means: 'The route does not take this method.',
    mend: 'The header `Allow` says which methods it takes.',
  },
  goal_retired: {
    status: 409,
    title: 'Goal retired',
    means: 'The goal is no longer declared, so no more of its runs are started.',
    mend: 'Declare it again, or do without it.',
  },
  goal_paused: { status: 409, title: 'Goal paused', ...asIn('goal_paused') },
  goal_schema_unusable: {
    status: 409,
    title: 'Unusable schema',
    means: "The gateway cannot use the input schema that the goal's worker published.",
    mend: 'Publish the goal with a simpler schema; the detail says what is wrong with it.',
  },
  input_differs: { status: 409, title: 'Run has another input', ...asIn('input_differs') },
  execution_needed: {
    status: 409,
    title: 'Execution needed',
    means: 'The run has had another execution before, so the request may be a repeat that meant that one.',
    mend: 'Look at the run, and name the execution that is meant as `execution`.',
  },
  execution_superseded: {
    status: 409,
    title: 'Execution superseded',
    means: 'The request names an execution of the run, and a later one exists.',
    mend: 'Look at the latest execution, and name it if it is meant.',
  },
  resume_unreadable: { status: 409, title: 'Earlier work unreadable', ...asIn('resume_unreadable') },
  run_achieved: {
    status: 409,
    title: 'Run achieved',
    means: 'The run is achieved, so there is nothing to go on from.',
    mend: 'To pursue the goal again, start it with `"force": true`.',
  },
  run_open: {
    status: 409,
    title: 'Run under way',
    means: 'The run is still under way.',
    mend: 'Wait for its outcome, or cancel it.',
  },
  run_light: {
    status: 409,
    title: 'Light run',
    means:
      'The goal is light: its runs share the histories of their hosts, of which one run cannot be taken out.',
    mend: "Wait until Temporal's retention of the namespace has ended; where runs must be deleted, declare the goal without `light`.",
  },
  run_ending: {
    status: 409,
    title: 'Run being cancelled',
    means: 'The run is being cancelled, and has not ended yet.',
    mend: 'Ask again after `Retry-After`.',
  },
  run_stuck: {
    status: 409,
    title: 'Run stuck',
    means: 'The code of the run cannot go on.',
    mend: '`stuck` says why, and how to mend it.',
  },
  run_closed: {
    status: 409,
    title: 'Run closed',
    means: 'The run has ended, so there is nothing to cancel.',
    mend: 'Nothing to mend.',
  },
  annotations_full: {
    status: 409,
    title: 'No more tags or notes',
    means: 'The execution of the run has as many tags, changes of tags or notes as one can have.',
    mend: 'Remove tags that nobody looks for. Keep what is longer than a few notes elsewhere, and note its address.',
  },
  run_not_failed: {
    status: 409,
    title: 'Run not failed',
    means: 'Only a failed run can be accepted, and this one has not failed.',
    mend: 'Look at its outcome.',
  },
  lease_not_stuck: {
    status: 409,
    title: 'Lease not stuck',
    means: 'Only a stuck lease can be retried.',
    mend: 'Look at its state.',
  },
  schedule_absent: {
    status: 409,
    title: 'Schedule not created',
    means: 'The goal declares the schedule, and Temporal does not have it.',
    mend: 'Start a worker of the goal: it creates the schedule.',
  },
  backfill_closed: {
    status: 409,
    title: 'Backfill closed',
    means: 'The backfill has ended.',
    mend: 'Nothing to mend.',
  },
  bulk_act_closed: {
    status: 409,
    title: 'Bulk act closed',
    means: 'The bulk act has ended.',
    mend: 'Nothing to mend.',
  },
  run_not_achieved: {
    status: 409,
    title: 'Run not achieved',
    means: 'Only an achieved outcome can be retracted; this execution of the run is not achieved.',
    mend: 'Name the achieved execution as `execution`, or resume the run.',
  },
  recovery_closed: {
    status: 409,
    title: 'Recovery closed',
    means: 'The recovery has ended.',
    mend: 'Nothing to mend. Ask for it once more to pursue what was not achieved.',
  },
  alerts_absent: {
    status: 409,
    title: 'Alerts are not running yet',
    means: 'No worker has started the alerts of this namespace yet.',
    mend: 'Start a worker.',
  },
  callback_spent: {
    status: 409,
    title: 'Callback no longer expected',
    means:
      'The attempt of this callback is over: another callback was quicker, another attempt has taken over, or the run has ended.',
    mend: 'Nothing to mend; nothing was done.',
  },
  run_id_taken: {
    status: 409,
    title: 'Run ID taken',
    means: 'A workflow that is not a run of this goal has the ID.',
    mend: 'End that workflow, or choose another key.',
  },
  approval_ambiguous: {
    status: 409,
    title: 'Ambiguous approval',
    means: 'The run asked more than once under this name.',
    mend: 'Name the step in the path, with `#` written as `%23`; `steps` lists them.',
  },
  approval_decided: {
    status: 409,
    title: 'Already decided',
    means: 'Somebody has already decided this, in another way.',
    mend: '`decision` says who, and how.',
  },
  approval_own: {
    status: 403,
    title: 'Own approval',
    means:
      'The approver has started or resumed the run, or the run that needs it, or has supplied results to it.',
    mend: 'Somebody else approves. The goal may allow it with `self: true`.',
  },
  approval_not_theirs: {
    status: 403,
    title: 'Not for them to decide',
    means: 'The goal names who may decide, by `by`, and whoever asks is none of them.',
    mend: '`by` of the approval names the people, teams and groups. One of them decides.',
  },
  decision_unsigned: {
    status: 403,
    title: 'Unsigned decision',
    means: "The run's worker has keys, and the decision is not signed by a gateway with one of them.",
    mend: 'Name `decisions.keysFile` in the access file, and give workers its public line in GOALKEEPER_DECISION_KEYS.',
  },
  approval_closed: {
    status: 409,
    title: 'Approval closed',
    means: 'The run no longer waits for this decision.',
    mend: 'Look at the run.',
  },
  callback_expired: {
    status: 410,
    title: 'Callback expired',
    means: 'The callback came after its attempt was over.',
    mend: 'Make the work quicker, or its timeout longer.',
  },
  body_too_large: {
    status: 413,
    title: 'Body too large',
    means: 'The body has more than 1.5 MB.',
    mend: 'Pass a reference to the data instead.',
  },
  output_too_large: { status: 413, title: 'Output too large', ...asIn('output_too_large') },
  input_too_large: { status: 413, title: 'Input too large', ...asIn('input_too_large') },
  media_type_unsupported: {
    status: 415,
    title: 'Unsupported media type',
    means: 'The body is of a media type, a character set or a content encoding that the route does not take.',
    mend: 'The detail says which it takes.',
  },
  body_invalid: {
    status: 422,
    title: 'Invalid body',
    means: 'The body has a field that is missing, unknown or wrong, or a number that would be rounded.',
    mend: '`errors` names each field.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency-Key reused',
    means: 'The key came with another body before.',
    mend: 'Send what was sent then, or choose another key.',
  },
  input_invalid: { status: 422, title: 'Invalid input', ...asIn('input_invalid') },
  check_too_long: {
    status: 422,
    title: 'Check takes too long',
    means: "Checking the data against the goal's schema would take too long.",
    mend: 'Send less, or publish a simpler schema.',
  },
  backfill_impossible: { status: 422, title: 'Backfill not possible', ...asIn('backfill_impossible') },
  bulk_act_impossible: {
    status: 422,
    title: 'Bulk act not possible',
    means: 'The filter means more runs than one bulk act takes, or none on which it could act.',
    mend: 'Narrow the filter by a goal, a range of keys or a time; `dryRun` says how many runs it means.',
  },
  recovery_impossible: {
    status: 422,
    title: 'Recovery not possible',
    means: 'There are more runs to pursue than one recovery takes, or none.',
    mend: 'Narrow it by a goal, a team or a window; `dryRun` says which runs it means.',
  },
  answer_invalid: {
    status: 422,
    title: 'Invalid answer',
    means: 'The data is not what the run asks for.',
    mend: '`errors` names each field.',
  },
  output_invalid: { status: 422, title: 'Invalid output', ...asIn('output_invalid') },
  caller_streams_full: {
    status: 429,
    title: 'Too many streams of one caller',
    means: 'The caller has as many streams open at this gateway as one caller may.',
    mend: 'Close one, or let several readers share one, and ask again after `Retry-After`.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    means: 'The caller asks more often than it may, or credentials from its address were wrong too often.',
    mend: 'Ask again after `Retry-After`. The headers `RateLimit-Policy` and `RateLimit` say what the quota is, and what is left.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    means: 'The gateway has a bug.',
    mend: 'The log of the gateway has the error.',
  },
  callback_early: {
    status: 503,
    title: 'Callback too early',
    means: 'The attempt does not wait for its callback yet, or another callback is being taken.',
    mend: 'Call again after `Retry-After`.',
  },
  callbacks_unconfigured: {
    status: 503,
    title: 'Callbacks not configured',
    means: 'This gateway has no secret, so it cannot check callbacks.',
    mend: 'Set `GOALKEEPER_CALLBACK_SECRET` for the gateway and the workers.',
  },
  goal_busy: {
    status: 503,
    title: 'Goal busy',
    means:
      'More runs of the goal have been asked for than can be taken at once; nothing was begun for this request.',
    mend: 'Ask again after the seconds that `Retry-After` gives.',
  },
  issuer_unavailable: {
    status: 503,
    title: 'Issuer unavailable',
    means:
      'The gateway cannot reach the issuer of the token, and has no keys of it by which to check the token.',
    mend: 'Ask again after `Retry-After`. API tokens go on meanwhile.',
  },
  event_early: {
    status: 503,
    title: 'Event too early',
    means:
      'The run that the event would join is being cancelled, or its goal has more to begin than it takes.',
    mend: 'Send the event again after `Retry-After`.',
  },
  event_paused: {
    status: 503,
    title: 'Goal paused',
    means: 'A goal that means the event is paused.',
    mend: 'Send the event again after `Retry-After`, until the goal is unpaused.',
  },
  worker_unavailable: {
    status: 503,
    title: 'No worker answered',
    means: 'No worker took it in time.',
    mend: 'Start a worker of the goal. Sending the same again is safe.',
  },
  sealing_unavailable: {
    status: 503,
    title: 'Sealing unavailable',
    means: 'Values are sealed in this namespace, and this gateway cannot seal what it would write.',
    mend: 'Give the gateway the keys of the workers (`GOALKEEPER_KEYS`), or ask one that has them. Nothing was done.',
  },
  streams_full: {
    status: 503,
    title: 'Too many streams',
    means: 'This gateway has as many streams open as it may.',
    mend: 'Ask again after `Retry-After`, or another gateway. Until then ask without a stream.',
  },
  temporal_unavailable: {
    status: 503,
    title: 'Temporal unavailable',
    means: 'Temporal does not answer, or does not let the gateway in.',
    mend: 'Nothing is lost: ask again after `Retry-After`.',
  },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof problems;
