// What the engine does about keys and order: it looks before it acts, keeps what is fresh, tells Temporal the priority,
// and begins no step of a run that is held.

import { access, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { catalogueEntryId, memoNames, signalNames } from '../../../goals/wire/names.ts';
import { pauseSchema } from '../../../goals/wire/pause.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { stepwise } from './goals.ts';
import { jobs } from './jobs.ts';

const module = fileURLToPath(new URL('./goals.ts', import.meta.url));
const soon = { timeout: 60_000 };
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(module, goals, jobs);
  gateway = await gatewayAt(temporalAddress);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const newPath = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'keys-')), 'file');
const linesOf = async (path: string): Promise<number> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').length - 1;
const pursue = async (goal: string, input: object, more: object = {}) =>
  (await gateway.post(`/goals/${goal}/runs`, { input, ...more }, { prefer: 'wait=30' })).body;
const stepsOf = (run: { steps: { path: string }[] }) => run.steps.map(({ path }) => path);

describe('a goal that looks whether it is achieved already', () => {
  test('is achieved with no other step when it is, and says so', async () => {
    const path = await newPath();
    await writeFile(path, 'a\nb\nc\n');
    const run = await pursue('keys-looked', { key: fresh('k'), path });
    expect(run).toMatchObject({ outcome: 'achieved', already: true, output: { lines: 3 } });
    expect(run.criteria).toEqual([{ name: 'there are two lines', met: true, message: null }]);
    expect(stepsOf(run)).toEqual(['keys-count#1']);
    expect(await linesOf(path)).toBe(3);
  });

  test.each([
    ['there is nothing', null, 2],
    ['what there is does not meet the criteria', 'a\n', 3],
  ])('is pursued when %s', async (_, content, lines) => {
    const path = await newPath();
    if (content !== null) await writeFile(path, content);
    const run = await pursue('keys-looked', { key: fresh('k'), path });
    expect(run).toMatchObject({ outcome: 'achieved', output: { lines } });
    expect(run.already).toBeUndefined();
    expect(stepsOf(run)).toEqual(['keys-count#1', 'keys-append#1', 'keys-append#2']);
  });

  test('does not look when it is forced', async () => {
    const [path, key] = [await newPath(), fresh('k')];
    await pursue('keys-looked', { key, path });
    const run = await pursue('keys-looked', { key, path }, { force: true, by: 'ada', reason: 'again' });
    expect(run).toMatchObject({ outcome: 'achieved', output: { lines: 4 } });
    expect(run.why).toMatchObject({ kind: 'request', by: 'ada', reason: 'again', forced: true });
    expect(stepsOf(run)).toEqual(['keys-append#1', 'keys-append#2']);
  });
});

describe('a goal that another needs', () => {
  test('is kept while it is fresh, and pursued again by whoever needs it once it is stale', async () => {
    const [path, key] = [await newPath(), fresh('k')];
    await pursue('keys-refreshed', { key, path });
    const [first, second] = await Promise.all(
      ['a', 'b'].map((n) => pursue('keys-needy', { key, path: `${path}#${n}` })),
    );
    for (const run of [first, second]) expect(run.outcome).toBe('achieved');
    let n = 0;
    await expect
      .poll(async () => {
        const run = await pursue('keys-needy', { key, path: `${path}#later-${n++}` });
        return run.output.lines;
      }, soon)
      .toBeGreaterThan(1);
    const run = (await gateway.get(`/runs/keys-refreshed:${key}`)).body;
    expect(run.why).toMatchObject({ kind: 'goal', ref: expect.stringMatching(/^keys-needy:/) });
    expect(run.outcome).toBe('achieved');
  });
});

describe('priority and fairness', () => {
  test('of a run are those of its goal, also where another needs it, and its steps have them', async () => {
    const [path, key] = [await newPath(), fresh('k')];
    const parent = await pursue('keys-needy', { key, path });
    const priorityOf = async (id: string) =>
      (await bench.client.workflow.getHandle(id).describe()).raw.workflowExecutionInfo?.priority;
    expect(await priorityOf(parent.id)).toMatchObject({ priorityKey: 5 });
    expect(await priorityOf(`keys-refreshed:${key}`)).toMatchObject({
      priorityKey: 2,
      fairnessKey: key.slice(0, 64),
    });
  });
});

describe('a goal that is paused', () => {
  const pausedOf = async (goal: string) => {
    const { status, body } = await gateway.get('/goals');
    expect(status, JSON.stringify(body)).toBe(200);
    const { items } = body;
    return items.find((item: { goal: string }) => item.goal === goal).paused;
  };

  test('starts nothing, answers with what there is, and starts again after', async () => {
    const [path, key] = [await newPath(), fresh('k')];
    const done = await pursue('keys-looked', { key, path });
    const { status, body } = await gateway.post('/goals/keys-looked/pause', {
      by: 'ada',
      reason: 'the move',
    });
    expect(body.paused).toEqual({ by: 'ada', reason: 'the move', hold: false, at: expect.any(String) });
    // A worker that another test has killed may have it for some seconds.
    expect([200, 202]).toContain(status);
    expect(await pausedOf('keys-looked')).toEqual(body.paused);
    const refused = await gateway.post('/goals/keys-looked/runs', { input: { key: fresh('k'), path } });
    expect([refused.status, refused.body.code]).toEqual([409, 'goal_paused']);
    expect(refused.body.detail).toContain('by ada: the move');
    const again = await gateway.post('/goals/keys-looked/runs', { input: { key, path } });
    expect([again.status, again.body.execution]).toEqual([200, done.execution]);
    expect(
      (await gateway.post('/goals/keys-looked/runs', { input: { key, path }, force: true })).body.code,
    ).toBe('goal_paused');
    expect((await gateway.post('/goals/keys-looked/unpause', { by: 'bob' })).body.paused).toBeNull();
    expect(await pausedOf('keys-looked')).toBeNull();
    expect((await pursue('keys-looked', { key: fresh('k'), path })).outcome).toBe('achieved');
  });

  test('stays so when a newer version is published, and over a fresh history of what keeps it', async () => {
    const { paused } = (await gateway.post('/goals/keys-refreshed/pause', { reason: 'the move' })).body;
    const other = await bench.worker(module, goals, jobs);
    await other.stop();
    const handle = bench.client.workflow.getHandle(catalogueEntryId('keys-refreshed'));
    const { runId, memo: before } = await handle.describe();
    for (let i = 0; i < 500; i += 50)
      await Promise.all(Array.from({ length: 50 }, () => handle.signal(signalNames.retire, 1)));
    await expect.poll(async () => (await handle.describe()).runId, soon).not.toBe(runId);
    const { memo } = await handle.describe();
    expect(pauseSchema.parse(memo?.[memoNames.paused])).toEqual(paused);
    expect(memo?.[memoNames.publication]).toEqual(before?.[memoNames.publication]);
    // What the history knows, and not only its memo: the next change starts from it.
    await gateway.post('/goals/keys-refreshed/unpause');
    // Temporal has just taken five hundred signals.
    await expect.poll(() => pausedOf('keys-refreshed'), soon).toBeNull();
  });

  test('and held begins no new step of what is under way, until it goes on', async () => {
    const [path, gate] = [await newPath(), await newPath()];
    const handle = await bench.start(stepwise, { key: fresh('k'), path, gate });
    await expect.poll(async () => (await bench.story(handle)).run.steps.length, soon).toBe(1);
    await gateway.post('/goals/keys-stepwise/pause', { hold: true, by: 'ada', reason: 'the move' });
    await expect.poll(() => signals(handle.workflowId), soon).toContain(true);
    await writeFile(gate, 'open\n');
    await expect
      .poll(async () => (await bench.story(handle)).run.steps.map(({ state }) => state), soon)
      .toEqual(['succeeded']);
    // The task that the step's end made is done, and has led to nothing.
    await expect.poll(lastEvent(handle), soon).toBe('workflowTaskCompletedEventAttributes');
    await expect(access(path)).rejects.toThrow();
    await gateway.post('/goals/keys-stepwise/unpause');
    const { run, actions } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', output: { lines: 1 } });
    expect(actions).toMatchObject([{ kind: 'pause', by: 'ada', reason: 'the move' }]);
  });

  test('and held can be cancelled', async () => {
    const [path, gate] = [await newPath(), await newPath()];
    const handle = await bench.start(stepwise, { key: fresh('k'), path, gate });
    await gateway.post('/goals/keys-stepwise/pause', { hold: true });
    await expect.poll(() => signals(handle.workflowId), soon).toContain(true);
    await handle.cancel();
    expect((await bench.closed(handle)).run.outcome).toBe('cancelled');
    await gateway.post('/goals/keys-stepwise/unpause');
  });

  const lastEvent = (handle: WorkflowHandle) => async () => {
    const last = (await handle.fetchHistory()).events?.at(-1) ?? {};
    return Object.keys(last).find(
      (name) => name.endsWith('EventAttributes') && last[name as keyof typeof last],
    );
  };

  async function signals(id: string): Promise<unknown[]> {
    const { events } = await bench.client.workflow.getHandle(id).fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
      signal?.signalName === signalNames.hold
        ? [JSON.parse(Buffer.from(signal.input?.payloads?.[0]?.data ?? []).toString()).held]
        : [],
    );
  }
});

let workflowBundle: WorkflowBundleWithSourceMap;
const replays = Replayer.forThisFile(() => ({ workflowBundle }));

test('what looked, was held or pursued again can be replayed', async () => {
  workflowBundle = await bundleGoals(module);
  const ids = new Set(['keys-stepwise', 'keys-looked'].map(catalogueEntryId));
  for await (const { workflowId } of bench.client.workflow.list({
    query: `TaskQueue = '${bench.taskQueue}'`,
  }))
    ids.add(workflowId);
  expect(ids.size).toBeGreaterThan(10);
  for (const id of ids) await replays.replay(bench.client.workflow.getHandle(id));
}, 60_000);
