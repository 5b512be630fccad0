import { access, appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { note } from './goals.ts';

/** What each attempt did, told by no engine: `begin` or `end`, goal and key. */
export const jobs = [
  bind(note, async ({ goal, key, gate }, { signal }) => {
    const folder = process.env.NOTES_FOLDER as string;
    const tell = (what: string) => appendFile(join(folder, 'notes'), `${what} ${goal} ${key}\n`);
    if (key.endsWith('-13')) throw permanent('nothing is done on a 13th');
    await tell('begin');
    while (gate !== undefined && !(await isOpen(join(folder, gate)))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (signal.aborted) {
        await tell('end');
        throw new Error('told to stop');
      }
    }
    await tell('end');
    return { key };
  }),
];

const isOpen = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
