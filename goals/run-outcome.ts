// How a run ends: the outcome judged by the goal's criteria, or the failure and its first cause.

import { z } from 'zod';
import { saidDeadline } from './by-clock.ts';
import { written } from './carried.ts';
import { spoken } from './duration.ts';
import type { Goal, Verdict } from './goal.ts';
import { judgeMeasured, type PastValues } from './judge-measured.ts';
import type { Measured } from './measured.ts';
import { stepFailureOf } from './step-failed.ts';
import type { StepFailures } from './step-failures.ts';
import { adviceFor, thrownAt } from './thrown-at.ts';
import type { Code } from './wire/codes.ts';
import type { Criterion, Failure, RunFailureDetails, Thrown } from './wire/failure.ts';
import { keptEntries, type Ledger, lastTrueEntry } from './wire/ledger.ts';
import { PAYLOAD_BYTES } from './wire/names.ts';
import type { RunFault } from './wire/run-fault.ts';
import { LARGEST_BYTES } from './wire/stored.ts';
import { boundedText } from './wire/text/bounded-text.ts';
import { redactedText } from './wire/text/redact.ts';
import { utf8Bytes } from './wire/text/utf8-bytes.ts';

/** How `pursue` ended. */
export type PursueResult = { output: unknown } | { error: unknown };

/** A step that the deadline found under way. */
export interface UnderWay {
  path: string;
  /** Null for what is no job. */
  job: string | null;
  since: number;
  /** It has ended well, and so its errors were healed. */
  hasSucceeded?: true;
}

/** How whoever pursues the goal ends the run, and what it holds against what it is given. */
export interface OutcomeRules {
  failures: StepFailures;
  /** What is thrown to end the run. */
  ended: (details: RunFailureDetails) => Error;
  /** Whether what JSON cannot carry is refused, and what is no verdict. Asked only where there is such. */
  isStrict: () => boolean;
  /** Whether a large output is stored. Asked only where it is large. */
  isStored: () => boolean;
}

const MESSAGE_LIMIT = 1000;

/** What goals' own code says may hold secrets; patterns of a worker's environment are unknown in here. */
const shown = redactedText;

/** Ends runs: each of its functions gives, or throws, what the run fails with. */
export class RunOutcome {
  readonly #rules: OutcomeRules;

  constructor(rules: OutcomeRules) {
    this.#rules = rules;
  }

  readonly #failed = (told: Failure, verdicts: Criterion[] = [], stack?: string): Error => {
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
    const thrown = this.#rules.ended({ failure, criteria });
    if (stack !== undefined) thrown.stack = boundedText(shown(stack), 4000);
    return thrown;
  };

  /** Whatever `pursue` threw: a step's failure, however wrapped, or a bug. */
  readonly failedBy = (error: unknown): Error => {
    const failure = stepFailureOf(error);
    if (failure !== null) return this.#failed(failure);
    const { name, stack, ...rest } = readable(error);
    // Before it is cut: of half a secret nothing would be known.
    const message = shown(rest.message);
    const cause = this.#rules.failures.causeWithoutAttempt(
      'pursue_threw',
      boundedText(name, 100),
      message,
      'code',
    );
    const thrown = shownPlace(stack);
    const text = boundedText(
      `the goal's own code threw${placeOf(thrown)} ${name}: ${message}${adviceFor(name, message)}`,
      MESSAGE_LIMIT,
    );
    const about = thrown === null ? {} : { thrown };
    return this.#failed(
      { kind: 'code', code: 'pursue_threw', message: text, path: [], cause, ...about },
      [],
      stack,
    );
  };

  /** The goal came to its end, and has never looked at the end of these steps. */
  readonly failedByUnawaited = (steps: readonly string[]): Error => {
    const [first = '', ...others] = steps;
    const more = others.length === 0 ? '' : ` (and ${others.length} more: ${others.slice(0, 5).join(', ')})`;
    const message = boundedText(
      `the goal ended without having awaited ${first}, which it had begun${more}; write \`await\` before it`,
      MESSAGE_LIMIT,
    );
    const cause = this.#rules.failures.causeWithoutAttempt(
      'step_not_awaited',
      'StepNotAwaited',
      message,
      'code',
      first,
    );
    return this.#failed({ kind: 'code', code: 'step_not_awaited', message, path: [first], cause });
  };

  /** Of a run that its goal's code could not make an input for. */
  readonly failedByFault = ({ code, message }: RunFault): Error => {
    const cause = this.#rules.failures.causeWithoutAttempt(code as Code, 'InputUnmade', message, 'code');
    return this.#failed({ kind: 'code', code, message, path: [], cause });
  };

  readonly failedByInput = (goal: string, message: string): Error => {
    const cause = this.#rules.failures.causeWithoutAttempt('input_invalid', 'InputInvalid', message, 'data');
    const text = boundedText(`the input of ${goal} does not fit its schema: ${message}`, MESSAGE_LIMIT);
    return this.#failed({ kind: 'input', code: 'input_invalid', message: text, path: [], cause });
  };

  /**
   * The first cause of a missed deadline is the error that an unfinished step had been retrying for longest. Without
   * one there is none: time just ran out, and the path says in which step. What a step got over, be it while the run was
   * being closed, is no cause.
   */
  readonly failedByDeadline = (
    { goal, deadline }: { goal: Goal; deadline: number | null },
    open: readonly UnderWay[],
    ledgers: Record<string, Ledger>,
    settled: PursueResult | undefined,
  ): Error => {
    // A step that found no time left for another attempt had said so at the same moment.
    if (settled !== undefined && 'error' in settled && stepFailureOf(settled.error)?.kind === 'deadline')
      return this.failedBy(settled.error);
    const troubled = longestRetried(open, ledgers);
    const entry = troubled === undefined ? undefined : lastTrueEntry(ledgers[troubled.path] as Ledger);
    const allowed = `${saidDeadline(goal, deadline)} passed`;
    if (troubled !== undefined && entry !== undefined) {
      const cause = this.#rules.failures.causeOf(entry, troubled.path, troubled.job ?? troubled.path);
      const message = boundedText(
        `${allowed} while ${troubled.path} was being retried: ${entry.message}`,
        MESSAGE_LIMIT,
      );
      return this.#failed({
        kind: 'deadline',
        code: 'deadline_passed',
        message,
        path: [troubled.path],
        cause,
      });
    }
    const longest = open[0];
    const during =
      longest === undefined
        ? ''
        : ` while ${longest.path} was under way for ${spoken(Date.now() - longest.since)}`;
    return this.#failed({
      kind: 'deadline',
      code: 'deadline_passed',
      message: `${allowed}${during}`,
      path: longest === undefined ? [] : [longest.path],
      cause: null,
    });
  };

  /** A deadline by the clock that was over when the run began. */
  readonly failedBeforeStart = (goal: Goal, deadline: number): Error =>
    this.#failed({
      kind: 'deadline',
      code: 'deadline_passed',
      message: `${saidDeadline(goal, deadline)} was over when the run began, so nothing was done; a resume pursues it without`,
      path: [],
      cause: null,
    });

  /** The path was walked to its end: the output must fit its schema, and each criterion says what it found. */
  readonly weigh = (goal: Goal, given: unknown, input: unknown): Weighed => {
    const output = this.#fitting(goal, given);
    const carried = written(OUTPUT, given, this.#rules.isStrict);
    if ('refused' in carried) throw this.#failedByOutput('output_invalid', carried.refused);
    const { json } = carried;
    const bytes = utf8Bytes(json ?? '');
    if (bytes > PAYLOAD_BYTES && (bytes > LARGEST_BYTES || !this.#rules.isStored()))
      throw this.#failedByOutput(
        'output_too_large',
        `${OUTPUT} has ${bytes} bytes; ${LARGEST_BYTES} at most`,
      );
    const faults = new Map<string, Fault>();
    const places = new Map<string, Thrown>();
    const measures = new Map<string, Measured>();
    const found = goal.criteria.map((name): Criterion => {
      try {
        const verdict = goal.judge(name, output, input);
        if (isMeasured(verdict)) measures.set(name, verdict);
        else if (this.#isVerdict(verdict)) return criterion(name, verdict);
        else {
          faults.set(name, 'criterion_gave_no_verdict');
          return { name, met: false, message: boundedText(`gave ${givenBy(verdict)}`, MESSAGE_LIMIT) };
        }
        return { name, met: true, message: null };
      } catch (error) {
        faults.set(name, 'criterion_threw');
        const { name: type, message, stack } = readable(error);
        const thrown = shownPlace(stack);
        if (thrown !== null) places.set(name, thrown);
        const text = `threw${placeOf(thrown)} ${type}: ${shown(message)}${adviceFor(type, message)}`;
        return { name, met: false, message: boundedText(shown(text), MESSAGE_LIMIT) };
      }
    });
    return { json, bytes, found, measures, faults, places, wanted: wantedPast(measures) };
  };

  /** Every criterion that does not only warn must hold; `past` has what those judge by that look at earlier runs. */
  readonly judge = (goal: Goal, weighed: Weighed, past: PastOfCriteria = {}): Judged => {
    const { json, bytes, measures, faults, places } = weighed;
    const criteria = weighed.found.map((found): Criterion => {
      const measure = measures.get(found.name);
      const judged =
        measure === undefined ? found : judgeMeasured(found.name, measure, past[found.name] ?? []);
      return goal.warnings.includes(found.name) ? { ...judged, severity: 'warn' } : judged;
    });
    // A criterion that is broken has judged nothing, however little it would weigh.
    const unmet = criteria.filter(
      ({ name, met, severity }) => !met && (severity !== 'warn' || faults.has(name)),
    );
    if (unmet.length === 0) return { json, bytes, criteria };
    throw this.#failedByCriteria(unmet, criteria, faults, places);
  };

  /** What its schema makes of the output. A schema's own code may throw. */
  readonly #fitting = (goal: Goal, given: unknown): unknown => {
    let output: z.ZodSafeParseResult<unknown>;
    try {
      output = goal.output.safeParse(given);
    } catch (error) {
      throw this.#failedByOutput(
        'output_invalid',
        `${OUTPUT} cannot be read by its schema, which threw ${textOf(error)}`,
      );
    }
    if (output.success) return output.data;
    throw this.#failedByOutput(
      'output_invalid',
      `${OUTPUT} does not fit its schema: ${z.prettifyError(output.error)}`,
    );
  };

  /** Whether a criterion has judged. A promise has not, whatever becomes of it; an empty text says nothing. */
  readonly #isVerdict = (given: unknown): given is Exclude<Verdict, Measured> => {
    if (typeof given === 'boolean' || (typeof given === 'string' && given !== '')) return true;
    // One that is rejected, with nobody to hear of it, would fail the task.
    if (given instanceof Promise) given.catch(() => undefined);
    return !this.#rules.isStrict();
  };

  readonly #failedByOutput = (code: 'output_invalid' | 'output_too_large', what: string): Error => {
    const message = boundedText(what, MESSAGE_LIMIT);
    const cause = this.#rules.failures.causeWithoutAttempt(code, 'OutputInvalid', message, 'code');
    return this.#failed({ kind: 'code', code, message, path: [], cause });
  };

  readonly #failedByCriteria = (
    unmet: Criterion[],
    criteria: Criterion[],
    faults: Map<string, Fault>,
    places: Map<string, Thrown>,
  ): Error => {
    const first = unmet.find(({ name }) => faults.has(name)) ?? (unmet[0] as Criterion);
    const found = first.message === null ? '' : `: ${first.message}`;
    const fault = faults.get(first.name);
    const isBug = fault !== undefined;
    const code = fault ?? 'criterion_not_met';
    const more = unmet.length === 1 ? '' : ` (and ${unmet.length - 1} more)`;
    const message = boundedText(`not met: ${first.name}${found}${more}`, MESSAGE_LIMIT);
    const cause = this.#rules.failures.causeWithoutAttempt(
      code,
      isBug ? TYPES[fault] : 'CriterionNotMet',
      `${first.name}${found}`,
      isBug ? 'code' : 'data',
    );
    const thrown = places.get(first.name);
    const about = thrown === undefined ? {} : { thrown };
    return this.#failed(
      { kind: isBug ? 'code' : 'criteria', code, message, path: [], cause, ...about },
      criteria,
    );
  };
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

/** Of the steps that the deadline found under way, the one that still had errors to get over, and for longest. */
export function longestRetried(
  open: readonly UnderWay[],
  ledgers: Record<string, Ledger>,
): UnderWay | undefined {
  return open
    .filter(({ path, hasSucceeded }) => hasSucceeded !== true && (ledgers[path]?.total ?? 0) > 0)
    .sort((a, b) => troubledSince(ledgers[a.path]).localeCompare(troubledSince(ledgers[b.path])))[0];
}

const troubledSince = (ledger: Ledger | undefined): string =>
  ledger === undefined ? '' : (keptEntries(ledger)[0]?.at ?? '');

/** How many earlier values each criterion judges by, by its name. */
export type WantedPast = Readonly<Record<string, number>>;

/** Values of the goal's latest achieved runs, the latest first, by criterion. */
export type PastOfCriteria = Readonly<Record<string, PastValues>>;

function wantedPast(measures: ReadonlyMap<string, Measured>): WantedPast | null {
  const wanted = [...measures].flatMap(([name, { within }]): [string, number][] =>
    within === undefined ? [] : [[name, within.last]],
  );
  return wanted.length === 0 ? null : Object.fromEntries(wanted);
}

const isMeasured = (given: unknown): given is Measured =>
  typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'measured';

/** An output that fits, and what each criterion found in it. */
export interface Weighed {
  json: string | undefined;
  bytes: number;
  found: readonly Criterion[];
  measures: ReadonlyMap<string, Measured>;
  faults: Map<string, Fault>;
  places: Map<string, Thrown>;
  /** Null where no criterion judges by earlier runs. */
  wanted: WantedPast | null;
}

/** What holds: the output as JSON, undefined where there is none, and the criteria. */
export interface Judged {
  json: string | undefined;
  bytes: number;
  criteria: Criterion[];
}

const OUTPUT = 'the output of the goal';

/** A criterion that did not judge: a bug of the goal. */
type Fault = Extract<Code, 'criterion_threw' | 'criterion_gave_no_verdict'>;

const givenBy = (verdict: unknown): string =>
  `${verdict instanceof Promise ? 'a promise' : verdict === '' ? 'an empty text' : verdict === undefined ? 'nothing' : `a ${verdict === null ? 'null' : typeof verdict}`}, which is not a verdict`;

function criterion(name: string, verdict: Exclude<Verdict, Measured>): Criterion {
  if (verdict === true) return { name, met: true, message: null };
  return {
    name,
    met: false,
    message: typeof verdict === 'string' ? boundedText(shown(verdict), MESSAGE_LIMIT) : null,
  };
}

const TYPES: Record<Fault, string> = {
  criterion_threw: 'CriterionThrew',
  criterion_gave_no_verdict: 'CriterionGaveNoVerdict',
};
