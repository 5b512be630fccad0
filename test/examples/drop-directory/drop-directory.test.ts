import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { fileLoaded } from '../../../examples/drop-directory/goals.ts';
import { Launch } from '../../deploy/local/launch.ts';
import { ChildWorker } from '../../engine/child-worker.ts';
import { fresh } from '../../engine/workbench.ts';
import { askingAt, gatewayForTest } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';

const WAIT = { timeout: 60_000, interval: 200 };

/** A directory that is watched, and where the worker puts what it has loaded; nothing runs yet. */
async function dropping() {
  const home = await mkdtemp(join(tmpdir(), 'goalkeeper-drop-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const [drop, loaded] = [join(home, 'drop'), join(home, 'loaded')];
  await mkdir(drop);
  const queue = fresh('drop');
  const work = async (): Promise<void> => {
    const worker = await ChildWorker.start('examples/drop-directory', {
      GOALKEEPER_TASK_QUEUE: queue,
      GOALKEEPER_VERSION: String(Date.now()),
      DROP_DIRECTORY: drop,
      DROP_LOADED: loaded,
    });
    onTestFinished(() => worker.end('SIGTERM').then(() => undefined));
  };
  const gateway = await gatewayForTest(temporalAddress);
  const published = async () =>
    (await gateway.get('/goals')).body.items.find(({ goal }: { goal: string }) => goal === fileLoaded.name);
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
  const told = (words: string) => output.split(words).length - 1;
  return { drop, queue, work, gateway, published, watch, parts, told, output: () => output };
}

// The first test, as no worker has published the goal before.
test('a file that no goal takes yet is told of again until one does, be it unpublished or paused', {
  timeout: 180_000,
}, async () => {
  const { drop, work, gateway, published, watch, parts, told } = await dropping();
  const day = fresh('day');
  const land = async (file: string, rows: number): Promise<void> => {
    await writeFile(join(drop, file), `day,rows\n${day},${rows}\n`);
    await utimes(join(drop, file), new Date(), new Date(Date.now() - 10_000));
  };
  watch();
  await land('monday.csv', 1);
  await expect
    .poll(() => told('monday.csv is not taken yet, and told of again: no goal means it'), WAIT)
    .toBe(1);
  await work();
  await expect.poll(parts, WAIT).toEqual([`${day},1\n`]);

  const reason = `a test of ${day}`;
  await gateway.post(`/goals/${fileLoaded.name}/pause`, { by: 'ada', reason });
  await expect.poll(async () => (await published()).paused?.reason, WAIT).toBe(reason);
  await land('tuesday.csv', 2);
  await expect
    .poll(() => told('tuesday.csv is not taken yet, and told of again: the gateway answers 503'), WAIT)
    .toBe(1);
  await gateway.post(`/goals/${fileLoaded.name}/unpause`, { by: 'ada', reason });
  await expect.poll(parts, WAIT).toEqual([`${day},1\n`, `${day},2\n`]);
  // Once for each reason, and once when it was taken.
  await expect.poll(() => told('tuesday.csv landed'), WAIT).toBe(1);
  expect(['tuesday.csv is not taken', 'monday.csv landed'].map(told)).toEqual([1, 1]);
});

test('each file that lands is loaded once it is whole, and once, however often it is put there or told of', async () => {
  const { drop, queue, work, gateway, published, watch, parts, told, output } = await dropping();
  const landings = (file: string) => told(`${file} landed`);
  await work();
  await expect.poll(async () => (await published())?.taskQueue, WAIT).toBe(queue);

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
  await expect.poll(() => told('notes.txt is not taken yet'), WAIT).toBe(1);
  expect(output()).not.toMatch(/monday|tuesday/);
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

  const runs = [...output().matchAll(/"how":"(\w+)","run":"([^"]+)","execution":"([^"]+)"/g)];
  expect(runs.map(([, how]) => how)).toEqual(['started', 'repeated', 'repeated', 'started']);
  expect(new Set(runs.map(([, , , execution]) => execution)).size).toBe(2);
  const { body } = await gateway.get(`/runs/${runs[0]?.[2]}`);
  expect(body).toMatchObject({ outcome: 'achieved', output: { rows: 2 }, why: { kind: 'event' } });
});

test('the commands of its README load a file that lands', { timeout: 180_000 }, async () => {
  const readme = await readFile('examples/drop-directory/README.md', 'utf8');
  const commands = /```sh\n([\s\S]*?)\n```/.exec(readme)?.[1]?.split('\n') ?? [];
  const [start = '', watch = '', land = ''] = commands;
  const [made, folder] = /^(mkdir -p drop) && npm start -- (\S+)$/.exec(start)?.slice(1) ?? [];
  const home = await Launch.home();
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const shell = (command = 'false') => promisify(execFile)('sh', ['-c', command], { cwd: home });
  await shell(made);
  const launch = await Launch.run([folder ?? ''], { home });
  onTestFinished(() => launch.interrupt().then(() => undefined));
  await launch.says('Ctrl-C stops everything');
  // The port of 3000 may be somebody else's.
  const watcher = spawn('sh', ['-c', `exec ${watch} ${launch.url}`], { cwd: home, stdio: 'inherit' });
  onTestFinished(() => {
    watcher.kill();
  });
  await shell(land);
  const runs = async () => (await askingAt(launch.url).get(`/runs?goal=${fileLoaded.name}`)).body.items;
  await expect.poll(runs, WAIT).toMatchObject([{ outcome: 'achieved' }]);
  const [part = ''] = await readdir(join(home, 'loaded'));
  expect(await readFile(join(home, 'loaded', part), 'utf8')).toBe('2026-11-20,3\n');
});
