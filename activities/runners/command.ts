// Runs a job as a program of its own, in any language. Its contract: docs/reference/job-contract.md.

import { basename } from 'node:path';
import { type Duration, milliseconds } from '../../goals/duration.ts';
import type { AnyRunner, JobContext } from '../bind.ts';
import { environmentProblem, searchPath } from './command/job-environment.ts';
import { type ProgramPlan, runProgram } from './command/run-program.ts';

/** Options of `command`. */
export interface CommandOptions {
  /** The program and its arguments, as the operating system takes them, without a shell. */
  argv: readonly string[];
  /** The folder it runs in. @default the worker's */
  cwd?: string;
  /** Variables of its environment. It also gets PATH, the secrets that the job names, and GOALKEEPER_…, and nothing else of the worker's. @default {} */
  env?: Readonly<Record<string, string>>;
  /** Where it writes its output. With `fd3`, file descriptor 3, its stdout is log. @default 'stdout' */
  output?: 'stdout' | 'fd3';
  /** The most memory that it and its child processes may hold together, in MiB. The worker looks four times a second, on Linux only. @default no limit */
  memoryMb?: number;
  /** The number of the user that it runs as; the worker must be root. @default the worker's own */
  uid?: number;
  /** The number of the group that it runs as; the worker must be root. @default the worker's own */
  gid?: number;
  /** How long it may take to end after SIGTERM before the worker kills it; up to `'7s'`. @default '5s' */
  grace?: Duration;
}

const DEFAULT_GRACE_MS = 5000;
// A worker that stops waits 8 s for a job, and needs a little of that to report it.
const LONGEST_GRACE_MS = 7000;

/**
 * Runs a job as a command, in any language. The program reads its input from stdin and writes its output to stdout, both JSON;
 * see docs/reference/job-contract.md.
 *
 * @throws TypeError with all mistakes in the options.
 * @example
 * ```ts
 * import { job } from 'goalkeeper';
 * import { bind, command } from 'goalkeeper/worker';
 * import { z } from 'zod';
 *
 * const train = job({ name: 'train', input: z.object({ day: z.string() }), output: z.object({ loss: z.number() }) });
 *
 * export const jobs = [bind(train, command({ argv: ['python3', 'train.py'], memoryMb: 2048, grace: '3s' }))];
 * ```
 */
export function command(options: CommandOptions): AnyRunner {
  const graceMs = checkedGraceMs(options);
  const { argv, cwd, env, memoryMb, uid, gid, output = 'stdout' } = options;
  return programRunner(
    () => ({
      name: basename(argv[0] as string),
      argv,
      cwd,
      env: { PATH: searchPath(), ...env },
      output,
      memoryMb,
      uid,
      gid,
      graceMs,
    }),
    // Until it is killed, and gone.
    graceMs + 500,
  );
}

/** A runner of the program that `plan` gives for each attempt; `graceMs` is how long it may take to end, with all that it needs. */
export const programRunner = (plan: (context: JobContext) => ProgramPlan, graceMs: number): AnyRunner =>
  Object.assign(
    (input: unknown, context: JobContext) => runProgram(plan(context), input, context) as Promise<never>,
    { graceMs },
  );

/** @throws TypeError with all that is wrong with the options. */
export function checkedGraceMs({ argv, env, memoryMb, uid, gid, grace, output }: CommandOptions): number {
  const graceMs = grace === undefined ? DEFAULT_GRACE_MS : milliseconds(grace);
  const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');
  const wrong = [
    !Array.isArray(argv) || argv.length === 0 || argv[0] === '' || !argv.every(isText)
      ? "argv is not a list of texts; write such as ['python3', 'load.py']: a program and its arguments, not a line for a shell"
      : null,
    environmentProblem(env),
    ...[uid, gid].map((id) =>
      id === undefined || (Number.isInteger(id) && id >= 0)
        ? null
        : `uid or gid is ${id}; give the number of a user or group, such as 65534`,
    ),
    memoryMb !== undefined && !(memoryMb > 0) ? `memoryMb is ${memoryMb}; give a number of MiB` : null,
    graceMs === null || graceMs > LONGEST_GRACE_MS
      ? `grace is ${JSON.stringify(grace)}; give a duration of at most ${LONGEST_GRACE_MS / 1000} s, as a worker that stops waits no longer`
      : null,
    output === undefined || output === 'stdout' || output === 'fd3'
      ? null
      : `output is ${JSON.stringify(output)}; give 'stdout' or 'fd3'`,
  ].filter((what) => what !== null);
  if (wrong.length > 0) throw new TypeError(`a command is declared wrongly: ${wrong.join('; ')}`);
  return graceMs as number;
}
