// What the jobs did, told by themselves and by no engine: a file that each appends a line to, in one write.

import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The worker's environment variable that names the file. */
export const EFFECTS_FILE = 'CHAOS_EFFECTS';

export interface Effect {
  run: string;
  step: string;
  attempt: number;
  /** `did`: its effect is in the world, though nobody may come to know of it. */
  what: 'began' | 'did' | 'threw';
  pid: number;
  at: number;
}

export function note(run: string, step: string, attempt: number, what: Effect['what']): void {
  const file = process.env[EFFECTS_FILE];
  if (!file) throw new Error(`${EFFECTS_FILE} is not set`);
  appendFileSync(file, `${[run, step, attempt, what, process.pid, Date.now()].join(' ')}\n`);
}

/** Reads what is appended to a file, as it grows. */
export class Effects {
  readonly all: Effect[] = [];
  /** By step, the last attempt that has begun. */
  readonly #open = new Map<string, Effect>();
  readonly #file: number;
  #read = 0;
  #rest = '';

  constructor(path: string) {
    closeSync(openSync(path, 'a'));
    this.#file = openSync(path, 'r');
  }

  /** Everything so far. */
  now(): readonly Effect[] {
    const size = fstatSync(this.#file).size;
    if (size === this.#read) return this.all;
    const bytes = Buffer.alloc(size - this.#read);
    this.#read += readSync(this.#file, bytes, 0, bytes.length, this.#read);
    const lines = (this.#rest + bytes.toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const [run = '', step = '', attempt, what, pid, at] = line.split(' ');
      this.#add({
        run,
        step,
        attempt: Number(attempt),
        what: what as Effect['what'],
        pid: Number(pid),
        at: Number(at),
      });
    }
    return this.all;
  }

  /** Attempts that these processes have begun and not ended. One that was left, for the step's next, has ended. */
  inFlight(pids: ReadonlySet<number>): Effect[] {
    this.now();
    return [...this.#open.values()].filter(({ pid }) => pids.has(pid));
  }

  #add(effect: Effect): void {
    this.all.push(effect);
    const step = `${effect.run} ${effect.step}`;
    const open = this.#open.get(step);
    if (effect.what === 'began') this.#open.set(step, effect);
    else if (open?.attempt === effect.attempt && open.pid === effect.pid) this.#open.delete(step);
  }
}
