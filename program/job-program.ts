// A job as a program of its own, in TypeScript or JavaScript, which a worker runs by `command` (docs/reference/job-contract.md):
// `jobProgram(async ({ day }, { signal }) => ({ rows: await load(day, signal) }))`.

import { text } from 'node:stream/consumers';
import type { ReportedError } from '../goals/wire/error-envelope.ts';
import { jobVariables } from '../goals/wire/names.ts';
import { saidUncarried, uncarriedIn } from '../goals/wire/text/uncarried.ts';
import { actCase } from './act-case.ts';
import { type ProgramContext, programContext } from './program-context.ts';
import { report } from './report.ts';
import { reportedErrorOf } from './reported-error.ts';
import { writeAll } from './write-all.ts';

export type { ProgramContext };

/**
 * Runs a function as this program's job, and ends the program. The function's result is the job's output, as JSON. An error that
 * it throws is reported: `permanent`, `transient` and `retryAfter` say whether a retry may heal it; any other error is retried.
 * Everything that it prints is log. On SIGTERM its `signal` is aborted, and it has the job's `grace` to end.
 *
 * @param run Gets the input, parsed from JSON, and the attempt's context.
 * @returns Never: the program exits with 0 after an output, and with 1 after an error.
 * @example
 * ```ts
 * import { permanent } from 'goalkeeper';
 * import { jobProgram } from 'goalkeeper/program';
 *
 * await jobProgram<{ url: string }>(async ({ url }, { signal, progress }) => {
 *   const response = await fetch(url, { signal });
 *   if (response.status === 404) throw permanent('no such page', { code: 'not_found' });
 *   progress(1, 1);
 *   return { bytes: (await response.arrayBuffer()).byteLength };
 * });
 * ```
 */
export async function jobProgram<Input = unknown>(
  run: (input: Input, context: ProgramContext) => unknown,
): Promise<never> {
  const output = ownOutput();
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort(new Error('asked to stop')));
  const fail = (thrown: unknown): never => {
    report({ error: reportedErrorOf(thrown) });
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  try {
    const context = programContext(process.env, stop.signal);
    const input = parsed(await text(process.stdin)) as Input;
    const conform = process.env[jobVariables.conform];
    const result = conform ? await actCase(conform, input, context) : await run(input, context);
    writeAll(output, `${written(result)}\n`);
    process.exit(0);
  } catch (thrown) {
    return fail(thrown);
  }
}

/** The descriptor for the output. What anything prints to stdout from now on is log. */
function ownOutput(): number {
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  return Number(process.env[jobVariables.outputFd] ?? 1);
}

function parsed(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch (error) {
    throw faulty('input_invalid', `the input is not JSON: ${(error as Error).message}`);
  }
}

function written(output: unknown): string {
  const uncarried = uncarriedIn(output);
  if (uncarried !== null) throw faulty('output_not_json', saidUncarried('the output', uncarried));
  return JSON.stringify(output ?? null);
}

const faulty = (code: string, message: string): Error =>
  Object.assign(new Error(message), {
    code,
    goalkeeper: { permanent: true, retryAfterMs: null, class: 'data' satisfies ReportedError['class'] },
  });
