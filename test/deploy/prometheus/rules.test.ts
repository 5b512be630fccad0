// The rules of alerts, judged by Prometheus's own programs, over what gateway and worker really tell.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../deploy/local/free-port.ts';
import { goalsModule, QUICK } from '../../engine/alerts/alerted.ts';
import goals, { judged } from '../../engine/goals.ts';
import { jobs } from '../../engine/jobs.ts';
import { fresh, Workbench } from '../../engine/workbench.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { exportedBy } from './exported.ts';
import { type Programs, prometheusPrograms } from './programs.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../../../deploy/prometheus/', import.meta.url));
const SOON = { timeout: 40_000, interval: 200 };

let programs: Programs | null;
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let workerUrl: string;

beforeAll(async () => {
  programs = await prometheusPrograms();
  bench = await Workbench.open();
  const id = fresh('alerts');
  const alerts = { id, sinks: [], settings: QUICK };
  const more = { metrics: { port: 0 } };
  const worker = await bench.worker(goalsModule, goals, jobs, bench.taskQueue, alerts, more);
  workerUrl = worker.metricsUrl as string;
  gateway = await gatewayAt(temporalAddress, 'default', undefined, id);
});
afterAll(async () => {
  await gateway.stop();
  await bench.close();
});

/** Skips the test that asks where there is no Prometheus, and says why. */
function needed(skip: (why: string) => never): Programs {
  return programs ?? skip("neither on the PATH nor to be had by apt-get: Prometheus's own programs");
}

test('promtool takes configuration and rules', async ({ skip }) => {
  const { promtool } = needed(skip);
  const { stdout } = await run(promtool, ['check', 'config', join(folder, 'prometheus.yml')]);
  expect(stdout).toContain('SUCCESS: 1 rule files found');
  expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
});

test('each rule fires when it should and not before, as promtool reckons', async ({ skip }) => {
  const { promtool } = needed(skip);
  const { stdout } = await run(promtool, ['test', 'rules', join(folder, 'rules.test.yml')]);
  expect(stdout).toContain('SUCCESS');
  const named = (text: string, key: string): string[] => [
    ...new Set([...text.matchAll(new RegExp(`${key}: (\\w+)`, 'g'))].map(([, name]) => name as string)),
  ];
  const rules = named(await readFile(join(folder, 'rules.yml'), 'utf8'), 'alert');
  const tested = named(await readFile(join(folder, 'rules.test.yml'), 'utf8'), 'alertname');
  expect(rules.length).toBeGreaterThan(10);
  expect(tested.sort()).toEqual(rules.sort());
});

test('every metric and label that a rule names is told by a gateway or a worker', async () => {
  const exported = async () => {
    const told = [...(await exportedBy(gateway.url)), ...(await exportedBy(workerUrl))];
    return new Map(told.map(({ name, labels }) => [name, labels]));
  };
  // What Temporal is too slow to say for a moment is left out.
  await expect.poll(async () => (await exported()).has('goalkeeper_goal_open_alerts')).toBe(true);
  // Of what no sink has been given yet there is no series.
  const labels = await exported();
  const rules = await readFile(join(folder, 'rules.yml'), 'utf8');
  const names = [...rules.matchAll(/\b(goalkeeper_\w+)(?:\{(\w+)=)?/g)];
  expect(names.length).toBeGreaterThan(10);
  for (const [, name = '', label] of names) {
    expect([...labels.keys()]).toContain(name);
    const series = labels.get(name) ?? [];
    if (label !== undefined && series.length > 0)
      expect([name, series]).toEqual([name, expect.arrayContaining([label])]);
  }
});

test('a real Prometheus that scrapes both fires for a goal that was not reached, and for no other', async ({
  skip,
}) => {
  const { prometheus } = needed(skip);
  const home = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const [address, hosts] = [
    `127.0.0.1:${await freePort()}`,
    [gateway.url, workerUrl].map((url) => new URL(url).host),
  ];
  const shipped = await readFile(join(folder, 'prometheus.yml'), 'utf8');
  const config = shipped
    .replaceAll('15s', '1s')
    .replace('rules.yml', join(folder, 'rules.yml'))
    .replace(/\[.gateway-1.*\]/, `['${hosts[0]}']`)
    .replace(/\[.worker-1.*\]/, `['${hosts[1]}']`);
  await writeFile(join(home, 'prometheus.yml'), config);
  const child = spawn(
    prometheus,
    [
      `--config.file=${join(home, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(home, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    await rm(home, { recursive: true });
  });
  // biome-ignore lint/suspicious/noExplicitAny: whatever Prometheus answers is looked at
  const ask = async (path: string): Promise<any> =>
    ((await (await fetch(`http://${address}/api/v1/${path}`)).json()) as { data: unknown }).data;
  const health = async () =>
    (await ask('targets')).activeTargets.map((one: { health: string }) => one.health);
  await expect.poll(health, SOON).toEqual(['up', 'up']);
  const ours = async (): Promise<string[]> =>
    (await ask('alerts')).alerts
      .filter(
        ({ state, labels }: { state: string; labels: { goal?: string } }) =>
          state === 'firing' && goals.some(({ name }) => name === labels.goal),
      )
      .map(
        ({ labels }: { labels: Record<string, string> }) =>
          `${labels.alertname} ${labels.goal} ${labels.severity}`,
      );
  expect(await ours()).toEqual([]);
  await bench.pursue(judged, { key: fresh('k'), rows: 1, drift: 1 });
  await expect.poll(ours, SOON).toEqual(['GoalkeeperGoalFailed judged page']);
  const failed = 'goalkeeper_goal_outcomes_total{goal="judged",status="failed",kind="criteria"}';
  const counted = async () => (await ask(`query?query=${encodeURIComponent(failed)}`)).result[0]?.value[1];
  await expect.poll(counted, SOON).toBe('1');
});
