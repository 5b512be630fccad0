// A screen that keeps what a command writes, for tests in this process.

import { PassThrough } from 'node:stream';
import { commandLine } from '../../../cli/command-line.ts';
import { screenOf } from '../../../cli/operator/screen.ts';

export interface Ran {
  out: string;
  err: string;
  exit: number | null;
}

export interface RunOptions {
  environment?: NodeJS.ProcessEnv;
  /** Columns of the terminal that it writes to. Default: it writes to a pipe. */
  columns?: number;
  /** What comes by the standard input; with `columns` a person types it. */
  input?: string;
}

/** Runs a command of operators as the program does, but in this process. */
export async function ran(
  args: readonly string[],
  { environment = {}, columns, input }: RunOptions = {},
): Promise<Ran> {
  const isTTY = columns !== undefined;
  const streamOf = () => Object.assign(new PassThrough(), { isTTY, columns, rows: 30 });
  const [stdin, stdout, stderr] = [streamOf(), streamOf(), streamOf()];
  stdin.end(input ?? '');
  let exit: number | null = null;
  const screen = screenOf({
    ...{ stdin, stdout, stderr },
    environment: { HOME: '/nonexistent', ...environment },
    begin: () => undefined,
    exit: (code) => {
      exit = code;
    },
  });
  const program = commandLine(screen);
  const own: string[] = [];
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    command
      .exitOverride()
      .configureOutput({ writeErr: (text) => own.push(text), writeOut: (text) => own.push(text) });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // What commander itself refuses.
    exit = (error as { exitCode?: number }).exitCode ?? 1;
  }
  const all = (stream: PassThrough): string => String(stream.read() ?? '');
  return { out: all(stdout), err: all(stderr) + own.join(''), exit };
}
