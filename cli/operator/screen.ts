// Where a command writes and asks: the terminal of this process, or what a test gives in its place.

import { createInterface } from 'node:readline';
import { text as allOf } from 'node:stream/consumers';
import { type Line, rendered } from './painted.ts';

export interface Screen {
  /** Null where the output is no terminal. */
  readonly size: { columns: number; rows: number } | null;
  readonly colours: boolean;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  readonly environment: NodeJS.ProcessEnv;
  /** Called before a command writes: a reader that has seen enough and closes the pipe then ends it without a word. */
  begin(): void;
  /** Writes to the output as it is: the caller has made it safe. */
  write(text: string): void;
  /** Lines of the answer. */
  print(...lines: Line[]): void;
  /** Lines beside the answer, which do not go into a pipe. */
  note(...lines: Line[]): void;
  confirm(question: string): Promise<boolean>;
  /** All of the standard input. */
  readInput(): Promise<string>;
  exit(code: number): void;
}

/** The standard streams that a screen stands on. */
export interface ScreenStreams {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream & {
    isTTY?: boolean;
    columns?: number | undefined;
    rows?: number | undefined;
  };
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
  environment: NodeJS.ProcessEnv;
  begin(): void;
  exit(code: number): void;
}

/** The screen of a process. Colours are for terminals, and not where `NO_COLOR` is set or the terminal is `dumb`. */
export function screenOf({ stdin, stdout, stderr, environment, begin, exit }: ScreenStreams): Screen {
  const isColourful = (isTerminal = false): boolean =>
    isTerminal && !environment.NO_COLOR && environment.TERM !== 'dumb';
  const colours = isColourful(stdout.isTTY);
  const written = (lines: readonly Line[], inColour: boolean): string =>
    lines.map((line) => `${rendered(line, inColour)}\n`).join('');
  return {
    get size() {
      return stdout.isTTY ? { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 } : null;
    },
    colours,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    environment,
    begin,
    write: (text) => void stdout.write(text),
    print: (...lines) => void stdout.write(written(lines, colours)),
    note: (...lines) => void stderr.write(written(lines, isColourful(stderr.isTTY))),
    confirm: (question) =>
      new Promise((resolve) => {
        const asking = createInterface({ input: stdin, output: stderr });
        let answer = '';
        // Ctrl-C and the end of the input close it as well, and are no consent.
        asking.once('close', () => resolve(/^y(es)?$/i.test(answer.trim())));
        asking.question(`${rendered(question, false)} [y/N] `, (given) => {
          answer = given;
          asking.close();
        });
      }),
    readInput: () => allOf(stdin),
    exit,
  };
}

/** That of this process. */
export function processScreen(): Screen {
  const { stdin, stdout, stderr, env: environment } = process;
  return screenOf({
    ...{ stdin, stdout, stderr, environment },
    begin: () => {
      stdout.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE') throw error;
        process.exit();
      });
    },
    exit: (code) => {
      process.exitCode = code;
    },
  });
}
