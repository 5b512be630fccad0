// Preflight on a server of its own: open runs of one code, replayed by another.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Preflight } from '../../../activities/preflight/preflight.ts';
import { preflightTeam } from '../../../activities/preflight/preflight-team.ts';
import { registerSearchAttributes } from '../../../activities/search-attributes.ts';
import type { Goal } from '../../../goals/index.ts';
import { updateNames } from '../../../goals/wire/names.ts';
import { fresh, Workbench } from '../../engine/workbench.ts';
import { patchesIn } from '../../histories/patches-in.ts';
import { ownTemporal } from '../../temporal-address.ts';
import before, { asked, dropped, loaded } from './before/goals.ts';
import harmless from './harmless/goals.ts';
import { jobs, release } from './jobs.ts';
import swapped from './swapped/goals.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CLI = fileURLToPath(new URL('../../../cli/goalkeeper.js', import.meta.url));
const moduleOf = (name: string): string => join(HERE, name, 'goals.ts');
const ids = { loaded: fresh('k'), asked: fresh('k'), dropped: fresh('k') };
const input = (key: string) => ({ key, text: '' });
const runs = {
  loaded: `preflight-loaded:${ids.loaded}`,
  asked: `preflight-asked:${ids.asked}`,
  dropped: `preflight-dropped:${ids.dropped}`,
};
let address: string;
let bench: Workbench;

beforeAll(async () => {
  address = await ownTemporal();
  bench = await Workbench.open(address);
  await registerSearchAttributes(bench.client.connection as never, 'default');
  await bench.worker(moduleOf('before'), before, jobs);
  const handles = await Promise.all([
    bench.start(loaded, input(ids.loaded)),
    bench.start(dropped, input(ids.dropped)),
  ]);
  // Each is open at its second step, or its question.
  for (const handle of handles)
    await vi.waitUntil(
      async () => (await handle.describe()).historyLength >= (handle.workflowId === runs.loaded ? 10 : 5),
      { timeout: 60_000 },
    );
});
afterAll(async () => {
  release(ids.loaded);
  await bench.close();
});

async function goalkeeper(
  args: readonly string[],
  queue = bench.taskQueue,
  at = address,
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, 'preflight', ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: at, GOALKEEPER_TASK_QUEUE: queue },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, out, err };
}

const start = (name: string, goals: readonly Goal[], preflight: 'refuse' | 'warn') =>
  bench.worker(moduleOf(name), goals, jobs, bench.taskQueue, {}, { preflight });

const openedOf = async (run: string): Promise<number> =>
  Number((await bench.client.workflow.getHandle(run).describe()).historyLength);

test('the command reports the same to a pipeline: exit code 2, as JSON the runs, and what replay does not see', async () => {
  const { code, out, err } = await goalkeeper([join(HERE, 'swapped'), '--json']);
  // The report is all that it writes: what Temporal's SDK says of each miss is not there.
  expect([code, err]).toEqual([2, '']);
  const report = JSON.parse(out) as Preflight & { mends: string[]; unseen: string[] };
  expect(report.broken).toBe(2);
  expect(report.goals.find(({ goal }) => goal === 'preflight-loaded')).toMatchObject({
    ...{ open: 1, replayed: 1, broken: 1, stuckBefore: 0 },
    differences: [{ count: 1, runs: [{ id: runs.loaded }] }],
  });
  expect(report.goals.find(({ goal }) => goal === 'gk-standing-goal')).toMatchObject({
    ...{ queue: 'gk-system', open: 3, replayed: 3, broken: 0 },
  });
  expect(report.mends).toHaveLength(5);
  expect(report.unseen).toContain('a changed length of a sleep');
});

test('without a server, histories in a folder are replayed, with what lies in external storage', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gk-histories-'));
  const history = await bench.client.workflow.getHandle(runs.loaded).fetchHistory();
  const written = historyToJSON(history);
  // What `load-a` gave is larger.
  expect(written.length).toBeLessThan(200 * 1024);
  await writeFile(join(folder, 'run.json'), written);
  expect(await preflightTeam(join(HERE, 'swapped'), { histories: folder })).toMatchObject({
    ...{ replayed: 1, broken: 1 },
    goals: [{ goal: 'preflight-loaded', differences: [{ runs: [{ id: runs.loaded }] }] }],
  });
  const guide = await readFile('docs/guide/deploying.md', 'utf8');
  const [, shown = ''] = /<!-- run -->\n```sh\nnpx goalkeeper preflight (.*)\n```/.exec(guide) ?? [];
  const [{ code, out, err }, ofGuide] = await Promise.all([
    goalkeeper([join(HERE, 'harmless'), '--histories', folder]),
    goalkeeper(shown.split(' '), ''),
  ]);
  expect(ofGuide).toMatchObject({ code: 0, err: '' });
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('preflight-loaded: 1 open, all go on');
  await expect(preflightTeam(join(HERE, 'harmless'), { histories: HERE })).rejects.toMatchObject({
    code: 'histories_unreadable',
  });
});

test('code that would break open runs is refused before it takes a task or publishes, and says what and which', async () => {
  // Its code loops in the new bundle.
  const loops = await bench.start(asked, input(ids.asked));
  await vi.waitUntil(async () => (await loops.describe()).historyLength >= 5, { timeout: 60_000 });
  const published = (await bench.client.workflow.getHandle('gk-goal:preflight-loaded').describe())
    .historyLength;
  const lengths = await Promise.all(Object.values(runs).map(openedOf));
  const problem = await start('swapped', swapped, 'refuse').catch((error: unknown) => error);
  expect(problem).toMatchObject({ name: 'StartProblem', code: 'preflight_failed' });
  const { message } = problem as Error;
  expect(message).toContain('load-a#1 is what it did, and the code of now does load-b#1 in its place');
  expect(message).toContain("the code of now has no goal 'preflight-dropped'");
  expect(message).toContain('it loops');
  for (const run of Object.values(runs)) expect(message).toContain(run);
  expect(await Promise.all(Object.values(runs).map(openedOf))).toEqual(lengths);
  const after = (await bench.client.workflow.getHandle('gk-goal:preflight-loaded').describe()).historyLength;
  expect(after).toBe(published);
});

test('a harmless change passes, behind `patched` too, and the run goes on under both codes', async () => {
  await start('harmless', harmless, 'refuse');
  release(ids.loaded);
  const { run } = await bench.closed(bench.client.workflow.getHandle(runs.loaded));
  expect(run).toMatchObject({ outcome: 'achieved' });
});

test('with `warn` such code starts all the same, and once it serves it is not asked again', async () => {
  await bench.client.workflow.getHandle(runs.asked).terminate();
  await start('swapped', swapped, 'warn');
  await start('swapped', swapped, 'refuse');
  expect(await openedOf(runs.dropped)).toBeGreaterThan(0);
});

test('over a redeploy an open run stays on the old way of `patched`, and what starts then takes the new way', async () => {
  const queue = fresh('q');
  const worker = await bench.worker(moduleOf('before'), before, jobs, queue);
  const old = await bench.start(asked, input(fresh('k')), queue);
  const waits = (handle: typeof old) =>
    vi.waitUntil(async () => (await bench.story(handle)).run.waiting.length > 0, { timeout: 60_000 });
  await waits(old);
  await worker.stop();
  await bench.worker(moduleOf('harmless'), harmless, jobs, queue, {}, { preflight: 'refuse' });
  const young = await bench.start(asked, input(fresh('k')), queue);
  await waits(young);
  const { code, out } = await goalkeeper([join(HERE, 'harmless'), '--sample', '1'], queue);
  expect(out).toContain('preflight-asked: 1 of 2 open, all go on');
  expect(code).toBe(0);
  const folder = await mkdtemp(join(tmpdir(), 'gk-histories-'));
  for (const handle of [old, young]) {
    const decision = { step: 'go#1', decision: 'approve', by: 'ada', reason: null, verified: true };
    await handle.executeUpdate(updateNames.decide, { args: [decision] });
    await handle.result();
    const history = await handle.fetchHistory();
    await writeFile(join(folder, `${handle === old ? 'old' : 'young'}.json`), historyToJSON(history));
  }
  const paths = async (handle: typeof old) => (await bench.story(handle)).run.steps.map(({ path }) => path);
  expect(await paths(old)).toEqual(['go#1', 'load-c#1']);
  expect(await paths(young)).toEqual(['load-c#1', 'go#1']);
  const patches = async (name: string) =>
    patchesIn(JSON.parse(await readFile(join(folder, name), 'utf8'))).filter((id) => !id.startsWith('gk-'));
  expect([await patches('old.json'), await patches('young.json')]).toEqual([[], ['goal:load-first']]);
  expect(await preflightTeam(join(HERE, 'harmless'), { histories: folder })).toMatchObject({
    ...{ replayed: 2, broken: 0 },
  });
  // The team's plugins take part: by what this one adds neither run goes on.
  expect(await preflightTeam(join(HERE, 'with-plugins'), { histories: folder })).toMatchObject({
    ...{ replayed: 2, broken: 2 },
  });
  // Once the old way is gone from the code, only the run that went it breaks.
  expect(await preflightTeam(join(HERE, 'old-way-gone'), { histories: folder })).toMatchObject({
    ...{ replayed: 2, broken: 1 },
    goals: [{ differences: [{ runs: [{ id: old.workflowId }] }] }],
  });
});

test('a run that could not go on before is counted apart, in words too, and breaks no deploy', async () => {
  const queue = fresh('q');
  const worker = await bench.worker(moduleOf('before'), before, jobs, queue);
  const stuck = await bench.start(dropped, input(fresh('k')), queue);
  await vi.waitUntil(async () => (await bench.story(stuck)).run.waiting.length > 0, { timeout: 60_000 });
  await worker.stop();
  await bench.worker(moduleOf('swapped'), swapped, jobs, queue);
  await stuck.signal('anything, so that its code is asked');
  const failed = async () =>
    (await stuck.fetchHistory()).events?.some((event) => event.workflowTaskFailedEventAttributes) ?? false;
  await vi.waitUntil(failed, { timeout: 60_000 });
  const { code, out } = await goalkeeper([join(HERE, 'swapped')], queue);
  expect(out).toContain('preflight-dropped: 1 open, 0 would break, 1 could not go on before either');
  expect(code).toBe(0);
});

test('an exit code says that Temporal is away, and another that the folder is at fault', async () => {
  const [away, broken, unfit] = await Promise.all([
    goalkeeper([join(HERE, 'harmless'), '--json'], 'q', '127.0.0.1:1'),
    goalkeeper([join(HERE, 'nowhere')]),
    goalkeeper([join(HERE, 'harmless'), '--sample', '0']),
  ]);
  expect(away.code).toBe(4);
  expect(JSON.parse(away.out)).toMatchObject({ problem: { code: 'temporal_unreachable' } });
  expect([broken.code, broken.out]).toEqual([1, '']);
  expect(broken.err).toContain('nowhere');
  expect([unfit.code, unfit.err]).toEqual([1, expect.stringContaining('whole number')]);
});
