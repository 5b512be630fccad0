// A job as a program of its own, in TypeScript or JavaScript, which a worker runs by `command` (docs/reference/job-contract.md):
// `jobProgram(async ({ day }, { signal }) => ({ rows: await load(day, signal) }))`.

import { text } from 'node:stream/consumers';
import type { ToldError } from '../goals/wire/error-envelope.ts';
import { jobVariables } from '../goals/wire/names.ts';
import { saidUncarried, uncarriedIn } from '../goals/wire/text/uncarried.ts';
import { actCase } from './act-case.ts';
import { type ProgramContext, programContext } from './program-context.ts';
import { tell } from './tell.ts';
import { toldOf } from './told-of.ts';
import { writeAll } from './write-all.ts';

/**
 * Runs a function as this program's job, and ends the program. What the function returns is the output: JSON. What it
 * throws is told: `permanent`, `transient` and `retryAfter` say what to do about it, any other error is tried again.
 * What is printed is log. On SIGTERM its signal is aborted; it then has the job's grace to end.
 */
export async function jobProgram<Input = unknown>(
  run: (input: Input, context: ProgramContext) => unknown,
): Promise<never> {
  const output = ownOutput();
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort(new Error('told to stop')));
  const fail = (thrown: unknown): never => {
    tell({ error: toldOf(thrown) });
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
    throw faulty('input_invalid', `the input is no JSON: ${(error as Error).message}`);
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
    goalkeeper: { permanent: true, retryAfterMs: null, class: 'data' satisfies ToldError['class'] },
  });
