import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import { leasedInTime } from './goals.ts';
import { lives, Thing } from './thing.ts';

const SOON = { timeout: 60_000, interval: 50 };
const workers: ChildWorker[] = [];
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leases-'));
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
  const started = await ChildWorker.start(fileURLToPath(new URL('.', import.meta.url)), {
    GOALKEEPER_TASK_QUEUE: bench.taskQueue,
    GOALKEEPER_VERSION: '1',
  });
  workers.push(started);
  return started;
}

test('with every worker killed, a run that is terminated leaves its lease listed; workers that come tear down, though one of them is killed at it', async () => {
  const first = await worker();
  const key = fresh('k');
  const thing = new Thing(folder, key);
  const handle = await bench.start(leasedInTime, { key, folder, what: 'wait' });
  await expect.poll(() => thing.count('began last'), SOON).toBe(1);
  const pid = await thing.pid();
  await first.end('SIGKILL');
  await handle.terminate('nobody is there');

  const listed = async () =>
    (await gateway.get('/leases?goal=leased-in-time&limit=100')).body.items.filter(
      (lease: { run: string }) => lease.run === handle.workflowId,
    );
  await expect.poll(listed, SOON).toMatchObject([{ state: 'held', run: handle.workflowId }]);
  expect(lives(pid)).toBe(true);

  await thing.put('broken');
  const second = await worker();
  const failed = async () => (await listed())[0]?.failed ?? 0;
  await expect.poll(failed, SOON).toBeGreaterThan(0);
  await second.end('SIGKILL');
  expect(lives(pid)).toBe(true);

  await thing.take('broken');
  await worker();
  await expect.poll(() => lives(pid), SOON).toBe(false);
  await expect.poll(listed, SOON).toEqual([]);
  expect(await thing.count('destroyed')).toBe(1);
});
