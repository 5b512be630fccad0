// The one table of goalkeeper's own codes: docs/codes.md is proven equal to it. A code is never used again for
// something else. Jobs add their own codes beside these.

/** Codes of errors, that is of attempts, and of failures, that is of runs. Each with what it means and how to mend it. */
export const codes = {
  unclassified:
    'A job threw something without a code of its own. Throw `permanent(message, { code })`, or an error with a `code`.',
  timeout: "An attempt took longer than the job's `timeout`. Make the job quicker, or the timeout longer.",
  worker_lost:
    'The worker died, was cut off, or was blocked by a job in mid-attempt. Look at the worker: memory, deploys, network, busy loops.',
  attempt_untold:
    'An attempt failed while its run was being closed, and the engine forgot what with. The log of the worker tells.',
  worker_stopped:
    'The worker was told to stop in mid-attempt; the attempt is made again elsewhere. Nothing to mend.',
  input_invalid: 'An input does not fit its schema. The message names the field.',
  output_invalid:
    'What a job or goal returned does not fit its own output schema. Mend the job, or the schema.',
  output_too_large: 'A result is larger than the engine can carry. Return a reference to the data instead.',
  output_empty:
    'What did a job (a command, an endpoint) ended well and gave no output. It gives one JSON value, `null` where there is nothing to tell.',
  output_not_json:
    'What a job (a command, an endpoint) gave for its output is not one JSON value. The message shows its beginning.',
  output_truncated:
    'The output of a job (a command, an endpoint) broke off before its end. Look at what runs it, and at proxies on the way.',
  input_too_large: 'An input is larger than the engine can carry. Pass a reference to the data instead.',
  job_unbound: "A goal uses a job that the worker has no code for. Bind it in the worker's `jobs`.",
  secret_missing:
    'A worker does not have a secret that its job names. Set the environment variable of that name, or the one ending in `_FILE` to a file that holds it.',
  http_url_invalid:
    "An input has nothing that can stand in a placeholder of an endpoint's address. The message names the field.",
  http_address_refused:
    "An endpoint's host has a private address. Name the host in `allow` if it shall be reached.",
  http_redirect_refused:
    'An endpoint redirects where it may not, or in a circle. Ask the address that it names, or name its host in `allow`.',
  http_certificate_refused: "An endpoint's certificate is not to be trusted. Renew it, or mend the name.",
  http_protocol_error:
    'What listens there does not speak HTTP as it should. Look at the address and its port.',
  http_later_unexpected:
    'An endpoint answered 202, and its job expects the output at once. Let it come by callback: `later`.',
  callback_unconfigured:
    'A worker cannot promise a callback. Set `GOALKEEPER_CALLBACK_URL` and `GOALKEEPER_CALLBACK_SECRET`.',
  deadline_passed:
    'The deadline came before the goal was reached. The cause names what was in the way, if an error was.',
  criterion_not_met:
    'The path was walked to its end, and the outcome is not there. The criteria say what was found.',
  criterion_threw: 'A criterion threw instead of judging. Mend the criterion.',
  pursue_threw: "The goal's own code threw something that is no job's failure: a bug in `pursue`.",
  dependency_cancelled: 'A goal that this one needs was cancelled.',
  resume_unreadable:
    'What the execution before had done can no longer be read, so going on from it is not safe. Resume with `fromScratch`, knowing that all is done again.',
  terminated: 'Somebody terminated the workflow in Temporal. Temporal keeps the reason.',
  engine_timeout:
    "Temporal's own workflow timeout ended the run; goalkeeper sets none, so look at who started it.",
  engine_failed:
    "Temporal ended the workflow or a step without goalkeeper having a say. The message is Temporal's.",
} as const;

export type Code = keyof typeof codes;
