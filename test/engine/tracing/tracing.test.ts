// A team's own plugin of Temporal's SDK: OpenTelemetry, whose spans come to the team's own exporter.

import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { expect, onTestFinished, test } from 'vitest';
import { bundleGoals, NO_GOALS } from '../../../activities/bundle.ts';
import { BundleCache } from '../../../activities/bundle-cache.ts';
import { loadTeam } from '../../../activities/team.ts';
import type { Plugin } from '../../../activities/worker.ts';
import type { Goal } from '../../../goals/index.ts';
import { QUICK, webhook } from '../alerts/alerted.ts';
import { Receiver } from '../alerts/receiver.ts';
import { measured } from '../metrics/goals.ts';
import { fresh, Workbench } from '../workbench.ts';
import { exporter } from './exporter.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const RECORDED = fileURLToPath(new URL('../../histories/0.1.5-batches/', import.meta.url));
const SOON = { timeout: 60_000, interval: 50 };

test("the spans of a run and of its jobs come to the exporter of a team's plugins.ts, in one trace", async () => {
  const bench = await Workbench.open();
  onTestFinished(() => bench.close());
  const { goalsModule, goals, jobs, plugins } = await loadTeam(folder);
  await bench.worker(goalsModule, goals as Goal[], jobs, bench.taskQueue, {}, { plugins });
  const input = { key: fresh('k'), steps: [{ script: ['fail', 'ok'] }], ticks: [0, 0] };
  const handle = await bench.start(measured, input);
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', errors: { recovered: 1 } });

  const spans = () =>
    exporter.getFinishedSpans().filter(({ attributes }) => Object.values(attributes).includes(run.execution));
  const names = () => [...new Set(spans().map(({ name }) => name))].sort();
  await expect.poll(names, SOON).toEqual(expect.arrayContaining(['RunActivity:act', 'RunWorkflow:measured']));
  expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1);
  expect(spans().every(({ resource }) => resource.attributes['service.name'] === 'warehouse-worker')).toBe(
    true,
  );

  // What it traced is replayed by a worker that traces nothing.
  const { events } = await handle.fetchHistory();
  const workflowBundle = await bundleGoals(goalsModule);
  await Worker.runReplayHistory({ workflowBundle }, { events: events ?? [] }, run.id);
});

test('a workflow of the system that a worker with plugins has begun is replayed by any other', async () => {
  const bench = await Workbench.open();
  onTestFinished(() => bench.close());
  const receiver = await Receiver.open();
  const { goalsModule, goals, jobs, plugins } = await loadTeam(folder);
  const alerts = {
    id: fresh('alerts'),
    sinks: [webhook(receiver)],
    url: 'https://gk.example',
    settings: QUICK,
  };
  await bench.worker(goalsModule, goals as Goal[], jobs, bench.taskQueue, alerts, { plugins });
  const handle = bench.client.workflow.getHandle(alerts.id);
  onTestFinished(async () => void (await handle.terminate()));
  await bench.pursue(measured, { key: fresh('k'), steps: [{ script: ['permanent:gone'] }] });
  await expect.poll(() => receiver.received.length, { timeout: 90_000 }).toBe(1);

  const workflowBundle = await bundleGoals(NO_GOALS);
  await Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory(), alerts.id);
});

test('runs that were recorded without a plugin are replayed with it', async () => {
  const { plugins } = await loadTeam(folder);
  const workflowBundle = await bundleGoals(join(RECORDED, 'goals.ts'), undefined, plugins);
  const names = (await readdir(RECORDED)).filter((name) => name.endsWith('.history.json'));
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) {
    const history = historyFromJSON(JSON.parse(await readFile(join(RECORDED, name), 'utf8')));
    await Worker.runReplayHistory({ workflowBundle, plugins: [...plugins] }, history, name);
  }
});

test('a bundle is kept for its plugins, and for no others; one whose plugin works by functions is never kept', async () => {
  const { goalsModule, plugins } = await loadTeam(folder);
  const kept = await mkdtemp(join(tmpdir(), 'bundles-'));
  const cache = new BundleCache(kept);
  const bundled = async (given: readonly Plugin[]) => (await bundleGoals(goalsModule, cache, given)).code;
  const bare = await bundled([]);
  const traced = await bundled(plugins);
  expect(traced.length).toBeGreaterThan(bare.length);
  expect(await readdir(kept)).toHaveLength(2);
  expect(await bundled(plugins)).toBe(traced);
  expect(await bundled([])).toBe(bare);
  let calls = 0;
  const hooking: Plugin = {
    name: 'hooking',
    configureBundler: (options) => ({
      ...options,
      webpackConfigHook: (config) => {
        calls++;
        return config;
      },
    }),
  };
  await bundled([hooking]);
  await bundled([hooking]);
  expect([calls, (await readdir(kept)).length]).toEqual([2, 2]);
});

test('a plugin that would replace the workflows, and a plugins.ts that lists none, are refused', async () => {
  const { goalsModule } = await loadTeam(folder);
  const replacing: Plugin = {
    name: 'replacing',
    configureBundler: (options) => ({ ...options, workflowsPath: '/elsewhere.ts' }),
  };
  await expect(bundleGoals(goalsModule, undefined, [replacing])).rejects.toThrow(
    /replacing brings its own workflows/,
  );
  const team = await mkdtemp(join(tmpdir(), 'team-'));
  await writeFile(join(team, 'goals.ts'), 'export default [];');
  await writeFile(join(team, 'jobs.ts'), 'export const jobs = [];');
  expect((await loadTeam(team)).plugins).toEqual([]);
  await writeFile(join(team, 'plugins.ts'), 'export const plugins = {};');
  await expect(loadTeam(team)).rejects.toThrow(/plugins.ts does not export a list `plugins`/);
});
