// Fifty saves, each with a new process: of the old ones, of the watched folders and of files nothing is left.

import { mkdtemp, readdir, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type OwnProcess, startOwnProcess } from '../../../deploy/local/own-process.ts';
import { ReplacedWorkers } from '../../../deploy/local/replaced-workers.ts';
import { watchFiles } from '../../../deploy/local/watch-files.ts';

/** Takes work at once, and ends when it is told to. One that is named `broken` cannot start. */
const WORKER = `process.on('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 1000);
process.send(process.argv[2] === 'broken' ? { problem: { message: 'it is broken' } } : { ready: true });
`;

async function scene() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'gk-reloads-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'worker.mjs'), WORKER);
  const started: OwnProcess[] = [];
  const said: string[] = [];
  const workers = new ReplacedWorkers({
    async start(name) {
      const worker = await startOwnProcess(name, join(folder, 'worker.js'), [name], {
        env: process.env,
        log: join(folder, 'worker.log'),
      });
      started.push(worker);
      return worker;
    },
    say: (line) => said.push(line),
    drainMs: 10_000,
  });
  onTestFinished(() => workers.stop());
  await rename(join(folder, 'worker.mjs'), join(folder, 'worker.js'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return { folder, workers, started, said };
}

const isAlive = ({ pid }: OwnProcess): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const watching = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'FSEventWrap').length;

test('after fifty saves one worker runs, and after the end nothing is left', async () => {
  const { folder, workers, started, said } = await scene();
  const file = join(folder, 'goals.ts');
  await writeFile(file, '');
  const before = await readdir(folder);
  const changes = watchFiles([file], [folder]);
  await workers.replace(['shop']);
  for (let save = 1; save <= 50; save++) {
    // Some editors write into the file, others put a new one in its place.
    if (save % 2 === 0) await utimes(file, save, save);
    else {
      await writeFile(`${file}.new`, '');
      await rename(`${file}.new`, file);
    }
    expect(await changes.next()).toBe(true);
    changes.watch([file]);
    await workers.replace(['shop']);
  }
  await expect.poll(() => started.filter(isAlive).length).toBe(1);
  expect(started).toHaveLength(51);
  expect(workers.draining).toBe(0);
  expect(watching()).toBe(1);
  changes.stop();
  expect(await changes.next()).toBe(false);
  await workers.stop();
  expect(started.filter(isAlive)).toEqual([]);
  // Node gives a watcher up in a moment.
  await expect.poll(watching).toBe(0);
  expect((await readdir(folder)).filter((name) => !before.includes(name))).toEqual(['worker.log']);
  expect(said).toEqual([]);
});

test('one that cannot start leaves the one before; one that dies is said; a team that is gone is stopped', async () => {
  const { workers, started, said } = await scene();
  await workers.replace(['shop', 'billing']);
  await expect(workers.replace(['broken'])).rejects.toThrow('it is broken');
  expect(started.map(isAlive)).toEqual([true, true]);
  await workers.replace(['billing']);
  await expect.poll(() => started.map(isAlive)).toEqual([false, false, true]);
  expect(said).toEqual([]);
  await started[2]?.kill();
  await expect
    .poll(() => said)
    .toEqual(['the worker of billing has ended (SIGKILL); it starts again with the next save']);
  expect(workers.isRunning('billing')).toBe(false);
});

test('a file that comes, and one that goes, are saves; one of no interest is none', async () => {
  const { folder } = await scene();
  const file = join(folder, 'below.ts');
  const changes = watchFiles([], [folder]);
  onTestFinished(() => changes.stop());
  await writeFile(join(folder, 'notes.txt'), '');
  await writeFile(join(folder, 'jobs.ts'), '');
  expect(await changes.next()).toBe(true);
  changes.watch([file]);
  await writeFile(file, '');
  expect(await changes.next()).toBe(true);
  await rm(file);
  expect(await changes.next()).toBe(true);
  let more = false;
  void changes.next().then((again) => {
    more = again;
  });
  // Of interest to another, which says so later than the first would: it began later to wait for the same quiet.
  const other = watchFiles([join(folder, 'notes.txt')], []);
  onTestFinished(() => other.stop());
  await writeFile(join(folder, 'notes.txt'), 'more');
  expect(await other.next()).toBe(true);
  expect(more).toBe(false);
});
