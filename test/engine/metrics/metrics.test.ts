// What a worker counts, scraped as Prometheus does it.

import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { RunningWorker } from '../../../activities/worker.ts';
import { freePort } from '../../../deploy/local/free-port.ts';
import { mapShardId } from '../../../goals/wire/names.ts';
import { metricsPortFrom, openMetricsPort } from '../../../process/metrics-port.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { measured } from './goals.ts';
import { jobs } from './jobs.ts';
import { grown, scraped } from './scraped.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const SOON = { timeout: 60_000, interval: 50 };
const OURS = 'team="accountants",goal="measured"';

let bench: Workbench;
let worker: RunningWorker;
let url: string;

const begin = (taskQueue = bench.taskQueue) =>
  bench.worker(`${folder}goals.ts`, goals, jobs, taskQueue, {}, { metrics: { port: 0 } });

beforeAll(async () => {
  bench = await Workbench.open();
  worker = await begin();
  url = worker.metricsUrl as string;
});
afterAll(() => bench.close());

const start = (input: object) => bench.start(measured, { key: fresh('k'), ...input });

async function pursued(input: object): Promise<string | null> {
  const { run } = await bench.closed(await start(input));
  return run.outcome;
}

/** What was counted meanwhile, once it has all of it: a worker counts an outcome as it tells the engine of it. */
async function expectCounted(work: () => Promise<unknown>, counted: Record<string, number>): Promise<void> {
  const before = await scraped(url);
  await work();
  const soFar = async () => grown(before, await scraped(url));
  await expect.poll(soFar, SOON).toEqual(counted);
}

test('every series of a goal is there from the start, so that its first increase is seen', async () => {
  const series = await scraped(url);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  for (const one of [
    `goalkeeper_goal_outcomes_total{${OURS},status="achieved",kind=""}`,
    `goalkeeper_goal_outcomes_total{${OURS},status="failed",kind="deadline"}`,
    `goalkeeper_goal_late_total{${OURS}}`,
    `goalkeeper_recovered_errors_total{${OURS},class="infrastructure"}`,
    `goalkeeper_attempts_total{${OURS},result="lost"}`,
  ])
    expect([one, series.get(one)]).toEqual([one, 0]);
});

test('an achieved run counts once, with its attempts, the errors that healed, and that it was late', async () => {
  await expectCounted(
    async () => {
      const steps = [{ script: ['fail', 'fail', 'ok'] }, { script: ['ok'] }];
      expect(await pursued({ steps, ticks: [0, 1, 0, 2] })).toBe('achieved');
    },
    {
      [`goalkeeper_goal_outcomes_total{${OURS},status="achieved",kind=""}`]: 1,
      [`goalkeeper_goal_duration_seconds_count{${OURS},status="achieved"}`]: 1,
      [`goalkeeper_goal_late_total{${OURS}}`]: 1,
      [`goalkeeper_recovered_errors_total{${OURS},class="transient"}`]: 5,
      [`goalkeeper_attempts_total{${OURS},result="succeeded"}`]: 6,
      [`goalkeeper_attempts_total{${OURS},result="failed"}`]: 5,
    },
  );
});

test('of the items of a map each attempt counts, and each error that healed, in a batch or alone', async () => {
  await expectCounted(
    async () => {
      expect(await pursued({ mapped: [0, 1, 0, 2, 0, 0, 1, 0] })).toBe('achieved');
    },
    {
      [`goalkeeper_goal_outcomes_total{${OURS},status="achieved",kind=""}`]: 1,
      [`goalkeeper_goal_duration_seconds_count{${OURS},status="achieved"}`]: 1,
      [`goalkeeper_goal_late_total{${OURS}}`]: 1,
      [`goalkeeper_recovered_errors_total{${OURS},class="transient"}`]: 4,
      [`goalkeeper_attempts_total{${OURS},result="succeeded"}`]: 8,
      [`goalkeeper_attempts_total{${OURS},result="failed"}`]: 4,
    },
  );
});

test.each([
  ['travel together', false],
  ['have a pool', true],
])("attempts of items that %s in a shard of a map count for the run's goal", async (_, pooled) => {
  const counted = async () => {
    const series = await scraped(url);
    const of = (labels: string, result: string) =>
      series.get(`goalkeeper_attempts_total{${labels},result="${result}"}`) ?? 0;
    const OTHERS = 'team="other",goal="other"';
    return [of(OURS, 'succeeded'), of(OURS, 'failed'), of(OTHERS, 'succeeded'), of(OTHERS, 'failed')];
  };
  const before = await counted();
  const handle = await start({ pieces: { count: 150, fail: 3, pooled } });
  expect(await handle.result()).toMatchObject({ output: { good: true } });
  const { status } = await bench.client.workflow
    .getHandle(mapShardId(handle.workflowId, 'map#1', 1))
    .describe();
  expect(status.name).toBe('COMPLETED');
  const soFar = async () => (await counted()).map((n, i) => n - (before[i] ?? 0));
  await expect.poll(soFar, SOON).toEqual([150, 3, 0, 0]);
});

test.each([
  ['criteria', { good: false }, {}],
  ['job', { steps: [{ script: ['permanent:gone'] }] }, { failed: 1 }],
  ['input', { steps: 'none' }, {}],
])(
  'a run that fails by its %s counts as failed, with that kind, and no error of it as recovered',
  async (kind, input, attempts) => {
    await expectCounted(
      async () => {
        expect(await pursued(input)).toBe('failed');
      },
      {
        [`goalkeeper_goal_outcomes_total{${OURS},status="failed",kind="${kind}"}`]: 1,
        [`goalkeeper_goal_duration_seconds_count{${OURS},status="failed"}`]: 1,
        [`goalkeeper_goal_late_total{${OURS}}`]: 1,
        ...Object.fromEntries(
          Object.entries(attempts).map(([result, n]) => [
            `goalkeeper_attempts_total{${OURS},result="${result}"}`,
            n,
          ]),
        ),
      },
    );
  },
);

test('a cancelled run counts as cancelled, and so does the attempt that was cut short', async () => {
  await expectCounted(
    async () => {
      const handle = await start({ slow: { script: ['hang'] } });
      await expect.poll(async () => (await bench.story(handle)).run.steps.at(0)?.state, SOON).toBe('running');
      await handle.cancel();
      expect((await bench.closed(handle)).run.outcome).toBe('cancelled');
    },
    {
      [`goalkeeper_goal_outcomes_total{${OURS},status="cancelled",kind=""}`]: 1,
      [`goalkeeper_goal_duration_seconds_count{${OURS},status="cancelled"}`]: 1,
      [`goalkeeper_goal_late_total{${OURS}}`]: 1,
      [`goalkeeper_attempts_total{${OURS},result="cancelled"}`]: 1,
    },
  );
});

test('a run that is replayed by another worker is counted once; what its first worker left counts as stopped', async () => {
  await expectCounted(
    async () => {
      const handle = await start({ steps: [{ script: ['fail', 'ok'] }], slow: { script: ['hang', 'ok'] } });
      await expect.poll(async () => (await bench.story(handle)).run.steps.at(1)?.state, SOON).toBe('running');
      await worker.stop();
      worker = await begin();
      url = worker.metricsUrl as string;
      expect((await bench.closed(handle)).run).toMatchObject({
        outcome: 'achieved',
        errors: { recovered: 2 },
      });
    },
    {
      [`goalkeeper_goal_outcomes_total{${OURS},status="achieved",kind=""}`]: 1,
      [`goalkeeper_goal_duration_seconds_count{${OURS},status="achieved"}`]: 1,
      [`goalkeeper_goal_late_total{${OURS}}`]: 1,
      [`goalkeeper_recovered_errors_total{${OURS},class="transient"}`]: 1,
      [`goalkeeper_recovered_errors_total{${OURS},class="infrastructure"}`]: 1,
      [`goalkeeper_attempts_total{${OURS},result="succeeded"}`]: 2,
      [`goalkeeper_attempts_total{${OURS},result="failed"}`]: 1,
      [`goalkeeper_attempts_total{${OURS},result="stopped"}`]: 1,
    },
  );
});

test('a worker killed in mid-attempt: the next one counts the attempt as lost, and the run once', async () => {
  const environment = { GOALKEEPER_TASK_QUEUE: fresh('q'), METRICS_PORT: '0' };
  const first = await ChildWorker.start(folder, environment);
  onTestFinished(() => void first.end('SIGKILL'));
  const input = { key: fresh('k'), slow: { script: ['hang', 'ok'] } };
  const handle = await bench.start(measured, input, environment.GOALKEEPER_TASK_QUEUE);
  await expect.poll(async () => (await bench.story(handle)).run.steps.at(0)?.state, SOON).toBe('running');
  await first.end('SIGKILL');
  const sdk = `127.0.0.1:${await freePort()}`;
  const second = await ChildWorker.start(folder, { ...environment, TEMPORAL_METRICS: sdk });
  onTestFinished(() => void second.end('SIGKILL'));
  expect((await bench.closed(handle)).run.outcome).toBe('achieved');
  await expect
    .poll(async () => grown(new Map(), await scraped(second.metricsUrl as string)), SOON)
    .toEqual({
      [`goalkeeper_goal_outcomes_total{${OURS},status="achieved",kind=""}`]: 1,
      [`goalkeeper_goal_duration_seconds_count{${OURS},status="achieved"}`]: 1,
      [`goalkeeper_goal_late_total{${OURS}}`]: 1,
      [`goalkeeper_recovered_errors_total{${OURS},class="infrastructure"}`]: 1,
      [`goalkeeper_attempts_total{${OURS},result="succeeded"}`]: 1,
      [`goalkeeper_attempts_total{${OURS},result="lost"}`]: 1,
    });
  // What Temporal's SDK measures of itself, at the port that TEMPORAL_METRICS names.
  const measures = async () => (await fetch(`http://${sdk}/metrics`)).text();
  await expect
    .poll(measures, SOON)
    .toMatch(/^temporal_workflow_task_schedule_to_start_latency_seconds_count\{.*\} [1-9]/m);
});

test('the port tells health and metrics, and takes nothing else', async () => {
  const { status, headers } = await fetch(`${url}/metrics`);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'up' });
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${url}/runs`)).status).toBe(404);
});

test('it answers to addresses, to localhost and to names that its operator gave, and to no page whose name points here', async () => {
  const { names } = metricsPortFrom({ METRICS_PORT: '1', GOALKEEPER_HOSTS: 'worker-1, Worker-2' }) ?? {};
  const told = async () => ({ type: 'text/plain', text: 'all of it' });
  const open = await openMetricsPort({ port: 0, ...(names && { names }) }, told, () => true);
  onTestFinished(() => open.stop());
  const { port } = new URL(open.url);
  const asked = (host: string, path = '/metrics'): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.once('error', reject).end();
    });
  for (const host of [
    `127.0.0.1:${port}`,
    'localhost',
    '[::1]:9464',
    '10.1.2.3:9464',
    'worker-1:9464',
    'WORKER-2',
  ])
    expect(await asked(host), host).toBe(200);
  for (const host of [`evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example', 'worker-3'])
    for (const path of ['/metrics', '/healthz']) expect(await asked(host, path), host).toBe(403);
});

test('a port that is none, or busy, is refused and says how to mend it', async () => {
  expect(metricsPortFrom({})).toBeNull();
  expect(metricsPortFrom({ METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' })).toEqual({
    host: '0.0.0.0',
    port: 9464,
    names: ['0.0.0.0'],
  });
  expect(() => metricsPortFrom({ METRICS_PORT: 'http' })).toThrow(
    /METRICS_PORT is 'http', which is not a port/,
  );
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const beginning = ChildWorker.start(folder, {
    GOALKEEPER_TASK_QUEUE: fresh('q'),
    METRICS_PORT: String(port),
    LOG_LEVEL: 'silent',
  });
  await expect(beginning).rejects.toThrow(`Port ${port} of 127.0.0.1 cannot be had for metrics`);
});
