// Runs in the thread or process of an isolate: it loads one job's module, and makes one attempt after the other, each when
// nothing is left of the one before.

import { parentPort, Worker, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { artifactsTo } from '../../../goals/artifacts.ts';
import { AttemptFault } from '../../../goals/attempt-fault.ts';
import { ARTIFACTS_LIMIT } from '../../../goals/wire/artifact-bounds.ts';
import type { Artifact } from '../../../goals/wire/artifacts.ts';
import { LARGEST_BYTES } from '../../../goals/wire/stored.ts';
import { saidUncarried, type Uncarried, uncarriedIn } from '../../../goals/wire/text/uncarried.ts';
import { captureWrites } from '../../attempts/captured-writes.ts';
import { keptCheckpoint } from '../../attempts/checkpoint.ts';
import type { JobContext } from '../../bind.ts';
import { LINE_CHARACTERS, LINE_OPTIONS, readLine, writtenLine } from '../../log-line.ts';
import {
  type FromIsolate,
  type IsolateReport,
  received,
  sendable,
  type ToIsolate,
} from './isolate-messages.ts';

const PROGRESS_EVERY_MS = 250;
const MOST_ARTIFACTS = 10 * ARTIFACTS_LIMIT;
const LOG_LINES_A_SECOND = 500;
const NEWEST_LINES = 50;
const LOG_LINE_LIMIT = 2 * LINE_CHARACTERS;
const WORKER_EVERY_MS = 500;
/** How long what an attempt left running may take to end by itself. */
const SETTLE_MS = [0, 10, 50];

const port = parentPort;

function send(message: FromIsolate): void {
  if (port !== null) port.postMessage(message);
  // What cannot be sent has nobody who would want it.
  else process.send?.(message, undefined, undefined, () => undefined);
}

interface Current {
  abort(reason: unknown): void;
  kept(error: unknown): void;
}

let current: Current | null = null;

/** Where what the module writes goes: the log of the attempt that is under way, or was last. */
let written = pino(
  { ...LINE_OPTIONS, level: 'info' },
  { write: (line) => send({ kind: 'log', line: line.slice(0, LOG_LINE_LIMIT) }) },
);

function receive(message: ToIsolate, run: (input: never, context: JobContext) => unknown): void {
  switch (message.kind) {
    case 'run':
      void attempt(message.input, message.told, run);
      break;
    case 'abort':
      current?.abort(received(message.reason));
      break;
    case 'kept':
      current?.kept(message.error === null ? null : received(message.error));
  }
}

async function attempt(
  input: unknown,
  told: IsolateReport,
  run: (input: never, context: JobContext) => unknown,
): Promise<void> {
  const before = running();
  const abort = new AbortController();
  const notes = new Notes();
  current = { abort: (reason) => abort.abort(reason), kept: (error) => notes.kept(error) };
  const endsAt = performance.now() + told.remainingMs;
  const { logLevel, remainingMs: _, ...rest } = told;
  Object.assign(process.env, told.secrets);
  const log = pino({ ...LINE_OPTIONS, level: logLevel }, { write: (line) => notes.log(line) });
  written = log;
  const context: JobContext = {
    ...rest,
    signal: abort.signal,
    get remainingMs() {
      return Math.max(0, endsAt - performance.now());
    },
    log,
    progress: (done, total = null, note = null) => notes.progress(done, total, note),
    checkpoint: (state) => notes.checkpoint(state),
    artifact: artifactsTo((artifact, name) => notes.artifact(artifact, name)),
  };
  let last: FromIsolate;
  try {
    const output = await run(input as never, context);
    refuseUnfit(output);
    last = { kind: 'result', output };
  } catch (error) {
    last = { kind: 'error', error: sendable(error) };
  }
  notes.end();
  current = null;
  try {
    send(last);
  } catch (error) {
    send({ kind: 'error', error: sendable(unsendable(error)) });
  }
  send({ kind: 'settled', quiet: await isQuiet(before) });
}

/** What a job tells on its way, slowed down here: the worker has others to serve. */
class Notes {
  #progress: FromIsolate | null = null;
  #progressAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #checkpoint: { state: unknown } | null = null;
  #artifacts = 0;
  /** Those whose checkpoint is with the worker, and those for whom the next one is. */
  #asked: Waiting[] = [];
  #waiting: Waiting[] = [];
  #isOver = false;
  #second = 0;
  #lines = 0;
  /** Lines beyond those of a second: how many, and the newest of them. */
  #beyond = 0;
  #newest: string[] = [];

  progress(done: number, total: number | null, note: string | null): void {
    if (this.#isOver || !Number.isFinite(done)) return;
    this.#progress = {
      kind: 'progress',
      done,
      total: Number.isFinite(total) ? total : null,
      note: typeof note === 'string' ? note.slice(0, 1000) : null,
    };
    if (this.#timer !== undefined) return;
    const due = this.#progressAt + PROGRESS_EVERY_MS - performance.now();
    if (due <= 0) this.#tellProgress();
    else this.#timer = setTimeout(() => this.#tellProgress(), due);
  }

  /** Those after so many are as good as dropped: the worker keeps no more of an attempt. */
  artifact(artifact: Artifact | null, name: string): void {
    if (this.#isOver) return;
    const isBeyond = this.#artifacts++ >= MOST_ARTIFACTS;
    send({ kind: 'artifact', artifact: isBeyond ? null : artifact, name });
  }

  #tellProgress(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#progressAt = performance.now();
    if (this.#progress !== null) send(this.#progress);
    this.#progress = null;
  }

  checkpoint(state: unknown): Promise<void> {
    const kept = keptCheckpoint(state);
    const saved = new Promise<void>((resolve, reject) => {
      if (this.#isOver) reject(new Error('the attempt is over'));
      else this.#waiting.push({ resolve, reject });
    });
    saved.catch(() => undefined);
    this.#checkpoint = { state: kept };
    if (this.#asked.length === 0) this.#tellCheckpoint();
    return saved;
  }

  #tellCheckpoint(): void {
    if (this.#checkpoint === null || this.#isOver) return;
    send({ kind: 'checkpoint', ...this.#checkpoint });
    this.#checkpoint = null;
    this.#asked = this.#waiting;
    this.#waiting = [];
  }

  kept(error: unknown): void {
    const asked = this.#asked;
    this.#asked = [];
    for (const { resolve, reject } of asked) error === null ? resolve() : reject(error);
    this.#tellCheckpoint();
  }

  log(line: string): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#tellDropped();
      this.#second = second;
      this.#lines = 0;
    }
    if (this.#lines++ < LOG_LINES_A_SECOND) send({ kind: 'log', line: shortLine(line) });
    else {
      this.#beyond++;
      this.#newest.push(shortLine(line));
      if (this.#newest.length > NEWEST_LINES) this.#newest.shift();
    }
  }

  #tellDropped(): void {
    const newest = this.#newest;
    const dropped = this.#beyond - newest.length;
    this.#newest = [];
    this.#beyond = 0;
    if (dropped > 0) {
      const msg = `${dropped} lines of the log were left out: too many a second`;
      send({ kind: 'log', line: writtenLine({ level: 40, msg, fields: {} }) });
    }
    // An error shows what was written last before it.
    for (const line of newest) send({ kind: 'log', line });
  }

  /** What was not told yet is told before the end is. */
  end(): void {
    this.#tellProgress();
    this.#tellCheckpoint();
    this.#tellDropped();
    this.#isOver = true;
    for (const { reject } of [...this.#asked, ...this.#waiting]) reject(new Error('the attempt is over'));
  }
}

/** Cut here: the worker has others to serve. */
const shortLine = (line: string): string =>
  line.length <= LOG_LINE_LIMIT ? line : writtenLine(readLine(line));

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** Here, as copying it to the worker would hold up all others there. */
function refuseUnfit(output: unknown): void {
  // What is copied to the worker may have lost what it was: an instance its class.
  const uncarried = uncarriedIn(output);
  if (uncarried !== null) throw outputUncarried(uncarried);
  let bytes: number;
  try {
    bytes = Buffer.byteLength(JSON.stringify(output) ?? '');
  } catch (error) {
    throw outputFault(
      'OutputInvalid',
      'output_invalid',
      `cannot be written as JSON: ${(error as Error).message}`,
    );
  }
  if (bytes > LARGEST_BYTES)
    throw outputFault('OutputTooLarge', 'output_too_large', `has ${bytes} bytes; ${LARGEST_BYTES} at most`);
}

const outputFault = (name: string, code: 'output_invalid' | 'output_too_large', what: string): AttemptFault =>
  new AttemptFault(name, `the output ${what}`, { code, class: 'data', permanent: true });

const outputUncarried = (found: Uncarried): AttemptFault =>
  new AttemptFault('OutputInvalid', saidUncarried('the output', found), {
    ...{ code: 'output_invalid', class: 'data', permanent: true },
  });

const unsendable = (error: unknown): AttemptFault =>
  outputFault('OutputInvalid', 'output_invalid', `cannot leave its isolate: ${(error as Error).message}`);

/** What keeps this thread or process busy, each kind with how many; null where Node cannot tell. */
function running(): Map<string, number> | null {
  if (typeof process.getActiveResourcesInfo !== 'function') return null;
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

async function isQuiet(before: Map<string, number> | null): Promise<boolean> {
  for (const ms of SETTLE_MS) {
    await new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
    const now = running();
    if (before === null || now === null) return false;
    if ([...now].every(([kind, count]) => count <= (before.get(kind) ?? 0))) return true;
  }
  return false;
}

/**
 * Ends this process, and what it started, once its worker is gone: it may have been killed. By a thread of its own, as this
 * one may be busy for ever.
 */
function endWith(worker: number): void {
  const whole = process.platform === 'win32' ? process.pid : -process.pid;
  const watch = `setInterval(() => { if (process.ppid !== ${worker}) process.kill(${whole}, 'SIGKILL'); }, ${WORKER_EVERY_MS})`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
  process.on('disconnect', () => process.kill(whole, 'SIGKILL'));
}

const [module, worker] = port === null ? process.argv.slice(2) : [workerData.module as string];
if (worker !== undefined) endWith(Number(worker));
captureWrites(() => written);
process.on('uncaughtException', (error) => send({ kind: 'stray', error: sendable(error) }));
try {
  const { run } = (await import(module as string)) as { run?: unknown };
  if (typeof run !== 'function') throw new TypeError('it does not export a function `run`');
  const listener = (message: ToIsolate) => receive(message, run as never);
  if (port !== null) port.on('message', listener);
  else process.on('message', listener);
  send({ kind: 'ready' });
} catch (error) {
  send({ kind: 'unloadable', error: sendable(error) });
}
