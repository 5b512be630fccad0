// Runs a job as a program of its own, in any language. What it is given and how it answers: docs/job-contract.md.

import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Duration, milliseconds } from '../../goals/duration.ts';
import { PAYLOAD_BYTES } from '../../goals/wire/names.ts';
import { REDACTED } from '../../goals/wire/redact.ts';
import type { AnyRunner, JobContext } from '../bind.ts';
import {
  type CommandEnd,
  commandNotFound,
  commandNotStarted,
  failureOf,
  memoryExceeded,
  stdoutTooLarge,
} from './command-faults.ts';
import { givenTo } from './job-environment.ts';
import { memoryOf } from './leftovers.ts';
import { Lines } from './lines.ts';
import { outputFrom } from './output.ts';
import { ProcessGroup } from './process-group.ts';
import { ToldLines } from './told-lines.ts';

export interface CommandOptions {
  /** The program and its arguments, as the operating system takes them: there is no shell between. */
  argv: readonly string[];
  /** Folder it runs in. Default: the worker's. */
  cwd?: string;
  /** Its environment. Beside it the program gets PATH, the secrets that the job names, and GOALKEEPER_…; nothing of the worker's. */
  env?: Readonly<Record<string, string>>;
  /** Where it writes its output. `fd3`: to file descriptor 3, and its stdout is log. Default `stdout`. */
  output?: 'stdout' | 'fd3';
  /** Most memory that it and what it starts may hold together, in MiB. Seen to four times a second, on Linux only. */
  memoryMb?: number;
  /** How long it may take to end once it is told to (SIGTERM), before it is killed. At most `'7s'`. Default `'5s'`. */
  grace?: Duration;
}

/** What runs a command, for those that build on it. */
export interface CommandPlan extends CommandOptions {
  /** What ends it for good, where killing its processes does not. */
  endWith?: readonly string[];
}

const DEFAULT_GRACE_MS = 5000;
// A worker that stops waits 8 s for a job, and a little is needed to tell of it.
const LONGEST_GRACE_MS = 7000;
const MEMORY_EVERY_MS = 250;

/**
 * Runs a job as a command: `bind(load, command({ argv: ['python3', 'load.py'] }))`. Input and output are JSON, on its
 * stdin and stdout; see docs/job-contract.md.
 * @throws TypeError when the options are wrong.
 */
export function command(options: CommandOptions): AnyRunner {
  return commandRunner(options);
}

/** The runner of a plan. */
export function commandRunner(plan: CommandPlan): AnyRunner {
  const graceMs = checkedGrace(plan);
  return Object.assign(
    (input: unknown, context: JobContext) => runOnce(plan, graceMs, input, context) as Promise<never>,
    // Until it is killed, and gone.
    { graceMs: graceMs + 500 },
  );
}

async function runOnce(
  plan: CommandPlan,
  graceMs: number,
  input: unknown,
  context: JobContext,
): Promise<unknown> {
  const { signal } = context;
  signal.throwIfAborted();
  const text = `${JSON.stringify(input) ?? 'null'}\n`;
  const given = await givenTo(context, plan.output === 'fd3' ? 3 : 1);
  const told = new ToldLines(context, cleanOf(context.secrets));
  try {
    const group = await started(plan, given.variables, context.secrets);
    const stop = (): void => group.stop(graceMs);
    const output = new CollectedOutput(group.output ?? group.stdout, stop);
    readLines(group.stderr, (line, isCut) => told.hear(line, isCut));
    if (group.output !== null) readLines(group.stdout, (line) => told.note(line));
    const memory = plan.memoryMb === undefined ? null : new MemoryWatch(group, plan.memoryMb, stop, context);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    group.stdin.end(text);
    const end = await group.ended.finally(() => {
      signal.removeEventListener('abort', stop);
      memory?.end();
    });
    told.end();
    const about: CommandEnd = { ...end, program: plan.argv[0] as string, tail: told.tail };
    if (memory?.exceededBy) throw memoryExceeded(about, memory.exceededBy, plan.memoryMb as number);
    if (output.isTooLarge) throw stdoutTooLarge(about, PAYLOAD_BYTES);
    if (told.error !== null || end.code !== 0) throw failureOf(about, told.error);
    return outputFrom(output.bytes(), about);
  } finally {
    told.end();
    await given.forget();
  }
}

async function started(
  { argv, cwd, env, output, endWith }: CommandPlan,
  variables: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Promise<ProcessGroup> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin' } = process.env;
  try {
    return await ProcessGroup.start({
      argv,
      cwd,
      env: { PATH, ...env, ...secrets, ...variables },
      hasOutput: output === 'fd3',
      endWith: endWith ?? null,
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (cwd !== undefined && !(await stat(cwd).catch(() => null))?.isDirectory())
      throw commandNotFound(`the folder ${cwd} to run ${argv[0]} in is not there`);
    if (['ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR'].includes(code))
      throw commandNotFound(
        code === 'ENOENT'
          ? `${argv[0]} was not found on this worker`
          : `${argv[0]} cannot be executed on this worker: ${code}`,
      );
    throw commandNotStarted(`${argv[0]} could not be started: ${(error as Error).message}`);
  }
}

function readLines(stream: Readable, onLine: (line: string, isCut: boolean) => void): void {
  const lines = new Lines(onLine);
  stream.on('data', (chunk: Buffer) => lines.push(chunk));
  stream.once('close', () => lines.end());
}

/** What the program wrote for its output, up to what an output may be; then the rest is dropped. */
class CollectedOutput {
  #chunks: Buffer[] = [];
  #size = 0;
  isTooLarge = false;

  constructor(stream: Readable, onTooLarge: () => void) {
    stream.on('data', (chunk: Buffer) => {
      if (this.isTooLarge) return;
      this.#size += chunk.length;
      this.#chunks.push(chunk);
      // White space around it is no matter.
      if (this.#size <= PAYLOAD_BYTES + 1024) return;
      this.isTooLarge = true;
      this.#chunks = [];
      onTooLarge();
    });
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

class MemoryWatch {
  /** Bytes that were held when it was too much; 0 while it is not. */
  exceededBy = 0;
  readonly #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(group: ProcessGroup, limitMb: number, onExceeded: () => void, { log }: JobContext) {
    if (process.platform !== 'linux') {
      log.warn(`memoryMb is seen to on Linux only; this is ${process.platform}`);
      return;
    }
    this.#timer = setInterval(() => {
      if (this.#isLooking || this.exceededBy > 0) return;
      this.#isLooking = true;
      memoryOf(group.mark)
        .then((bytes) => {
          if (bytes <= limitMb * 1024 * 1024) return;
          this.exceededBy = bytes;
          onExceeded();
        })
        .catch(() => undefined)
        .finally(() => {
          this.#isLooking = false;
        });
    }, MEMORY_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** Takes the secrets' own values out of what a program wrote. */
function cleanOf(secrets: Readonly<Record<string, string>>): (text: string) => string {
  const values = Object.values(secrets)
    .flatMap((value) => [value, ...value.split('\n')])
    .filter((value) => value.trim().length >= 4)
    .sort((a, b) => b.length - a.length);
  return (text) => values.reduce((clean, value) => clean.replaceAll(value, REDACTED), text);
}

/** @throws TypeError with all that is wrong with the options. */
function checkedGrace({ argv, env, memoryMb, grace, output }: CommandOptions): number {
  const graceMs = grace === undefined ? DEFAULT_GRACE_MS : milliseconds(grace);
  const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');
  const reserved = Object.keys(env ?? {}).filter(
    (name) => name.startsWith('GOALKEEPER_') || !/^[^=\0]+$/.test(name),
  );
  const wrong = [
    !Array.isArray(argv) || argv.length === 0 || argv[0] === '' || !argv.every(isText)
      ? "argv is no list of texts; write such as ['python3', 'load.py']: a program and its arguments, not a line for a shell"
      : null,
    reserved.length > 0 ? `env may not set ${reserved.join(', ')}` : null,
    Object.values(env ?? {}).every(isText) ? null : 'env holds a value that is no text',
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
