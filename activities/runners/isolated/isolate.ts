// The worker's end of a thread or process that does jobs.

import { handOn } from '../../../goals/artifacts.ts';
import { AttemptFault } from '../../../goals/attempt-fault.ts';
import { graceAfter } from '../../attempts/with-timeout.ts';
import type { JobContext } from '../../bind.ts';
import { LINE_CHARACTERS, readLine } from '../../log-line.ts';
import { type Channel, type IsolateOptions, processChannel, threadChannel } from './isolate-channel.ts';
import { type FromIsolate, received, sendable } from './isolate-messages.ts';

/** It must be gone before the wrapper leaves the attempt behind. */
const KILL_BEFORE_MS = 250;

/** How long an isolate may take to say that nothing of an attempt is left in it. */
const SETTLE_MS = 1000;

interface Attempt {
  context: JobContext;
  end(how: { output: unknown } | { error: unknown }): void;
}

/** A thread or process that makes one attempt at a time, seen from the worker. */
export class Isolate {
  /** Resolves, once an attempt has ended, with whether another may follow here. */
  settled: Promise<boolean> = Promise.resolve(true);
  readonly gone: Promise<unknown>;
  readonly #channel: Channel;
  readonly #ready: Promise<void>;
  #attempt: Attempt | null = null;
  #log: JobContext['log'] | undefined;
  #isReady: () => void = () => undefined;
  #isSettled: (quiet: boolean) => void = () => undefined;
  /** Once it has to go: why. */
  #fault: unknown;

  constructor(where: 'thread' | 'process', place: IsolateOptions) {
    const onMessage = (message: FromIsolate): void => this.#receive(message);
    this.#ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#channel = where === 'thread' ? threadChannel(place, onMessage) : processChannel(place, onMessage);
    this.gone = this.#channel.gone;
    void this.#channel.gone.then((fault) => {
      this.#fault ??= fault;
      this.#attempt?.end({ error: this.#fault });
      this.#isReady();
      this.#isSettled(false);
    });
  }

  /** Whether it may be given an attempt: it has neither ended nor thrown anything that nobody caught. */
  get isFit(): boolean {
    return this.#fault === undefined;
  }

  /** What the job returns or throws there; an `AttemptFault` when it ends otherwise. */
  async run(input: unknown, context: JobContext): Promise<unknown> {
    const { signal } = context;
    this.#channel.hold(true);
    this.settled = new Promise((resolve) => {
      this.#isSettled = resolve;
    });
    let killer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      this.#channel.send({ kind: 'abort', reason: sendable(signal.reason) });
      killer = setTimeout(() => this.kill(), graceAfter(signal) - KILL_BEFORE_MS);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#ended(input, context);
    } finally {
      this.#attempt = null;
      clearTimeout(killer);
      signal.removeEventListener('abort', onAbort);
      if (this.#fault === undefined) this.#giveTime();
      else this.#isSettled(false);
      this.#channel.hold(false);
    }
  }

  kill(): void {
    this.#channel.kill();
  }

  /** To say that nothing of the attempt is left. */
  #giveTime(): void {
    const late = setTimeout(() => this.#isSettled(false), SETTLE_MS);
    void this.settled.then(() => clearTimeout(late));
  }

  async #ended(input: unknown, context: JobContext): Promise<unknown> {
    this.#log = context.log;
    await this.#ready;
    if (this.#fault !== undefined) throw this.#fault;
    context.signal.throwIfAborted();
    const { attempt, idempotencyKey, goal, run, step, deadline, secrets, lastCheckpoint, remainingMs } =
      context;
    const told = { attempt, idempotencyKey, goal, run, step, deadline, secrets, lastCheckpoint, remainingMs };
    return new Promise((resolve, reject) => {
      this.#attempt = {
        context,
        end: (how) => ('error' in how ? reject(how.error) : resolve(how.output)),
      };
      try {
        this.#channel.send({ kind: 'run', input, told: { ...told, logLevel: context.log.level } });
      } catch (error) {
        reject(uncopied(error));
      }
    });
  }

  #receive(message: FromIsolate): void {
    const context = this.#attempt?.context;
    switch (message.kind) {
      case 'ready':
        this.#isReady();
        break;
      case 'unloadable':
        this.#giveUp(unloadable(received(message.error)));
        break;
      case 'stray':
        this.#stray(received(message.error));
        break;
      case 'progress':
        context?.progress(message.done, message.total, message.note);
        break;
      case 'checkpoint':
        this.#checkpoint(message.state);
        break;
      case 'artifact':
        if (context !== undefined) handOn(context.artifact, message.artifact, message.name);
        break;
      case 'log':
        if (this.#log !== undefined) writeLine(this.#log, message.line);
        break;
      case 'output':
        this.#log?.info(message.text);
        break;
      case 'result':
        this.#attempt?.end({ output: message.output });
        break;
      case 'error':
        this.#attempt?.end({ error: received(message.error) });
        break;
      case 'settled':
        this.#isSettled(message.quiet);
    }
  }

  #stray(error: unknown): void {
    const when = this.#attempt === null ? 'after its attempt was over' : 'where nobody caught it';
    this.#log?.error({ err: error }, `an isolated job threw ${when}; its isolate is discarded`);
    this.#giveUp(error);
  }

  #giveUp(error: unknown): void {
    this.#fault ??= error;
    this.#attempt?.end({ error });
    this.#isReady();
    this.kill();
  }

  #checkpoint(state: unknown): void {
    const attempt = this.#attempt;
    const answer = (error: unknown): void => {
      if (attempt === this.#attempt)
        this.#channel.send({ kind: 'kept', error: error === null ? null : sendable(error) });
    };
    try {
      attempt?.context.checkpoint(state).then(() => answer(null), answer);
    } catch (error) {
      answer(error);
    }
  }
}

/** The log of an attempt bounds what comes (attempt-log.ts). */
function writeLine(log: JobContext['log'], line: string): void {
  try {
    const { level, msg, fields } = readLine(line);
    log[log.levels.labels[level] as 'info'](fields, msg);
  } catch {
    log.info(line.slice(0, LINE_CHARACTERS));
  }
}

const unloadable = (error: unknown): AttemptFault =>
  new AttemptFault(
    'IsolateUnloadable',
    `the module of the isolated job cannot be loaded: ${error instanceof Error ? error.message : error}`,
    { code: 'isolate_unloadable', class: 'code', permanent: true },
  );

const uncopied = (error: unknown): AttemptFault =>
  new AttemptFault('InputInvalid', `the input cannot be given to an isolate: ${(error as Error).message}`, {
    code: 'input_invalid',
    class: 'data',
    permanent: true,
  });
