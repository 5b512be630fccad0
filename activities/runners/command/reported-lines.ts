// What a program says on stderr: messages of the contract, one JSON object a line, among lines of a log. Everything
// here is bounded, however much it writes and whatever its bytes are.

import { z } from 'zod';
import { handOn } from '../../../goals/artifacts.ts';
import { boundedArtifact } from '../../../goals/wire/artifact-bounds.ts';
import { saidArtifactSchema } from '../../../goals/wire/artifacts.ts';
import {
  type JobMessage,
  progressSchema,
  type ReportedError,
  reportedErrorSchema,
} from '../../../goals/wire/error-envelope.ts';
import { boundedText } from '../../../goals/wire/text/bounded-text.ts';
import { inexactIn } from '../../../goals/wire/text/inexact.ts';
import { checkpointInexact } from '../../attempts/checkpoint.ts';
import type { JobContext } from '../../bind.ts';

const LOGGED_CHARACTERS = 2000;
const LOGGED_A_SECOND = 500;
const TAIL_LINES = 50;
const TAIL_CHARACTERS = 8000;
const TELL_EVERY_MS = 100;

/** What of the context is told. */
export type Listener = Pick<JobContext, 'log' | 'progress' | 'checkpoint' | 'artifact'>;

/** The newest of each, until it is told. */
interface Untold {
  progress?: Parameters<JobContext['progress']>;
  checkpoint?: { state: unknown };
}

export class ReportedLines {
  readonly #listener: Listener;
  readonly #clean: (text: string) => string;
  readonly #tail: string[] = [];
  #tailCharacters = 0;
  #error: ReportedError | null = null;
  #fault: unknown = null;
  #second = { began: 0, lines: 0 };
  /** Lines beyond those of a second: how many, and the newest of them. */
  #beyond = { lines: 0, newest: [] as string[] };
  #untold: Untold = {};
  #timer: NodeJS.Timeout | null = null;

  /** `clean` takes out of a text what nobody may read. */
  constructor(listener: Listener, clean: (text: string) => string) {
    this.#listener = listener;
    this.#clean = clean;
  }

  /** The last error that the program told. */
  get error(): ReportedError | null {
    return this.#error;
  }

  /** Why what it told could not be kept; null when all could. */
  get fault(): unknown {
    return this.#fault;
  }

  /** The last lines of its log. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /** A line of stderr: a message, or a line of the log. */
  hear(text: string, isCut: boolean): void {
    const given = isCut ? null : messageIn(text);
    const message = given === null ? null : readMessage(given);
    if (message === null) this.note(text);
    else if (typeof message === 'string') {
      this.#listener.log.warn({ line: this.#shown(text) }, `a message of the job cannot be read: ${message}`);
      this.#keep(this.#shown(text));
    } else if ('error' in message) {
      this.#error = this.#cleanAll(message.error);
    } else if ('progress' in message) {
      const { done, total, note } = message.progress;
      this.#later({ progress: [done, total, note === null ? null : this.#clean(note)] });
    } else if ('artifact' in message) {
      const { artifact } = message;
      handOn(this.#listener.artifact, boundedArtifact(artifact), artifact.name);
    } else {
      // Of one that would be read as another, too, nothing may be kept.
      const inexact = inexactIn(text);
      if (inexact === null) this.#later({ checkpoint: { state: message.checkpoint } });
      else this.#fault = checkpointInexact(inexact);
    }
  }

  /** A line of the log. */
  note(text: string): void {
    const shown = this.#shown(text);
    if (shown.trim() === '') return;
    this.#keep(shown);
    const now = performance.now();
    if (now - this.#second.began >= 1000) this.#nextSecond(now);
    if (this.#second.lines++ < LOGGED_A_SECOND) this.#listener.log.info(shown);
    else this.#keepBeyond(shown);
  }

  #keepBeyond(line: string): void {
    this.#beyond.lines++;
    this.#beyond.newest.push(line);
    if (this.#beyond.newest.length > TAIL_LINES) this.#beyond.newest.shift();
  }

  /** Tells at once what was left to tell. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { progress, checkpoint } = this.#untold;
    this.#untold = {};
    // Nobody is above this to catch what they throw.
    try {
      if (progress !== undefined) this.#listener.progress(...progress);
      // Whether the server has it is told to whoever waits for it; a program does not.
      if (checkpoint !== undefined)
        Promise.resolve(this.#listener.checkpoint(checkpoint.state)).catch(() => undefined);
    } catch (error) {
      this.#fault = error;
    }
  }

  end(): void {
    this.flush();
    this.#nextSecond(0);
  }

  #cleanAll<T>(told: T): T {
    return JSON.parse(JSON.stringify(told), (_, value) =>
      typeof value === 'string' ? this.#clean(value) : value,
    );
  }

  #shown(text: string): string {
    return boundedText(this.#clean(text), LOGGED_CHARACTERS);
  }

  #nextSecond(now: number): void {
    const { lines, newest } = this.#beyond;
    this.#beyond = { lines: 0, newest: [] };
    const dropped = lines - newest.length;
    if (dropped > 0)
      this.#listener.log.warn(
        { dropped },
        `the job wrote more than ${LOGGED_A_SECOND} lines a second: the others are not shown`,
      );
    // An error shows what was written last before it.
    for (const line of newest) this.#listener.log.info(line);
    this.#second = { began: now, lines: 0 };
  }

  #keep(text: string): void {
    this.#tail.push(text);
    this.#tailCharacters += text.length;
    while (this.#tail.length > TAIL_LINES || this.#tailCharacters > TAIL_CHARACTERS)
      this.#tailCharacters -= (this.#tail.shift() as string).length;
  }

  // Told a thousand times a second, as programs may, it would keep the worker busy with nothing else.
  #later(untold: Untold): void {
    Object.assign(this.#untold, untold);
    this.#timer ??= setTimeout(() => this.flush(), TELL_EVERY_MS);
  }
}

function messageIn(text: string): object | null {
  if (!text.trimStart().startsWith('{') || !text.includes('"goalkeeper"')) return null;
  try {
    const given: unknown = JSON.parse(text);
    return typeof given === 'object' && given !== null && 'goalkeeper' in given ? given : null;
  } catch {
    return null;
  }
}

/** The message, or why it is none. */
function readMessage(given: object): JobMessage | string {
  const { goalkeeper, ...said } = given as Record<string, unknown>;
  if (goalkeeper !== 1) return '"goalkeeper" is not 1';
  if ('checkpoint' in said) return { goalkeeper, checkpoint: said.checkpoint };
  const read =
    'error' in said
      ? z.object({ error: reportedErrorSchema }).safeParse(said)
      : 'artifact' in said
        ? z.object({ artifact: saidArtifactSchema }).safeParse(said)
        : z.object({ progress: progressSchema }).safeParse(said);
  return read.success ? { goalkeeper, ...read.data } : boundedText(z.prettifyError(read.error), 500);
}
