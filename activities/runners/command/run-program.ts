// One run of a program: it is given its input, heard while it works, ended when it must be, and judged by its end.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { LARGEST_BYTES } from '../../../goals/wire/stored.ts';
import type { JobContext } from '../../bind.ts';
import { formsOf, hide } from '../../hidden-values.ts';
import {
  type CommandEnd,
  commandNotFound,
  commandNotStarted,
  failureOf,
  outOfMemory,
  stdoutTooLarge,
} from './command-faults.ts';
import { jobEnvironment } from './job-environment.ts';
import { watchMemory } from './memory-watch.ts';
import { CollectedOutput, outputFrom } from './output.ts';
import { readPaced } from './paced-reading.ts';
import { ProcessGroup } from './process-group.ts';
import { ReportedLines } from './reported-lines.ts';

export interface ProgramPlan {
  /** What errors call it. */
  name: string;
  argv: readonly string[];
  cwd?: string | undefined;
  env: Readonly<Record<string, string>>;
  output: 'stdout' | 'fd3';
  memoryMb?: number | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
  graceMs: number;
  /** Commands that end it for good, where killing its processes does not. */
  endWith?: readonly (readonly string[])[];
}

/** Longest time for what ends a program for good. */
const END_MS = 10_000;

/** Runs a program once; returns its output, which is not checked yet. */
export async function runProgram(plan: ProgramPlan, input: unknown, context: JobContext): Promise<unknown> {
  const { signal } = context;
  signal.throwIfAborted();
  const text = `${JSON.stringify(input) ?? 'null'}\n`;
  const told = new ReportedLines(context, cleanOf(context.secrets));
  try {
    const group = await started(plan, context);
    const stop = (): void => group.stop(plan.graceMs);
    const output = new CollectedOutput(group.output ?? group.stdout, stop);
    readPaced(group.stderr, (line, isCut) => told.hear(line, isCut));
    if (group.output !== null) readPaced(group.stdout, (line) => told.note(line));
    const memory = plan.memoryMb === undefined ? null : watchMemory(group, plan.memoryMb, context.log);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    group.stdin.end(text);
    const ended = await group.ended.finally(() => {
      signal.removeEventListener('abort', stop);
      memory?.end();
    });
    told.end();
    if (plan.endWith && (signal.aborted || ended.signal !== null)) await endFor(plan.endWith, plan.env);
    const about: CommandEnd = { ...ended, program: plan.name, tail: told.tail };
    if (memory?.exceededBy) throw outOfMemory(about, memory.exceededBy, plan.memoryMb as number);
    if (output.isTooLarge) throw stdoutTooLarge(about, LARGEST_BYTES);
    if (told.fault !== null) throw told.fault;
    if (told.error !== null || ended.code !== 0) throw failureOf(about, told.error);
    return outputFrom(output.bytes(), about);
  } finally {
    told.end();
  }
}

async function started(
  { name, argv, cwd, env, output, uid, gid, endWith }: ProgramPlan,
  context: JobContext,
): Promise<ProcessGroup> {
  try {
    return await ProcessGroup.start({
      argv,
      cwd,
      uid,
      gid,
      env: { ...env, ...context.secrets, ...jobEnvironment(context, output === 'fd3' ? 3 : 1) },
      hasOutput: output === 'fd3',
      endWith: endWith ?? [],
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (cwd !== undefined && !(await stat(cwd).catch(() => null))?.isDirectory())
      throw commandNotFound(`the folder ${cwd} to run ${name} in is not there`);
    if (code === 'ENOENT') throw commandNotFound(`${argv[0]} was not found on this worker`);
    if (['EACCES', 'ENOEXEC', 'ENOTDIR'].includes(code))
      throw commandNotFound(`${argv[0]} cannot be executed on this worker: ${code}`);
    if (code === 'EPERM' && (uid ?? gid) !== undefined)
      throw commandNotStarted(
        `${name} cannot run as another user (uid ${uid}, gid ${gid}): the worker is not root`,
      );
    throw commandNotStarted(`${name} could not be started: ${(error as Error).message}`);
  }
}

/** Runs what ends a program for good; whether it had to do anything is no matter. */
async function endFor(commands: readonly (readonly string[])[], env: ProgramPlan['env']): Promise<void> {
  for (const [program = '', ...args] of commands) {
    const child = spawn(program, args, { env, stdio: 'ignore', timeout: END_MS });
    await once(child, 'exit').catch(() => undefined);
  }
}

/** Takes the secrets' own values out of what a program wrote. */
function cleanOf(secrets: Readonly<Record<string, string>>): (text: string) => string {
  const forms = formsOf(Object.values(secrets));
  return (text) => hide(text, forms);
}
