import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the jobs noted, and the gates before which they wait. */
export class Notes {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** For jobs in this process, and in a child that gets NOTES_FOLDER. */
  static async fresh(): Promise<Notes> {
    const notes = new Notes(await mkdtemp(join(tmpdir(), 'notes-')));
    process.env.NOTES_FOLDER = notes.folder;
    return notes;
  }

  openGate = (name: string): Promise<void> => writeFile(join(this.folder, name), '');

  shutGate = (name: string): Promise<void> => rm(join(this.folder, name), { force: true });

  async lines(goal: string, prefix: string): Promise<{ what: string; key: string }[]> {
    const text = await readFile(join(this.folder, 'notes'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, name, key]) => name === goal && key?.startsWith(prefix))
      .map(([what = '', , key = '']) => ({ what, key }));
  }

  /** The keys, of those with that prefix, whose jobs began, in order. */
  async begun(goal: string, prefix = ''): Promise<string[]> {
    return (await this.lines(goal, prefix)).filter(({ what }) => what === 'begin').map(({ key }) => key);
  }

  /** How many were under way at once, at most. */
  async atOnce(goal: string, prefix = ''): Promise<number> {
    const open = new Set<string>();
    let most = 0;
    for (const { what, key } of await this.lines(goal, prefix)) {
      if (what === 'begin') open.add(key);
      else open.delete(key);
      most = Math.max(most, open.size);
    }
    return most;
  }
}
