// The ML build, run to its outcome by a worker of its own: a real cluster, Python, real penguins, and a person's word.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChildWorker } from '../../engine/child-worker.ts';
import { fresh, Workbench } from '../../engine/workbench.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';

const SOON = { timeout: 40_000, interval: 20 };

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// Without Python 3 there is nothing that could train: this machine has none on its PATH.
describe.skipIf(!hasPython())('the model', () => {
  let bench: Workbench;
  let gateway: Awaited<ReturnType<typeof gatewayAt>>;
  let worker: ChildWorker;
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'model-'));
    bench = await Workbench.open();
    gateway = await gatewayAt(temporalAddress);
    worker = await ChildWorker.start(fileURLToPath(new URL('../../../examples/model', import.meta.url)), {
      GOALKEEPER_TASK_QUEUE: bench.taskQueue,
      GOALKEEPER_VERSION: String(Date.now()),
      MODEL_DIR: home,
    });
  });
  afterAll(async () => {
    await worker?.end('SIGTERM');
    await gateway?.stop();
    await bench?.close();
  });

  async function begun() {
    const build = fresh('b');
    const { status, body } = await gateway.post('/goals/model-ready/runs', { input: { build } });
    expect(status, JSON.stringify(body)).toBe(202);
    const id: string = body.id;
    const handle = bench.client.workflow.getHandle(id);
    const view = async () => (await gateway.get(`/runs/${id}`)).body;
    const stateOf = async (step: string) =>
      (await view()).steps.find(({ path }: { path: string }) => path === step)?.state;
    const address = join(home, `penguins-${build}.cluster.json`);
    await expect.poll(() => existsSync(address), SOON).toBe(true);
    const { pid } = JSON.parse(await readFile(address, 'utf8')) as { pid: number };
    return { id, handle, view, stateOf, pid };
  }

  /** Decides what the run asks, once it does; it shows what it is about. */
  async function decided(id: string, decision: object): Promise<void> {
    const asked = async () => (await gateway.get(`/runs/${id}/approvals`)).body.items;
    await expect
      .poll(asked, SOON)
      .toMatchObject([{ name: 'release', show: { accuracy: expect.any(Number) } }]);
    expect((await gateway.post(`/runs/${id}/approvals/release`, decision)).status).toBe(200);
  }

  /** How far the training is, as the server knows it while it goes on. */
  async function progressOf(handle: WorkflowHandle) {
    const { raw } = await handle.describe();
    const training = raw.pendingActivities?.find(({ activityId }) => activityId === 'train-model#1');
    const data = training?.heartbeatDetails?.payloads?.[0]?.data;
    return data ? (JSON.parse(Buffer.from(data).toString()).progress ?? null) : null;
  }

  test('is trained step by step, its cluster is gone before a person is asked, and with their word it is in place', async () => {
    const { id, handle, view, stateOf, pid } = await begun();
    expect(lives(pid)).toBe(true);
    await expect.poll(() => progressOf(handle), SOON).toMatchObject({ total: 120 });
    await expect.poll(() => stateOf('evaluate-model#1'), SOON).toBe('succeeded');
    await expect.poll(() => lives(pid), SOON).toBe(false);
    expect((await view()).outcome).toBeNull();
    await decided(id, { decision: 'approve', by: 'ada', reason: 'it knows its penguins' });
    await handle.result();
    const run = await view();
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: {
        path: join(home, 'current.model.json'),
      },
    });
    expect(run.output.accuracy).toBeGreaterThanOrEqual(0.95);
    const { weights } = JSON.parse(await readFile(run.output.path, 'utf8'));
    expect(weights).toHaveLength(3);
    const lease = run.steps.find(({ kind }: { kind: string }) => kind === 'lease');
    expect(lease).toMatchObject({ name: 'stop-cluster', lease: { state: 'cleaned', why: 'released' } });
  });

  test('that a person does not want is a goal not reached, and says who and why', async () => {
    const { id, handle, view } = await begun();
    await decided(id, { decision: 'reject', by: 'ada', reason: 'it is unfair to chinstraps' });
    await handle.result().catch(() => undefined);
    const { failure } = await view();
    expect(failure).toMatchObject({ kind: 'rejected', path: ['release#1'] });
    expect(failure.message).toMatch(/ada.*it is unfair to chinstraps/);
  });

  test('that is cancelled while it is trained leaves no cluster', async () => {
    const { id, handle, view, pid } = await begun();
    await gateway.post(`/runs/${id}/cancel`, { reason: 'not today' });
    await handle.result().catch(() => undefined);
    expect((await view()).outcome).toBe('cancelled');
    await expect.poll(() => lives(pid), SOON).toBe(false);
    await expect
      .poll(async () => (await readdir(home)).filter((name) => name.endsWith('.cluster.json')), SOON)
      .toEqual([]);
  });
});
