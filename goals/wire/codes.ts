// The one table of goalkeeper's own codes: docs/reference/codes.md is proven equal to it. A code is never used again for
// something else. Jobs add their own codes beside these.

/** Codes of errors, that is of attempts, and of failures, that is of runs. Each with what it means and how to mend it. */
export const codes = {
  unclassified:
    'A job threw something without a code of its own. Throw `permanent(message, { code })`, or an error with a `code`.',
  timeout: "An attempt took longer than the job's `timeout`. Make the job quicker, or the timeout longer.",
  worker_lost:
    'The worker died, was cut off, or was blocked by a job in mid-attempt. Look at the worker: memory, deploys, network, busy loops.',
  attempt_untold:
    'An attempt failed while its run was being closed, and the engine no longer knows with which error. The log of the worker has it.',
  worker_stopped:
    'The worker was stopped in mid-attempt; another worker retries the attempt. Nothing to mend.',
  input_invalid: 'An input does not fit its schema. The message names the field.',
  output_invalid:
    'The output of a job or goal does not fit its own schema, or JSON cannot carry it. Mend the job, or the schema.',
  output_too_large: 'A result is larger than there is storage for. Return a reference to the data instead.',
  output_not_stored:
    'The storage for large results did not take one. Look at GOALKEEPER_STORAGE: the directory, or the bucket.',
  output_empty:
    'The command or endpoint succeeded but returned no output. Return one JSON value, `null` where there is nothing to report.',
  output_not_json:
    'The output of a command or endpoint is not one JSON value. The message shows its beginning.',
  output_truncated:
    'The output of a job (a command, an endpoint) broke off before its end. Look at what runs it, and at proxies on the way.',
  command_not_found:
    'This worker has no such program, may not execute it, or lacks the folder to run it in. Install it where the worker runs.',
  command_not_started:
    'The operating system could not start a program. Look at the machine: processes, memory, open files.',
  command_killed: 'A signal from outside ended a command. SIGKILL is mostly the kernel, short of memory.',
  command_crashed: 'A command crashed. Its signal is in the details, and what it wrote last.',
  out_of_memory:
    'A job took more memory than its `memoryMb`, and was ended. Give it more, or do the work in smaller parts.',
  input_too_large: 'An input is larger than the engine can carry. Pass a reference to the data instead.',
  job_unbound: "A goal uses a job that the worker has no code for. Bind it in the worker's `jobs`.",
  secret_missing:
    'A worker does not have a secret that its job names. Set the environment variable of that name, or the one ending in `_FILE` to a file that holds it.',
  checkpoint_invalid:
    'A job called `checkpoint` with a state that is not JSON, or is larger than 16 KB. Keep the data elsewhere, and its place in the checkpoint.',
  isolate_unloadable:
    "The module of an isolated job cannot be loaded, or does not export a function `run`. The message has the module's own error.",
  isolate_exited:
    'An isolated job ended its thread or process before it gave a result: by `process.exit`, or a crash of native code. Return or throw instead.',
  isolate_killed:
    'The process of an isolated job was ended by a signal from outside. Look at the machine, such as for a lack of memory.',
  secret_told:
    'An output or checkpoint of a job holds the value of one of its secrets. Return a reference to it instead.',
  http_url_invalid:
    "An input has nothing that can stand in a placeholder of an endpoint's address. The message names the field.",
  http_address_refused:
    "An endpoint's host has a private address. Name the host in `allow` if it shall be reached.",
  http_redirect_refused:
    'An endpoint redirects where it may not, or in a circle. Ask the address that it names, or name its host in `allow`.',
  http_certificate_refused: "An endpoint's certificate is not to be trusted. Renew it, or mend the name.",
  http_protocol_error:
    'The server at that address does not speak correct HTTP. Look at the address and its port.',
  http_later_unexpected:
    'An endpoint answered 202, and its job expects the output at once. Let it come by callback: `later`.',
  callback_unconfigured:
    'A worker cannot promise a callback. Set `GOALKEEPER_CALLBACK_URL` and `GOALKEEPER_CALLBACK_SECRET`.',
  deadline_passed:
    'The deadline came before the goal was reached. The cause names what was in the way, if an error was.',
  late: 'A run is open past the time at which it was expected. Its steps show what it waits for, or fails at.',
  stale:
    'A standing outcome no longer holds, and was not reached in time. The message says what was in the way.',
  criterion_not_met:
    'The path was walked to its end, and the outcome is not there. The criteria say what was found.',
  criterion_threw:
    'A criterion threw instead of judging. The message, and `thrown` in the failure, say where; mend it there.',
  criterion_gave_no_verdict:
    'A criterion gave neither `true`, nor `false`, nor a text that says what was found: such as a promise, or nothing. Return one of these.',
  step_not_awaited:
    'The goal came to its end without having waited for a step that it began. Write `await` before it, or begin it not at all.',
  pursue_threw:
    "The goal's own code threw something other than the failure of a job: a bug in `pursue`. The message, and `thrown` in the failure, say where. Mend it, and resume the run; what needs the network, files or Node belongs in a job.",
  partition_missing:
    'No achieved run has produced the partition of a dataset that the run uses. Pursue one of the goals that produce it, which the message names.',
  dataset_not_open:
    'The dataset that a run uses belongs to another team, which has not opened it to this one. Ask for it in `usableBy` there.',
  dependency_cancelled: 'A goal that this one needs was cancelled.',
  dependency_unknown: 'A goal of another module that this one needs is not published. Start its worker.',
  dependency_retired: 'A goal of another module that this one needs is no longer declared. Do without it.',
  dependency_not_open:
    'A goal of another team that this one needs is not opened to its team. Ask for it in `usableBy` there.',
  input_differs:
    'The run of this key has another input. Ask with that input, or add a field to the key that separates the two.',
  rejected: 'A person rejected what the run asked to have approved. The message says who, and why.',
  approval_expired:
    'Nobody decided in time what the run asked, and that was to count as a rejection. Resume the run to ask once more.',
  event_timeout:
    'An event for which the run waited did not come in time. Look at who sends it; once it has come, resume the run.',
  resume_unreadable:
    'The results of the earlier execution can no longer be read, so it is not safe to continue from them. Resume with `fromScratch`; all steps then run again.',
  goal_paused: 'The goal is paused, so no run was started. Unpause the goal.',
  schedule_unknown:
    'The goal has no schedule of that name. Look at its declaration, and at which version of it the workers run.',
  schedule_input_threw:
    "The function that makes a schedule's input of its time threw. Mend it; the trigger of that time shows the message.",
  backfill_too_long: 'A range has more times than one backfill takes. Split it.',
  backfill_impossible:
    'The runs of a backfill cannot be planned, such as for an input that cannot be made, or a goal that the workers do not have. The message says which.',
  bulk_act_incomplete:
    'A bulk act has come to its end, and could not act on some of its runs. It lists them with why.',
  recovery_incomplete:
    'A recovery has come to its end, and not all of its runs are achieved. It lists them; ask for it once more to pursue those.',
  recovery_stopped:
    'A recovery stopped by itself, as the trouble is still there or none of its trial was achieved. Mend the cause; then ask for it once more.',
  trouble_persists:
    'A recovery stopped, or a run of it was left, as the same trouble came again. Mend the cause; then ask for the recovery once more.',
  trial_failed:
    'A recovery stopped, as none of its first runs was achieved. Look at why; then ask for it once more.',
  recovery_before_missed:
    'A run of a recovery was not begun, as one that it needs was not achieved. Look at that one; then ask for the recovery once more.',
  run_achieved:
    'The run is achieved, so there is nothing to go on from. To pursue the goal again, start it with `"force": true`.',
  retraction_incomplete:
    'More runs used what was retracted than one retraction marks. Recover those that it lists; then retract the run once more.',
  backfill_incomplete:
    'A backfill has come to its end, and not all of its runs are achieved. It lists them; start it again to pursue those.',
  terminated: 'Somebody terminated the workflow in Temporal. Temporal keeps the reason.',
  engine_timeout:
    "A workflow timeout of Temporal's own ended the run, and none that goalkeeper sets: look at who started it.",
  code_changed:
    'A run is stuck: the code of its goal is another than it began with, and does not fit what it did. Bring that code back, or resume or cancel the run.',
  payload_unreadable:
    'A run is stuck: a value in its history lies in a storage that no worker can read. Look at GOALKEEPER_STORAGE.',
  code_loops:
    "A run is stuck: the goal's own code runs on and never waits. Mend the loop; it goes on, where nothing before it has changed.",
  code_stuck: 'A run is stuck: its code can not go on, for another reason. The log of the worker says more.',
  engine_failed:
    "Temporal ended the workflow or a step without goalkeeper having a say. The message is Temporal's.",
} as const;

export type Code = keyof typeof codes;
