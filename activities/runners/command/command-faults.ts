// How a command's end is told as an error: what it told itself first, then what its exit code or signal says.

import { constants } from 'node:os';
import { basename } from 'node:path';
import { toldError } from '../../../goals/index.ts';
import { DETAILS_BYTES, type ReportedError } from '../../../goals/wire/error-envelope.ts';
import { jsonBytes } from '../../../goals/wire/ledger.ts';
import { AttemptFault } from '../../attempts/classify.ts';
import { EXIT_CODES, isOwnFault } from './exit-codes.ts';

/** How a command ended, and the last lines of its log. */
export interface CommandEnd {
  /** The program, as it was named. */
  program: string;
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  tail: readonly string[];
}

/** The error of a command that failed. */
export function failureOf(end: CommandEnd, told: ReportedError | null): Error {
  if (told !== null) return withoutStack(toldError({ ...told, details: told.details ?? detailsOf(end) }));
  const signal = signalOf(end);
  if (signal !== null) return isOwnFault(signal) ? commandCrashed(end, signal) : commandKilled(end, signal);
  const known = EXIT_CODES[end.code as number];
  const message = `${nameOf(end)} ended with exit code ${end.code}${known ? ` (${known.means})` : ''}`;
  return withoutStack(
    toldError({
      code: `exit_${end.code}`,
      type: 'CommandFailed',
      class: known?.class ?? 'transient',
      message: withLastLine(message, end),
      details: detailsOf(end),
    }),
  );
}

const commandCrashed = (end: CommandEnd, signal: string): AttemptFault =>
  new AttemptFault('CommandCrashed', withLastLine(`${nameOf(end)} crashed with ${signal}`, end), {
    code: 'command_crashed',
    class: 'transient',
    permanent: false,
    details: detailsOf(end),
  });

const commandKilled = (end: CommandEnd, signal: string): AttemptFault =>
  new AttemptFault('CommandKilled', withLastLine(`${nameOf(end)} was ended by ${signal}`, end), {
    code: 'command_killed',
    class: 'infrastructure',
    permanent: false,
    details: detailsOf(end),
  });

// Retried by nobody: no attempt here will find it. Where only some workers lack it, the others' queue is the remedy.
export const commandNotFound = (message: string): AttemptFault =>
  new AttemptFault('CommandNotFound', message, {
    code: 'command_not_found',
    class: 'infrastructure',
    permanent: true,
  });

export const commandNotStarted = (message: string): AttemptFault =>
  new AttemptFault('CommandNotStarted', message, {
    code: 'command_not_started',
    class: 'infrastructure',
    permanent: false,
  });

export const outOfMemory = (end: CommandEnd, bytes: number, limitMb: number): AttemptFault =>
  new AttemptFault(
    'OutOfMemory',
    `${nameOf(end)} held ${Math.round(bytes / 1024 / 1024)} MiB of memory; its limit is ${limitMb}`,
    { code: 'out_of_memory', class: 'permanent', permanent: true, details: detailsOf(end) },
  );

export const stdoutTooLarge = (end: CommandEnd, limit: number): AttemptFault =>
  new AttemptFault(
    'OutputTooLarge',
    `${nameOf(end)} wrote more than ${limit} bytes for its output, and was ended`,
    { code: 'output_too_large', class: 'data', permanent: true, details: detailsOf(end) },
  );

export const outputEmpty = (end: CommandEnd): AttemptFault =>
  new AttemptFault('OutputEmpty', `${nameOf(end)} ended well, but wrote no output`, {
    code: 'output_empty',
    class: 'data',
    permanent: true,
    details: detailsOf(end),
  });

export const outputNotJson = (end: CommandEnd, why: string): AttemptFault =>
  new AttemptFault('OutputNotJson', `the output of ${nameOf(end)} is not one JSON value: ${why}`, {
    code: 'output_not_json',
    class: 'data',
    permanent: true,
    details: detailsOf(end),
  });

export const outputTruncated = (end: CommandEnd, bytes: number): AttemptFault =>
  new AttemptFault(
    'OutputTruncated',
    `the output of ${nameOf(end)} ends in the middle of a JSON value, after ${bytes} bytes`,
    { code: 'output_truncated', class: 'transient', permanent: false, details: detailsOf(end) },
  );

const nameOf = ({ program }: CommandEnd): string => basename(program);

/** The signal that ended it, also where a shell tells of one as 128 and its number. */
function signalOf({ code, signal }: CommandEnd): string | null {
  if (signal !== null) return signal;
  const number = (code as number) - 128;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}

// Node ends its account of a crash with its version.
const SAYS_NOTHING = /^Node\.js v[\d.]+$/;

function withLastLine(message: string, { tail }: CommandEnd): string {
  const last = tail.findLast((line) => !SAYS_NOTHING.test(line));
  return last === undefined ? message : `${message}: ${last.trim()}`;
}

/** The exit code or signal, and as many of the last lines as are kept. */
function detailsOf({ code, signal, tail }: CommandEnd): unknown {
  const stderr: string[] = [];
  const details = { exit: signal ?? code, stderr };
  for (const line of tail.toReversed()) {
    stderr.unshift(line.length > 300 ? `${line.slice(0, 299)}…` : line);
    if (jsonBytes(details) > DETAILS_BYTES - 24) {
      stderr.shift();
      break;
    }
  }
  return details;
}

// It would be the runner's, which tells an author nothing.
const withoutStack = <E extends Error>(error: E): E => Object.assign(error, { stack: '' });
