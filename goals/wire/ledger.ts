// The ledger of one step: every attempt that failed, bounded. It travels in heartbeat details
// from attempt to attempt, beside the result on success, and inside the failure.
//
// ledger.1. An attempt is entered once: it is named by server attempt and local try, and entered before the next begins.
// ledger.2. `total` counts what was entered, whether or not the entry itself is still kept; `tallies` and `hours` add up to it.
// ledger.3. A ledger is at most LEDGER_BYTES of JSON, however often the step fails and whatever its messages hold, beside at most
//     LINES_BYTES of what its attempts wrote.

import { z } from 'zod';
import {
  attemptLinesSchema,
  boundedLines,
  EARLIER_LINES_BYTES,
  NEWEST_LINES_BYTES,
} from './attempt-lines.ts';
import { boundedText } from './text/bounded-text.ts';
import { utf8Bytes } from './text/utf8-bytes.ts';

export const errorClasses = ['transient', 'permanent', 'data', 'code', 'infrastructure'] as const;

/**
 * The kind of an error: `transient` may heal by itself, `permanent` will not, `data` is wrong input
 * or output, `code` a bug, `infrastructure` the machinery under the job (a lost worker, a deploy).
 */
export type ErrorClass = (typeof errorClasses)[number];

const attemptErrorSchema = z.object({
  n: z.int(),
  server: z.int(),
  local: z.int(),
  at: z.string(),
  ms: z.number(),
  type: z.string(),
  code: z.string(),
  message: z.string(),
  fingerprint: z.string(),
  class: z.enum(errorClasses),
  worker: z.string(),
  stack: z.string().optional(),
  /** JSON that the job gave along, at most DETAILS_BYTES of it. */
  details: z.unknown().optional(),
  /** What it wrote before it ended, the newest lines of it. */
  log: attemptLinesSchema.optional(),
  /** The run's deadline left it less time than its job gives it, and it ended with that: the job is not to blame. */
  cutShort: z.literal(true).optional(),
});

/**
 * What one attempt ended with. `n` counts the step's attempts from 1; `server` and `local` say which attempt of the
 * server and which try within it; `at` is when it ended (ISO 8601), `ms` how long it took.
 */
export type AttemptError = z.infer<typeof attemptErrorSchema>;

const tallySchema = z.object({
  n: z.int(),
  type: z.string(),
  code: z.string(),
  class: z.enum(errorClasses),
  message: z.string(),
  first: z.string(),
  last: z.string(),
});

export const ledgerSchema = z.object({
  /** Attempts entered, kept or not. */
  total: z.int(),
  /** The last server attempt that is accounted for. */
  server: z.int(),
  /** Whether that server attempt went on with another local try, which has no entry yet. */
  open: z.boolean(),
  first: z.array(attemptErrorSchema),
  last: z.array(attemptErrorSchema),
  /** Occurrences per fingerprint; `other` collects what is beyond the bound. */
  tallies: z.record(z.string(), tallySchema),
  /** Occurrences per hour (`2026-11-20T05`, UTC); `earlier` collects what is beyond the bound. Not in the first ledgers. */
  hours: z.record(z.string(), z.int()).optional(),
  /** Of a ledger that a closing run read: whether another attempt was under way. */
  running: z.boolean().optional(),
});

export type Ledger = z.infer<typeof ledgerSchema>;
export type Tally = z.infer<typeof tallySchema>;

/** Of an attempt that went on elsewhere: the callback by which its end is told (goals/wire/callback.ts). */
export const laterSchema = z.object({
  nonce: z.string(),
  since: z.string(),
  until: z.string(),
  /** What the callback told that it ended with, as a `ReportedError`. */
  error: z.unknown().optional(),
});
export type Later = z.infer<typeof laterSchema>;

/** What an activity heartbeats: the ledger, in one envelope with the job's own checkpoint. */
export const heartbeatSchema = z.object({
  gk: z.literal(1),
  ledger: ledgerSchema,
  checkpoint: z.unknown().optional(),
  /** The server's attempt that was cut short as the step was paused or reset: it is no error, and no gap. */
  halted: z.int().optional(),
  progress: z
    .object({ done: z.number(), total: z.number().nullable(), note: z.string().nullable() })
    .optional()
    // Garbage must not take the ledger along.
    .catch(undefined),
  /** The step's workflow has been told that its errors persist. */
  told: z.boolean().optional(),
  /** The attempt before this one went on elsewhere, and its end is not in the ledger yet. */
  later: laterSchema.optional(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/**
 * What a step's activity returns. No ledger: the first attempt succeeded. `answered`: a callback told that the attempt
 * failed; what it left is for the activity that makes the next one.
 */
export const stepResultSchema = z.object({
  output: z.unknown().optional(),
  ledger: ledgerSchema.optional(),
  answered: heartbeatSchema.optional(),
  /** The output is so large that the whole may be stored outside of the history. */
  large: z.literal(true).optional(),
  /** Of an item of a map that goes by itself: how many milliseconds its last attempt took, without what it waited for its worker. */
  ms: z.number().optional(),
});
export type StepResult = z.infer<typeof stepResultSchema>;

/**
 * The details of a step's final failure. `reason` says why there was no further attempt: the error was `permanent`,
 * the attempts were `exhausted`, or the next one would have come after the `deadline`. `retried`: the wrapper left
 * the next one to the server, which was already told to cancel.
 */
export const stepFailureSchema = z.object({
  ledger: ledgerSchema,
  reason: z.enum(['permanent', 'exhausted', 'deadline', 'retried']),
  /** The upstream asked for so long a wait that there is no other attempt. Older workers do not tell. */
  askedMs: z.number().optional(),
});
export type StepFailureDetails = z.infer<typeof stepFailureSchema>;

/** Whether a failure's first detail tells that no attempt was made: there was no turn for it, or it was paused. */
export function isGivenBack(detail: unknown): boolean {
  const told = stepFailureSchema.safeParse(detail).data;
  return told?.reason === 'retried' && told.ledger.total === 0;
}

/** Why a step whose attempts its workflow makes made no further one: told in the run's memo. */
export const gaveUpSchema = z.object({
  step: z.string(),
  reason: stepFailureSchema.shape.reason.exclude(['retried']),
});
export type GaveUp = z.infer<typeof gaveUpSchema>;

/** The ledgers of steps that had not ended when their run closed, by step path. */
export const pendingLedgersSchema = z.record(z.string(), ledgerSchema);

export const LEDGER_BYTES = 8 * 1024;
const KEEP_FIRST = 3;
const KEEP_LAST = 5;
const KEEP_TALLIES = 12;
const KEEP_HOURS = 24;
const MESSAGE_LIMIT = 500;
/** Characters of a stack that are kept. */
export const STACK_LIMIT = 1000;
/** To so many characters all texts are cut, when nothing else helps: eight entries and thirteen tallies then fit. */
const SHORTEST = 15;

export const emptyLedger = (): Ledger => ({
  total: 0,
  server: 0,
  open: false,
  first: [],
  last: [],
  tallies: {},
});

/** The entries that are kept, in order. */
export const keptEntries = (ledger: Ledger): AttemptError[] => [...ledger.first, ...ledger.last];

export const lastEntry = (ledger: Ledger): AttemptError | undefined => keptEntries(ledger).at(-1);

/** What a missed deadline comes from: the last error that is not the deadline itself, if there is one. */
export const lastTrueEntry = (ledger: Ledger): AttemptError | undefined =>
  keptEntries(ledger).findLast(({ cutShort }) => cutShort !== true) ?? lastEntry(ledger);

/** The ledger with one more entry. `open` says that another local try of the same server attempt follows. */
export function enter(ledger: Ledger, error: Omit<AttemptError, 'n'>, open: boolean): Ledger {
  const entry: AttemptError = {
    ...error,
    // ledger.1: the entry that follows the last one.
    n: ledger.total + 1,
    type: boundedText(error.type, 100),
    code: boundedText(error.code, 64),
    message: boundedText(error.message, MESSAGE_LIMIT),
    worker: boundedText(error.worker, 100),
    ...(error.stack === undefined ? {} : { stack: boundedText(error.stack, STACK_LIMIT) }),
    ...(error.log === undefined ? {} : { log: boundedLines(error.log, NEWEST_LINES_BYTES) }),
  };
  // Only the newest stack and details are kept: they are the largest part, and they rarely differ.
  const [first, last] = [ledger.first, ledger.last].map((entries) => entries.map(asEarlier)) as [
    AttemptError[],
    AttemptError[],
  ];
  if (first.length < KEEP_FIRST && last.length === 0) first.push(entry);
  else last.push(entry);
  return bounded({
    // ledger.2: the total counts the entry whether or not it is kept.
    total: entry.n,
    server: entry.server,
    open,
    first,
    last: last.slice(-KEEP_LAST),
    tallies: tallied(ledger.tallies, entry),
    hours: hoursWith(ledger, entry.at),
  });
}

function asEarlier(error: AttemptError): AttemptError {
  const entry = withoutBulk(error);
  return entry.log === undefined ? entry : { ...entry, log: boundedLines(entry.log, EARLIER_LINES_BYTES) };
}

function withoutBulk({ stack: _, details: __, ...entry }: AttemptError): AttemptError {
  return entry;
}

/** The ledger without what its attempts wrote. */
export function withoutLines(ledger: Ledger): Ledger {
  const bare = ({ log: _, ...entry }: AttemptError): AttemptError => entry;
  return { ...ledger, first: ledger.first.map(bare), last: ledger.last.map(bare) };
}

const hasLines = (ledger: Ledger): boolean => keptEntries(ledger).some(({ log }) => log !== undefined);

function tallied(tallies: Ledger['tallies'], entry: AttemptError): Ledger['tallies'] {
  const key =
    entry.fingerprint in tallies || Object.keys(tallies).length < KEEP_TALLIES ? entry.fingerprint : 'other';
  const before = tallies[key];
  const { type, code, at } = entry;
  const fresh: Tally = {
    n: 0,
    type,
    code,
    class: entry.class,
    message: boundedText(entry.message, 100),
    first: at,
    last: at,
  };
  return { ...tallies, [key]: { ...(before ?? fresh), n: (before?.n ?? 0) + 1, last: at } };
}

function hoursWith(ledger: Ledger, at: string): Record<string, number> {
  // What a ledger without hours counted was before this one.
  const before = ledger.hours ?? (ledger.total > 0 ? { earlier: ledger.total } : {});
  const { earlier = 0, ...hours } = before as Record<string, number>;
  const hour = at.slice(0, 13);
  hours[hour] = (hours[hour] ?? 0) + 1;
  const told = Object.entries(hours).sort(([a], [b]) => (a < b ? -1 : 1));
  const dropped = told.slice(0, Math.max(0, told.length - KEEP_HOURS));
  const sum = dropped.reduce((total, [, n]) => total + n, earlier);
  return { ...(sum > 0 ? { earlier: sum } : {}), ...Object.fromEntries(told.slice(dropped.length)) };
}

/** UTF-8 bytes of the value's JSON. */
export const jsonBytes = (value: unknown): number => utf8Bytes(JSON.stringify(value) ?? '');

function bounded(ledger: Ledger): Ledger {
  let kept = ledger;
  for (
    let limit = MESSAGE_LIMIT;
    // ledger.3
    jsonBytes(hasLines(kept) ? withoutLines(kept) : kept) > LEDGER_BYTES && limit >= SHORTEST;
    limit = Math.floor(limit / 2)
  ) {
    // Codes are decided by: they and the worker are cut last, and what we or Node write of them never is.
    const rest = (text: string): string => (limit < 2 * SHORTEST ? boundedText(text, limit) : text);
    const shorter = (entry: AttemptError): AttemptError => ({
      ...withoutBulk(entry),
      message: boundedText(entry.message, limit),
      type: rest(boundedText(entry.type, 40)),
      code: rest(entry.code),
      worker: rest(entry.worker),
    });
    kept = {
      ...kept,
      first: kept.first.map(shorter),
      last: kept.last.map(shorter),
      tallies: Object.fromEntries(
        Object.entries(kept.tallies).map(([key, tally]) => [
          key,
          {
            ...tally,
            message: boundedText(tally.message, Math.min(limit, 60)),
            type: rest(boundedText(tally.type, 40)),
            code: rest(tally.code),
          },
        ]),
      ),
    };
  }
  return kept;
}
