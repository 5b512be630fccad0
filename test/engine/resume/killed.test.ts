import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import { killed } from './killed/goals.ts';

const workers: ChildWorker[] = [];
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

async function worker(): Promise<ChildWorker> {
  const started = await ChildWorker.start(fileURLToPath(new URL('./killed/', import.meta.url)), {
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    GOALKEEPER_VERSION: '1',
    ATTEMPTS_FILE: join(folder, 'attempts'),
  });
  workers.push(started);
  return started;
}

/** `label what` of each line that the jobs wrote. */
async function told(): Promise<string[]> {
  const lines = (await readFile(join(folder, 'attempts'), 'utf8').catch(() => '')).trim().split('\n');
  return lines.map((line) => line.split(' ').slice(1, 3).join(' '));
}

test('a worker killed during the resumed run: the next one goes on, and nothing that succeeded is run again', async () => {
  const first = await worker();
  const file = join(folder, 'gate');
  await writeFile(`${file}.shut`, '');
  const input = {
    key: fresh('k'),
    acts: [
      { label: 'one', script: 'ok' },
      { label: 'two', script: `gate:${file}` },
      { label: 'three', script: 'hang-once' },
      { label: 'four', script: 'ok' },
    ],
  };
  const { body: old } = await gateway.post(`/goals/${killed.name}/runs`, { input }, { prefer: 'wait=30' });
  expect(old.outcome).toBe('failed');
  await writeFile(file, '');
  expect((await gateway.post(`/runs/${old.id}/resume`, {})).status).toBe(202);
  await expect.poll(told, { timeout: 60_000 }).toContain('three began');
  const live = (await gateway.get(`/runs/${old.id}`)).body;
  expect(live.steps.map(({ kept }: { kept: unknown }) => kept !== null)).toEqual([true, false, false]);
  await first.end('SIGKILL');
  await worker();
  await bench.client.workflow.getHandle(old.id).result();
  const { body: run } = await gateway.get(`/runs/${old.id}`);
  expect(run).toMatchObject({ outcome: 'achieved', output: { labels: ['one', 'two', 'three', 'four'] } });
  expect(await told()).toEqual([
    ...['one began', 'one succeeded', 'two began', 'two began', 'two succeeded', 'three began'],
    ...['three began', 'three succeeded', 'four began', 'four succeeded'],
  ]);
  const { items } = (await gateway.get(`/runs/${old.id}/errors`)).body;
  expect(items).toMatchObject([{ step: 'act#3', code: 'worker_lost', disposition: 'recovered' }]);
});
