import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { fileLoaded } from '../../../examples/drop-directory/goals.ts';
import { ChildWorker } from '../../engine/child-worker.ts';
import { fresh } from '../../engine/workbench.ts';
import { gatewayForTest } from '../../gateway/workbench.ts';

const WAIT = { timeout: 60_000, interval: 200 };

test('each file that lands is loaded once it is whole, and once, however often it is put there or told of', async () => {
  const home = await mkdtemp(join(tmpdir(), 'goalkeeper-drop-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const [drop, loaded] = [join(home, 'drop'), join(home, 'loaded')];
  await mkdir(drop);
  const worker = await ChildWorker.start('examples/drop-directory', {
    GOALKEEPER_TASK_QUEUE: fresh('drop'),
    GOALKEEPER_VERSION: String(Date.now()),
    DROP_DIRECTORY: drop,
    DROP_LOADED: loaded,
  });
  onTestFinished(() => worker.end('SIGTERM').then(() => undefined));
  const gateway = await gatewayForTest(inject('temporalAddress'));
  await expect
    .poll(
      async () =>
        (await gateway.get('/goals')).body.items.some(
          ({ goal }: { goal: string }) => goal === fileLoaded.name,
        ),
      WAIT,
    )
    .toBe(true);
  let output = '';
  const watch = (): ChildProcess => {
    const watcher = spawn(
      process.execPath,
      ['--import', 'tsx', 'examples/drop-directory/watch.ts', drop, gateway.url],
      { env: { ...process.env, DROP_SETTLED_MS: '1000' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    watcher.stdout?.on('data', (data: Buffer) => {
      output += data.toString();
    });
    onTestFinished(() => {
      watcher.kill();
    });
    return watcher;
  };
  const parts = async () => {
    const names = await readdir(loaded).catch(() => []);
    return (await Promise.all(names.map((name) => readFile(join(loaded, name), 'utf8')))).sort();
  };
  const landings = (file: string) => output.split(`${file} landed`).length - 1;

  // No two tests on one server load the same file.
  const day = fresh('day');
  const monday = join(drop, 'monday.csv');
  let watcher = watch();
  const written = (at: number) => utimes(monday, new Date(), new Date(at));
  await writeFile(monday, `day,rows\n${day},0\n`);
  // Somebody is still at it.
  await written(Date.now() + 3_600_000);
  await writeFile(join(drop, 'tuesday.csv.part'), 'half a file');
  await writeFile(join(drop, 'notes.txt'), day);
  await expect.poll(() => landings('notes.txt'), WAIT).toBe(1);
  expect(output).not.toMatch(/monday|tuesday/);
  await appendFile(monday, `${day},1\n`);
  await written(Date.now() - 10_000);
  await expect.poll(parts, WAIT).toEqual([`${day},0\n${day},1\n`]);
  const content = await readFile(monday);

  await writeFile(monday, content);
  await written(Date.now() - 5_000);
  await expect.poll(() => landings('monday.csv'), WAIT).toBe(2);
  watcher.kill();
  watcher = watch();
  await expect.poll(() => landings('monday.csv'), WAIT).toBe(3);
  await writeFile(join(drop, 'tuesday.csv'), `day,rows\n${day},7\n`);
  await expect.poll(async () => (await parts()).length, WAIT).toBe(2);

  const runs = [...output.matchAll(/"how":"(\w+)","run":"([^"]+)","execution":"([^"]+)"/g)];
  expect(runs.map(([, how]) => how)).toEqual(['started', 'repeated', 'repeated', 'started']);
  expect(new Set(runs.map(([, , , execution]) => execution)).size).toBe(2);
  const { body } = await gateway.get(`/runs/${runs[0]?.[2]}`);
  expect(body).toMatchObject({ outcome: 'achieved', output: { rows: 2 }, why: { kind: 'event' } });
});
