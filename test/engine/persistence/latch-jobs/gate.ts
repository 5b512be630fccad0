import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A gate that a test opens and closes. */
export class Gate {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async closed(state = 'the gate is down'): Promise<Gate> {
    const gate = new Gate(join(await mkdtemp(join(tmpdir(), 'gate-')), 'state'));
    await gate.becomes(state);
    return gate;
  }

  /** At once: no job reads half of it. */
  async becomes(state: string): Promise<void> {
    await writeFile(`${this.path}.next`, state);
    await rename(`${this.path}.next`, this.path);
  }

  open(): Promise<void> {
    return this.becomes('up');
  }
}

/** A word that no other test has, of letters only: what has digits is taken out of a fingerprint. */
export const freshWord = (): string =>
  [...randomBytes(12)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
