// Workers as versions of a deployment, on a server of its own: what stays on its code, what moves, and who publishes when.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { publicationOf } from '../../../activities/catalogue/publications.ts';
import { registerSearchAttributes } from '../../../activities/search-attributes.ts';
import { drain, promote, prune } from '../../../activities/versioning/change-versions.ts';
import { Deployments } from '../../../activities/versioning/deployments.ts';
import { listVersions } from '../../../activities/versioning/list-versions.ts';
import { movedRun } from '../../../activities/versioning/operate-versions.ts';
import { type ServedVersion, serveVersion } from '../../../activities/versioning/serve-version.ts';
import type { DeploymentVersion } from '../../../activities/versioning/versioning-from.ts';
import type { RunningWorker, WorkerOptions } from '../../../activities/worker.ts';
import { findTemporal } from '../../../deploy/local/temporal-binary.ts';
import { startTemporalServer, type TemporalServer } from '../../../deploy/local/temporal-server.ts';
import { readQueue } from '../../../gateway/backlogs.ts';
import { temporalAt } from '../../../gateway/temporal/temporal.ts';
import type { DecisionRequest } from '../../../goals/wire/approvals.ts';
import { LEASE, scheduleId, standingId, updateNames } from '../../../goals/wire/names.ts';
import { readCode } from '../../house/arrows.ts';
import { fresh, Workbench } from '../workbench.ts';
import { jobs, release } from './jobs.ts';
import one, { asks, moves, stays } from './one/goals.ts';
import two from './two/goals.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CLI = fileURLToPath(new URL('../../../cli/goalkeeper.js', import.meta.url));
const codes = { one, two };
let server: TemporalServer;
let bench: Workbench;
let deployments: Deployments;
let b2: DeploymentVersion;
const keys = { before: fresh('k'), stays: fresh('k'), moves: fresh('k'), asks: fresh('k') };
const runs: Record<string, WorkflowHandle> = {};
const workers: Record<string, RunningWorker> = {};

beforeAll(async () => {
  server = await startTemporalServer({
    binary: await findTemporal(),
    uiPort: false,
    dynamicConfig: {
      'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '1s',
      'matching.wv.VersionDrainageStatusRefreshInterval': '1s',
    },
  });
  bench = await Workbench.open(server.address);
  deployments = new Deployments(bench.client);
  b2 = { deploymentName: bench.taskQueue, buildId: 'b2' };
  await registerSearchAttributes(bench.client.connection as never, 'default');
});
afterAll(async () => {
  for (const key of Object.values(keys)) release(key);
  await bench.close();
  await server.stop();
});

/** A worker of one of the two codes, as the version of that name. */
const worker = async (
  code: keyof typeof codes,
  number: number,
  options: Partial<WorkerOptions>,
): Promise<RunningWorker> =>
  bench.worker(
    join(HERE, code, 'goals.ts'),
    codes[code],
    jobs,
    bench.taskQueue,
    {},
    { version: number, ...options },
  );
const versioned = (code: keyof typeof codes, build: string, number: number, mode: 'on' | 'follow' = 'on') =>
  worker(code, number, { preflight: 'refuse', versioning: { build, mode } });

const versioningOf = async (handle: WorkflowHandle) => {
  const { behavior, deploymentVersion } =
    (await handle.describe()).raw.workflowExecutionInfo?.versioningInfo ?? {};
  return [behavior ?? 0, deploymentVersion?.buildId ?? null];
};
const [PINNED, AUTO_UPGRADE] = [1, 2];
const leases = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const { workflowId } of bench.client.workflow.list({ query: `WorkflowType = '${LEASE}'` }))
    found.push(workflowId);
  return found;
};
const watcher = () => bench.client.workflow.getHandle(standingId('versioned-stands'));
const current = async () => (await deployments.describe(bench.taskQueue))?.current;
const hasSchedule = (name: string) =>
  bench.client.schedule
    .getHandle(scheduleId('versioned-stands', name))
    .describe()
    .then(
      () => true,
      () => false,
    );
const isAt = async (handle: WorkflowHandle, length: number) =>
  vi.waitUntil(async () => (await handle.describe()).historyLength >= length, { timeout: 60_000 });
const codeOf = async (handle: WorkflowHandle) => (await bench.closed(handle)).run.output;
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, TEMPORAL_ADDRESS: server.address });

/** The command, as a process. */
async function versions(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, 'versions', ...args], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, out, err };
}

/** No task of it has failed. */
const isUntroubled = async (handle: WorkflowHandle) => {
  const { events } = await handle.fetchHistory();
  return (events ?? []).every(({ workflowTaskFailedEventAttributes: failed }) => !failed);
};

test('a worker outside of every deployment is left as it was: no deployment, no behavior', async () => {
  workers.unversioned = await worker('one', 1, {});
  runs.before = await bench.start(stays, { key: keys.before });
  await isAt(runs.before, 10);
  expect(await versioningOf(runs.before)).toEqual([0, null]);
  expect(await versioningOf(watcher())).toEqual([0, null]);
  expect(await deployments.names()).toEqual([]);
  expect((await publicationOf(bench.client, 'versioned-stays'))?.builds).toBeUndefined();
});

test('the first version is refused where it would break what is open, and else takes it over, each in its way', async () => {
  await expect(versioned('two', 'never', 2)).rejects.toMatchObject({ code: 'preflight_failed' });
  workers.one = await versioned('one', 'b1', 2);
  await workers.unversioned?.stop();
  expect(await current()).toBe('b1');
  expect(await hasSchedule('of-one')).toBe(true);
  release(keys.before);
  expect(await codeOf(runs.before as WorkflowHandle)).toEqual({ code: 'one' });
  expect(await isUntroubled(runs.before as WorkflowHandle)).toBe(true);
  // It began outside of every deployment, and goes on by whatever is current.
  await vi.waitUntil(async () => (await versioningOf(watcher()))[0] === AUTO_UPGRADE, { timeout: 60_000 });
});

test('what is pinned finishes on its code, what upgrades goes on by the new one, and new runs take that', async () => {
  runs.stays = await bench.start(stays, { key: keys.stays });
  runs.moves = await bench.start(moves, { key: keys.moves });
  runs.asks = await bench.start(asks, { key: keys.asks });
  await isAt(runs.stays, 10);
  await isAt(runs.moves, 5);
  await vi.waitUntil(async () => (await leases()).length === 1, { timeout: 60_000 });
  expect(await versioningOf(runs.stays)).toEqual([PINNED, 'b1']);
  expect(await versioningOf(runs.moves)).toEqual([AUTO_UPGRADE, 'b1']);
  const [lease = ''] = await leases();
  await vi.waitUntil(async () => (await versioningOf(bench.client.workflow.getHandle(lease)))[0] === PINNED, {
    timeout: 60_000,
  });
  // Preflight passes: it replays only what would move, and the new code has the steps of `stays` the other way round.
  workers.two = await versioned('two', 'b2', 3);
  expect(await current()).toBe('b2');
  expect([await hasSchedule('of-one'), await hasSchedule('of-two')]).toEqual([false, true]);
  release(keys.stays);
  release(keys.moves);
  expect(await codeOf(runs.stays)).toEqual({ code: 'one' });
  expect(await codeOf(runs.moves)).toEqual({ code: 'two' });
  expect(await isUntroubled(runs.moves)).toBe(true);
  const key = fresh('k');
  release(key);
  expect((await bench.pursue(stays, { key })).run.output).toEqual({ code: 'two' });
  await vi.waitUntil(async () => (await versioningOf(watcher()))[1] === 'b2', { timeout: 60_000 });
  expect(await isUntroubled(watcher())).toBe(true);
});

test('serve-version.2: an older version that starts again serves its runs, takes nothing over and publishes nothing', async () => {
  await workers.one?.stop();
  workers.one = await versioned('one', 'b1', 2);
  expect(await current()).toBe('b2');
  expect(await publicationOf(bench.client, 'versioned-stays')).toMatchObject({
    version: 3,
    builds: [{ build: 'b2' }, { build: 'b1' }],
  });
});

test('serve-version.1: a version that follows publishes once somebody makes it current, and nobody takes over from them', async () => {
  workers.three = await versioned('one', 'b3', 4, 'follow');
  expect(await current()).toBe('b2');
  expect([await hasSchedule('of-one'), await hasSchedule('of-two')]).toEqual([false, true]);
  const { namespace } = bench.client.options;
  await bench.client.workflowService.setWorkerDeploymentCurrentVersion({
    ...{ namespace, identity: 'a-controller', deploymentName: bench.taskQueue },
    ...{ buildId: 'b3', version: `${bench.taskQueue}.b3` },
  });
  await vi.waitUntil(() => hasSchedule('of-one'), { timeout: 60_000 });
  await vi.waitUntil(async () => !(await hasSchedule('of-two')), { timeout: 60_000 });
  await workers.two?.stop();
  workers.two = await versioned('two', 'b2', 9);
  expect(await current()).toBe('b3');
  expect(await deployments.describe(bench.taskQueue)).toMatchObject({ changedBy: 'a-controller' });
  expect(await hasSchedule('of-two')).toBe(false);
});

test('versioning.1: runs of a version go on where no version is current any more, on a worker outside of it', async () => {
  const key = fresh('k');
  const run = await bench.start(moves, { key });
  await isAt(run, 5);
  expect(await versioningOf(run)).toEqual([AUTO_UPGRADE, 'b3']);
  await workers.three?.stop();
  const { namespace } = bench.client.options;
  await bench.client.workflowService.setWorkerDeploymentCurrentVersion({
    ...{ namespace, deploymentName: bench.taskQueue, buildId: '', version: '__unversioned__' },
    ignoreMissingTaskQueues: true,
  });
  workers.unversioned = await worker('one', 10, {});
  release(key);
  expect(await codeOf(run)).toEqual({ code: 'one' });
  expect(await isUntroubled(run)).toBe(true);
});

test('a pinned run whose workers are gone is listed, and moves where the code can go on with it', async () => {
  const held = runs.asks as WorkflowHandle;
  await workers.one?.stop();
  // A history that other code could not have written.
  expect(await versioningOf(held)).toEqual([PINNED, 'b1']);
  await held.signal('a-knock');
  const ofFirst = async () =>
    (await listVersions(bench.client, bench.taskQueue)).find(({ build }) => build === 'b1');
  await vi.waitUntil(async () => (await ofFirst())?.stranded.includes(held.workflowId), {
    timeout: 60_000,
    interval: 500,
  });
  // Workers of another version ask its queue; the gateway counts those of its own.
  const temporal = temporalAt(server.address, 'default');
  const pollersOf = async (build: string | null) =>
    (await readQueue(temporal, { queue: bench.taskQueue, type: 'workflow', build })).pollers;
  expect(await pollersOf(null)).toBeGreaterThan(0);
  expect(await pollersOf('b2')).toBeGreaterThan(0);
  expect(await pollersOf('of-nobody')).toBe(0);
  await temporal.close();
  const guide = await readFile('docs/guide/deploying.md', 'utf8');
  const [, shown = ''] = /```sh\nnpx goalkeeper versions (.*)\n```/.exec(guide) ?? [];
  const list = await versions(...shown.split(' '));
  expect(list).toMatchObject({ code: 2, out: expect.stringContaining(`  ${held.workflowId}\n`) });
  expect(await ofFirst()).toMatchObject({ status: 'draining', pinned: 2, number: 2 });
  // A worker that asked for work a while ago, and has not since, is gone as well.
  const later = await listVersions(bench.client, bench.taskQueue, Date.now() + 120_000);
  expect(later.map(({ served }) => served)).toEqual(later.map(() => false));

  await expect(
    promote(bench.client, { deploymentName: bench.taskQueue, buildId: 'b9' }),
  ).rejects.toMatchObject({ code: 'version_unknown', message: expect.stringContaining('b2, b1') });
  expect(await versions('promote', 'b2')).toMatchObject({ code: 0, out: 'b2 is current\n' });
  await expect(movedRun(held.workflowId, join(HERE, 'one'), null, environment())).rejects.toMatchObject({
    code: 'version_differs',
  });
  const moved = await versions('move', held.workflowId, '--folder', join(HERE, 'two'), '--json');
  const [lease] = await leases();
  expect(JSON.parse(moved.out)).toMatchObject({ moved: [held.workflowId, lease], to: { buildId: 'b2' } });
  const decision: DecisionRequest = {
    step: 'go#1',
    decision: 'approve',
    by: 'ada',
    reason: null,
    verified: false,
  };
  await expect(drain(bench.client, b2, 0)).rejects.toMatchObject({ code: 'version_in_use' });
  await held.executeUpdate(updateNames.decide, { args: [decision] });
  expect(await codeOf(held)).toEqual({ code: 'two' });
});

test('an older version that is made current publishes again, and keeps its place when a newer one starts again', async () => {
  await workers.two?.stop();
  workers.one = await versioned('one', 'b1', 2);
  expect(await current()).toBe('b2');
  expect(await versions('promote', 'b1')).toMatchObject({ code: 0, out: 'b1 is current\n' });
  await vi.waitUntil(() => hasSchedule('of-one'), { timeout: 60_000 });
  workers.two = await versioned('two', 'b2', 9);
  expect(await current()).toBe('b1');
  expect((await publicationOf(bench.client, 'versioned-stays'))?.version).toBeGreaterThan(9);
});

test('a version is drained once nothing is pinned to it, and is removed once its workers are gone', async () => {
  expect(await drain(bench.client, b2, 60_000)).toBe(0);
  expect(await prune(bench.client, bench.taskQueue, false)).toEqual({
    removed: [],
    // Temporal lists workers for five minutes after they have gone.
    kept: expect.arrayContaining([{ build: 'b2', because: 'workers of it ask for work' }]),
  });
  const deploymentName = fresh('d');
  const { namespace } = bench.client.options;
  for (const buildId of ['c1', 'c2'])
    await bench.client.workflowService.setWorkerDeploymentCurrentVersion({
      ...{ namespace, deploymentName, buildId, version: `${deploymentName}.${buildId}` },
      // Makes a version that never had a worker.
      allowNoPollers: true,
    });
  await expect
    .poll(() => prune(bench.client, deploymentName, true), { timeout: 60_000, interval: 500 })
    .toMatchObject({ removed: ['c1'] });
  expect(await versions('prune', '--deployment', deploymentName)).toMatchObject({
    code: 0,
    out: 'removed c1\n',
  });
  const left = await deployments.describe(deploymentName);
  expect(left?.versions.map(({ buildId }) => buildId)).toEqual(['c2']);
});

test('where a controller alone may say which version is current, no worker does, and `promote` says who', async () => {
  const { namespace } = bench.client.options;
  await bench.client.workflowService.setWorkerDeploymentManager({
    ...{ namespace, identity: 'a-controller', deploymentName: bench.taskQueue, self: true },
  });
  await workers.two?.stop();
  workers.two = await versioned('two', 'b2', Number.MAX_SAFE_INTEGER);
  expect(await current()).toBe('b1');
  await expect(promote(bench.client, b2)).rejects.toMatchObject({
    code: 'version_in_use',
    message: expect.stringContaining('a-controller alone'),
  });
});

test('nothing of ours asks for an eager start, which would begin a run on whatever version asks', () => {
  const asking = [...readCode(['activities', 'gateway', 'process', 'workflows'])].filter(([, code]) =>
    /requestEager/i.test(code),
  );
  expect(asking.map(([file]) => file)).toEqual([]);
});

test('a version that Temporal does not come to know ends its start in words', async () => {
  const served: ServedVersion = {
    version: { deploymentName: bench.taskQueue, buildId: 'unknown' },
    mode: 'on',
    ...{ number: 1, code: '', queues: [], publish: () => Promise.resolve(1) },
  };
  const { signal } = new AbortController();
  await expect(serveVersion(deployments, served, null as never, signal, 200)).rejects.toMatchObject({
    code: 'version_unregistered',
  });
});
