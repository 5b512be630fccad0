import { appendFile, readFile } from 'node:fs/promises';
import { bind } from 'goalkeeper/worker';
import { append, count, wait } from './goals.ts';

const linesOf = async (path: string): Promise<number> =>
  (await readFile(path, 'utf8')).split('\n').length - 1;

export const jobs = [
  bind(append, async ({ path }) => {
    await appendFile(path, 'line\n');
    return { lines: await linesOf(path) };
  }),
  bind(count, ({ path }) =>
    linesOf(path).then(
      (lines) => ({ lines }),
      () => null,
    ),
  ),
  bind(wait, async ({ path }) => ({ lines: await linesOf(path) })),
];
