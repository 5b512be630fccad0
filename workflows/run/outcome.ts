// How a run ends: the outcome judged by the goal's criteria, or the failure and its first cause.

import { ApplicationFailure, patched } from '@temporalio/workflow';
import { z } from 'zod';
import { spoken } from '../../goals/duration.ts';
import type { Goal, Verdict } from '../../goals/index.ts';
import { stepFailureOf } from '../../goals/step-failed.ts';
import type { Code } from '../../goals/wire/codes.ts';
import type { Criterion, Failure, RunFailureDetails, Thrown } from '../../goals/wire/failure.ts';
import { keptEntries, type Ledger, lastEntry, utf8Bytes } from '../../goals/wire/ledger.ts';
import { PAYLOAD_BYTES } from '../../goals/wire/names.ts';
import type { RunFault } from '../../goals/wire/start.ts';
import { LARGEST_BYTES, STORED_PATCH } from '../../goals/wire/stored.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { redactedText } from '../../goals/wire/text/redact.ts';
import { needsVerdict, written } from '../steps/carried.ts';
import { causeOf, causeWithoutAttempt } from '../steps/step-failure.ts';
import type { OpenStep } from '../steps/steps.ts';
import { adviceFor, thrownAt } from './thrown-at.ts';

/** How `pursue` ended. */
export type Settled = { output: unknown } | { error: unknown };

const MESSAGE_LIMIT = 1000;

/** What goals' own code says may hold secrets; patterns of a worker's environment are unknown in here. */
const shown = redactedText;

function failed(told: Failure, verdicts: Criterion[] = [], stack?: string): ApplicationFailure {
  const { cause } = told;
  const failure = {
    ...told,
    message: shown(told.message),
    cause: cause === null ? null : { ...cause, type: shown(cause.type), message: shown(cause.message) },
  };
  const criteria = verdicts.map(({ message, ...rest }) => ({
    ...rest,
    message: message === null ? null : shown(message),
  }));
  const details: RunFailureDetails = { failure, criteria };
  const thrown = ApplicationFailure.create({
    type: failure.kind,
    message: failure.message,
    nonRetryable: true,
    details: [details],
  });
  if (stack !== undefined) thrown.stack = boundedText(shown(stack), 4000);
  return thrown;
}

/** Whatever `pursue` threw: a step's failure, however wrapped, or a bug. */
export function failedBy(error: unknown): ApplicationFailure {
  const failure = stepFailureOf(error);
  if (failure !== null) return failed(failure);
  const { name, stack, ...rest } = readable(error);
  // Before it is cut: of half a secret nothing would be known.
  const message = shown(rest.message);
  const cause = causeWithoutAttempt('pursue_threw', boundedText(name, 100), message, 'code');
  const thrown = shownPlace(stack);
  const text = boundedText(
    `the goal's own code threw${placeOf(thrown)} ${name}: ${message}${adviceFor(name, message)}`,
    MESSAGE_LIMIT,
  );
  const about = thrown === null ? {} : { thrown };
  return failed({ kind: 'code', code: 'pursue_threw', message: text, path: [], cause, ...about }, [], stack);
}

/** Where the author's own code threw, with what may be secret in it replaced. */
function shownPlace(stack: string | undefined): Thrown | null {
  const thrown = thrownAt(stack);
  return thrown === null ? null : { at: shown(thrown.at), stack: shown(thrown.stack) };
}

const placeOf = (thrown: Thrown | null): string => (thrown === null ? '' : ` at ${thrown.at}`);

function textOf(thrown: unknown): string {
  const { name, message } = readable(thrown);
  return `${name}: ${message}`;
}

/** Whatever was thrown, read once: reading it may itself throw. */
function readable(thrown: unknown): { name: string; message: string; stack: string | undefined } {
  try {
    const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return {
      name: String(name),
      message: String(message),
      stack: stack === undefined ? stack : String(stack),
    };
  } catch {
    return { name: 'Error', message: 'something was thrown that cannot be read', stack: undefined };
  }
}

/** The goal came to its end, and has never looked at the end of these steps. */
export function failedByUnawaited(steps: readonly string[]): ApplicationFailure {
  const [first = '', ...others] = steps;
  const more = others.length === 0 ? '' : ` (and ${others.length} more: ${others.slice(0, 5).join(', ')})`;
  const message = boundedText(
    `the goal ended without having awaited ${first}, which it had begun${more}; write \`await\` before it`,
    MESSAGE_LIMIT,
  );
  const cause = causeWithoutAttempt('step_not_awaited', 'StepNotAwaited', message, 'code', first);
  return failed({ kind: 'code', code: 'step_not_awaited', message, path: [first], cause });
}

/** Of a run that its goal's code could not make an input for. */
export function failedByFault({ code, message }: RunFault): ApplicationFailure {
  const cause = causeWithoutAttempt(code as Code, 'InputUnmade', message, 'code');
  return failed({ kind: 'code', code, message, path: [], cause });
}

export function failedByInput(goal: string, message: string): ApplicationFailure {
  const cause = causeWithoutAttempt('input_invalid', 'InputInvalid', message, 'data');
  const text = boundedText(`the input of ${goal} does not fit its schema: ${message}`, MESSAGE_LIMIT);
  return failed({ kind: 'input', code: 'input_invalid', message: text, path: [], cause });
}

/**
 * The first cause of a missed deadline is the error that an unfinished step had been retrying for longest. Without
 * one there is none: time just ran out, and the path says in which step. What a step got over, be it while the run was
 * being closed, is no cause.
 */
export function failedByDeadline(
  goal: Goal,
  open: readonly OpenStep[],
  ledgers: Record<string, Ledger>,
  settled: Settled | undefined,
): ApplicationFailure {
  // A step that found no time left for another attempt had said so at the same moment.
  if (settled !== undefined && 'error' in settled && stepFailureOf(settled.error)?.kind === 'deadline')
    return failedBy(settled.error);
  const troubled = longestRetried(open, ledgers);
  const entry = troubled === undefined ? undefined : lastEntry(ledgers[troubled.path] as Ledger);
  const allowed = `the deadline of ${spoken(goal.deadlineMs ?? 0)} passed`;
  if (troubled !== undefined && entry !== undefined) {
    const cause = causeOf(entry, troubled.path, troubled.job ?? troubled.path);
    const message = boundedText(
      `${allowed} while ${troubled.path} was being retried: ${entry.message}`,
      MESSAGE_LIMIT,
    );
    return failed({ kind: 'deadline', code: 'deadline_passed', message, path: [troubled.path], cause });
  }
  const longest = open[0];
  const during =
    longest === undefined
      ? ''
      : ` while ${longest.path} was under way for ${spoken(Date.now() - longest.since)}`;
  return failed({
    kind: 'deadline',
    code: 'deadline_passed',
    message: `${allowed}${during}`,
    path: longest === undefined ? [] : [longest.path],
    cause: null,
  });
}

/** Of the steps that the deadline found under way, the one that still had errors to get over, and for longest. */
export function longestRetried(
  open: readonly OpenStep[],
  ledgers: Record<string, Ledger>,
): OpenStep | undefined {
  return open
    .filter(({ path, hasSucceeded }) => hasSucceeded !== true && (ledgers[path]?.total ?? 0) > 0)
    .sort((a, b) => troubledSince(ledgers[a.path]).localeCompare(troubledSince(ledgers[b.path])))[0];
}

const troubledSince = (ledger: Ledger | undefined): string =>
  ledger === undefined ? '' : (keptEntries(ledger)[0]?.at ?? '');

/** What holds: the output as JSON, undefined where there is none, and the criteria. */
export interface Judged {
  json: string | undefined;
  bytes: number;
  criteria: Criterion[];
}

const OUTPUT = 'the output of the goal';

/** The path was walked to its end: the output must fit its schema, and every criterion must hold. */
export function judge(goal: Goal, given: unknown, input: unknown): Judged {
  const output = fitting(goal, given);
  const carried = written(OUTPUT, given);
  if ('refused' in carried) throw failedByOutput('output_invalid', carried.refused);
  const { json } = carried;
  const bytes = utf8Bytes(json ?? '');
  if (bytes > PAYLOAD_BYTES && (bytes > LARGEST_BYTES || !patched(STORED_PATCH)))
    throw failedByOutput('output_too_large', `${OUTPUT} has ${bytes} bytes; ${LARGEST_BYTES} at most`);
  const faults = new Map<string, Fault>();
  const places = new Map<string, Thrown>();
  const criteria = goal.criteria.map((name): Criterion => {
    try {
      const verdict = goal.judge(name, output, input);
      if (isVerdict(verdict)) return criterion(name, verdict);
      faults.set(name, 'criterion_gave_no_verdict');
      return { name, met: false, message: boundedText(`gave ${givenBy(verdict)}`, MESSAGE_LIMIT) };
    } catch (error) {
      faults.set(name, 'criterion_threw');
      const { name: type, message, stack } = readable(error);
      const thrown = shownPlace(stack);
      if (thrown !== null) places.set(name, thrown);
      const text = `threw${placeOf(thrown)} ${type}: ${shown(message)}${adviceFor(type, message)}`;
      return { name, met: false, message: boundedText(shown(text), MESSAGE_LIMIT) };
    }
  });
  const unmet = criteria.filter(({ met }) => !met);
  if (unmet.length === 0) return { json, bytes, criteria };
  throw failedByCriteria(unmet, criteria, faults, places);
}

/** What its schema makes of the output. A schema's own code may throw. */
function fitting(goal: Goal, given: unknown): unknown {
  let output: z.ZodSafeParseResult<unknown>;
  try {
    output = goal.output.safeParse(given);
  } catch (error) {
    throw failedByOutput(
      'output_invalid',
      `${OUTPUT} cannot be read by its schema, which threw ${textOf(error)}`,
    );
  }
  if (output.success) return output.data;
  throw failedByOutput(
    'output_invalid',
    `${OUTPUT} does not fit its schema: ${z.prettifyError(output.error)}`,
  );
}

/** A criterion that did not judge: a bug of the goal. */
type Fault = Extract<Code, 'criterion_threw' | 'criterion_gave_no_verdict'>;

/** Whether a criterion has judged. A promise has not, whatever becomes of it; an empty text says nothing. */
function isVerdict(given: unknown): given is Verdict {
  if (typeof given === 'boolean' || (typeof given === 'string' && given !== '')) return true;
  // One that is rejected, with nobody to hear of it, would fail the task.
  if (given instanceof Promise) given.catch(() => undefined);
  return !needsVerdict();
}

const givenBy = (verdict: unknown): string =>
  `${verdict instanceof Promise ? 'a promise' : verdict === '' ? 'an empty text' : verdict === undefined ? 'nothing' : `a ${verdict === null ? 'null' : typeof verdict}`}, which is no verdict`;

function criterion(name: string, verdict: Verdict): Criterion {
  if (verdict === true) return { name, met: true, message: null };
  return {
    name,
    met: false,
    message: typeof verdict === 'string' ? boundedText(shown(verdict), MESSAGE_LIMIT) : null,
  };
}

function failedByOutput(code: 'output_invalid' | 'output_too_large', what: string): ApplicationFailure {
  const message = boundedText(what, MESSAGE_LIMIT);
  const cause = causeWithoutAttempt(code, 'OutputInvalid', message, 'code');
  return failed({ kind: 'code', code, message, path: [], cause });
}

const TYPES: Record<Fault, string> = {
  criterion_threw: 'CriterionThrew',
  criterion_gave_no_verdict: 'CriterionGaveNoVerdict',
};

function failedByCriteria(
  unmet: Criterion[],
  criteria: Criterion[],
  faults: Map<string, Fault>,
  places: Map<string, Thrown>,
): ApplicationFailure {
  const first = unmet.find(({ name }) => faults.has(name)) ?? (unmet[0] as Criterion);
  const found = first.message === null ? '' : `: ${first.message}`;
  const fault = faults.get(first.name);
  const isBug = fault !== undefined;
  const code = fault ?? 'criterion_not_met';
  const more = unmet.length === 1 ? '' : ` (and ${unmet.length - 1} more)`;
  const message = boundedText(`not met: ${first.name}${found}${more}`, MESSAGE_LIMIT);
  const cause = causeWithoutAttempt(
    code,
    isBug ? TYPES[fault] : 'CriterionNotMet',
    `${first.name}${found}`,
    isBug ? 'code' : 'data',
  );
  const thrown = places.get(first.name);
  const about = thrown === undefined ? {} : { thrown };
  return failed({ kind: isBug ? 'code' : 'criteria', code, message, path: [], cause, ...about }, criteria);
}
