import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { loadFile } from './goals.ts';

export const jobs = [
  bind(loadFile, async ({ file, sha256 }) => {
    const { DROP_DIRECTORY = 'drop', DROP_LOADED = 'loaded' } = process.env;
    if (basename(file) !== file)
      throw permanent(`'${file}' is no file of the directory`, { code: 'file_outside' });
    const content = await readFile(join(DROP_DIRECTORY, file));
    if (createHash('sha256').update(content).digest('hex') !== sha256)
      throw permanent(`${file} is no longer the file that landed`, { code: 'file_changed' });
    const lines = content.toString().trim().split('\n').slice(1);
    await mkdir(DROP_LOADED, { recursive: true });
    // Each file is a part of the table, which it replaces as a whole: loaded again, nothing is there twice.
    const part = join(DROP_LOADED, `${sha256}.csv`);
    await writeFile(`${part}.part`, `${lines.join('\n')}\n`);
    await rename(`${part}.part`, part);
    return { rows: lines.length };
  }),
];
