// The thing that a run creates, looked at by a test with its own eyes: a process, and the file that tells what was done.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export class Thing {
  readonly #path: string;

  constructor(folder: string, name: string) {
    this.#path = join(folder, name);
  }

  put(kind: string): Promise<void> {
    return writeFile(`${this.#path}.${kind}`, '');
  }

  take(kind: string): Promise<void> {
    return rm(`${this.#path}.${kind}`);
  }

  /** What the jobs did, line by line. */
  async log(): Promise<string[]> {
    const text = await readFile(`${this.#path}.log`, 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async count(what: string): Promise<number> {
    return (await this.log()).filter((line) => line.startsWith(what)).length;
  }

  /** The ID of the process, while it is there. */
  async pid(): Promise<number> {
    return Number(await readFile(`${this.#path}.pid`, 'utf8'));
  }
}

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
