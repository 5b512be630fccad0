// The two kinds of isolates, a thread and a process: how each is started, spoken to and ended.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { AttemptFault } from '../../../goals/attempt-fault.ts';
import { readPaced } from '../command/paced-reading.ts';
import type { FromIsolate, ToIsolate } from './isolate-messages.ts';

export interface Channel {
  /** Throws for what cannot be copied. */
  send(message: ToIsolate): void;
  kill(): void;
  /** Whether this process lives on for it. */
  hold(isHeld: boolean): void;
  /** Resolves once it is gone and all it said has been heard, with what that means for an attempt. */
  readonly gone: Promise<AttemptFault>;
}

export interface IsolateOptions {
  module: URL;
  memoryMb: number;
  /** All of its environment. */
  env: Readonly<Record<string, string>>;
}

const SIDE = new URL(`./isolate-side${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
const MEMORY_EVERY_MS = 250;
const TAIL = 2000;
const FLUSH_MS = 500;

const isTypeScript = (url: URL | string): boolean => /\.[mc]?tsx?$/.test(String(url));

/** A loader's own address: the isolate's working directory need not be the worker's. Null where there is none, nor any need. */
function loader(name: 'tsx' | 'tsx/esm/api', { module }: IsolateOptions): string | null {
  if (!isTypeScript(module) && !isTypeScript(SIDE)) return null;
  try {
    return import.meta.resolve(name);
  } catch {
    // Node from 22.18 reads TypeScript itself.
    return null;
  }
}

export function threadChannel(place: IsolateOptions, onMessage: (message: FromIsolate) => void): Channel {
  // A thread cannot begin with a file that needs a loader, as the loader is registered in the thread itself.
  const begin =
    "import { workerData } from 'node:worker_threads';\n" +
    'if (workerData.loader !== null) (await import(workerData.loader)).register();\n' +
    'await import(workerData.side);';
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(begin)}`), {
    execArgv: [],
    // What it writes comes as lines of its log.
    stdout: true,
    stderr: true,
    env: { ...place.env },
    workerData: { loader: loader('tsx/esm/api', place), side: SIDE.href, module: place.module.href },
    resourceLimits: { maxOldGenerationSizeMb: place.memoryMb },
  });
  worker.on('message', onMessage);
  tellLines([worker.stdout, worker.stderr], onMessage);
  let died: Error | null = null;
  worker.on('error', (error) => {
    died = error;
  });
  const gone = new Promise<AttemptFault>((resolve) => {
    worker.on('exit', (code) => {
      const { code: reason } = (died ?? {}) as { code?: string };
      resolve(
        reason === 'ERR_WORKER_OUT_OF_MEMORY'
          ? outOfMemory(place.memoryMb)
          : exited(died === null ? `its thread ended with exit code ${code}` : died.message),
      );
    });
  });
  return {
    send: (message) => worker.postMessage(message),
    kill: () => void worker.terminate(),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    gone,
  };
}

export function processChannel(place: IsolateOptions, onMessage: (message: FromIsolate) => void): Channel {
  const tsx = loader('tsx', place);
  const flags = [`--max-old-space-size=${place.memoryMb}`, ...(tsx === null ? [] : ['--import', tsx])];
  const child = spawn(
    process.execPath,
    [...flags, fileURLToPath(SIDE), place.module.href, String(process.pid)],
    {
      // With a group of its own all that it starts ends with it.
      detached: process.platform !== 'win32',
      env: { ...place.env },
      serialization: 'advanced',
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let tail = '';
  child.stderr?.on('data', (data: Buffer) => {
    tail = `${tail}${data}`.slice(-TAIL);
  });
  tellLines([child.stdout, child.stderr], onMessage);
  child.on('message', onMessage as (message: unknown) => void);
  let isOverLimit = false;
  const watch = setInterval(() => {
    isOverLimit ||= residentMb(child.pid) > place.memoryMb;
    if (isOverLimit) kill(child);
  }, MEMORY_EVERY_MS).unref();
  const gone = new Promise<AttemptFault>((resolve) => {
    child.once('error', (error) => {
      clearInterval(watch);
      resolve(exited(`its process cannot be started: ${error.message}`));
    });
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      kill(child);
      const told = (): void => resolve(endOf(code, signal, tail, isOverLimit, place.memoryMb));
      // The last that it said, and wrote, may still be on its way.
      const late = setTimeout(told, FLUSH_MS);
      Promise.all([closed(child), disconnected(child)]).then(() => {
        clearTimeout(late);
        told();
      }, told);
    });
  });
  return {
    send: (message) => void child.send(message, undefined, undefined, () => undefined),
    kill: () => kill(child),
    hold: (isHeld) => {
      for (const one of [child, child.channel, ...[child.stdout, child.stderr].map(asHeld)]) {
        if (isHeld) one?.ref();
        else one?.unref();
      }
    },
    gone,
  };
}

/** Of what is written past the side that sends its writes as lines of a log. */
function tellLines(streams: readonly (Readable | null)[], onMessage: (message: FromIsolate) => void): void {
  for (const stream of streams)
    if (stream !== null) readPaced(stream, (text) => onMessage({ kind: 'output', text }));
}

const asHeld = (stream: unknown) => stream as ChildProcess | null;

const closed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once('close', () => resolve()));

const disconnected = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.connected) child.once('disconnect', () => resolve());
    else resolve();
  });

/** The whole group, also once its first process has ended. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** 0 where the system does not tell, or the process is gone. */
function residentMb(pid: number | undefined): number {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kb ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function endOf(
  code: number | null,
  signal: string | null,
  tail: string,
  isOverLimit: boolean,
  memoryMb: number,
): AttemptFault {
  if (isOverLimit || tail.includes('JavaScript heap out of memory')) return outOfMemory(memoryMb);
  const wrote = tail.trim() === '' ? '' : `; the end of what it wrote: ${tail.trim().slice(-300)}`;
  // Of its own doing: Node and native code abort so.
  if (signal === null || ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP'].includes(signal))
    return exited(`its process ended with ${signal ?? `exit code ${code}`}${wrote}`);
  return new AttemptFault('IsolateKilled', `its process was ended by ${signal}${wrote}`, {
    code: 'isolate_killed',
    class: 'infrastructure',
    permanent: false,
  });
}

const exited = (what: string): AttemptFault =>
  new AttemptFault('IsolateExited', `no result: ${what}`, {
    code: 'isolate_exited',
    class: 'code',
    permanent: false,
  });

const outOfMemory = (memoryMb: number): AttemptFault =>
  new AttemptFault('OutOfMemory', `it took more than ${memoryMb} MB of memory`, {
    code: 'out_of_memory',
    class: 'code',
    permanent: false,
  });
