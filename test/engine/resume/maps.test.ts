// Going on after a map: what its items and shards did is kept, and what was lost is run, also once the goal is achieved
// without it. Through the gateway, on a real server.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Goal } from '../../../goals/index.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { looked, mapped } from './maps/goals.ts';
import { begun, jobs } from './maps/jobs.ts';

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resume-maps-'));
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  await bench.worker(fileURLToPath(new URL('./maps/goals.ts', import.meta.url)), goals, jobs);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

const resume = (id: string, body: object = {}) => gateway.post(`/runs/${id}/resume`, body);

async function closed(id: string) {
  await bench.client.workflow
    .getHandle(id)
    .result()
    .catch(() => undefined);
  return (await gateway.get(`/runs/${id}`)).body;
}

async function pursued(goal: Goal, input: object) {
  const { status, body } = await gateway.post(`/goals/${goal.name}/runs`, {
    input: { key: fresh('k'), ...input },
  });
  expect(status, JSON.stringify(body)).toBe(202);
  return closed(body.id);
}

async function resumed(id: string, body: object = {}) {
  const { status, body: answer } = await resume(id, body);
  // 200 when it has ended by then.
  expect([200, 202], JSON.stringify(answer)).toContain(status);
  return closed(id);
}

/** What the jobs of a run began since `mark` was made. */
const mark = (id: string): number => begun.get(id)?.length ?? 0;
const begunSince = (id: string, from: number): string[] => (begun.get(id) ?? []).slice(from).sort();

test('a result that is supplied after a map of large inputs takes the place of no shard: no item runs again', {
  timeout: 180_000,
}, async () => {
  const count = 200;
  const there = join(folder, fresh('there'));
  const old = await pursued(mapped, { count, padding: 60_000, last: `later:${there}` });
  expect(old).toMatchObject({
    outcome: 'failed',
    failure: { code: 'not_yet', path: ['resume-sum#2'] },
    steps: [{ path: 'map#1', state: 'succeeded', map: { total: count, done: count } }, {}, {}],
  });
  expect(begun.get(old.id)).toHaveLength(count + 2);
  const supply = [{ step: 'resume-sum#2', output: { of: 7 } }];
  const { body: plan } = await resume(old.id, { supply, dryRun: true });
  expect(plan).toMatchObject({ supplied: [{ step: 'resume-sum#2' }], again: [], repeats: [] });
  const shards = plan.kept.filter(({ name }: { name: string }) => name === 'map of resume-item');
  expect(shards).toEqual([1, 2].map(() => ({ step: null, ...shards[0] })));
  const from = mark(old.id);
  const run = await resumed(old.id, { supply });
  expect(run).toMatchObject({
    outcome: 'achieved',
    output: { done: 7, lost: 0 },
    steps: [
      { path: 'map#1', state: 'succeeded', map: { total: count, done: count, lost: 0 } },
      { path: 'resume-sum#1', kept: { supplied: false } },
      { path: 'resume-sum#2', kept: { supplied: true } },
    ],
  });
  expect(begunSince(old.id, from)).toEqual([]);
});

describe('a run that is achieved though items of its map were lost', () => {
  /** Two items of forty are lost, until a file is there. */
  async function achievedWithLosses(goal: Goal = mapped) {
    const [file, there] = [join(folder, fresh('file')), join(folder, fresh('there'))];
    const scripts = { 3: `later:${file}`, 30: `later:${file}` };
    const run = await pursued(goal, { count: 40, scripts, tolerate: 2, there });
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { done: 38, lost: 2 },
      errors: { handled: 2 },
    });
    return { run, mend: () => writeFile(file, ''), there };
  }

  test('goes on: the lost items run, and what their results change; all else is kept', async () => {
    const { run: old, mend } = await achievedWithLosses();
    await mend();
    const from = mark(old.id);
    const run = await resumed(old.id, { reason: 'the files are there', by: 'ada' });
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { done: 40, lost: 0 },
      why: { kind: 'resume', by: 'ada', ref: old.execution, forced: true },
      resumes: { execution: old.execution, outcome: 'achieved', failure: null, seeded: true },
    });
    expect(run.execution).not.toBe(old.execution);
    const map = run.steps.find(({ path }: { path: string }) => path === 'map#1');
    expect(map).toMatchObject({ state: 'succeeded', map: { total: 40, done: 40, lost: 0, lostItems: [] } });
    expect(begunSince(old.id, from)).toEqual(['item 3', 'item 30', 'sum 40']);
    const { body: record } = await gateway.get(`/runs/${old.id}/record`);
    expect(record).toMatchObject({
      intention: { resumes: { execution: old.execution, outcome: 'achieved' } },
      actions: [{ kind: 'resume', by: 'ada' }],
    });
    // Nothing is lost any more.
    const done = await resume(old.id, { execution: run.execution });
    expect([done.status, done.body.code]).toEqual([409, 'run_achieved']);
  });

  test('tells in its plan which items those are, and starts nothing', async () => {
    const { run: old } = await achievedWithLosses();
    const from = mark(old.id);
    const { status, body: plan } = await resume(old.id, { dryRun: true });
    expect(status).toBe(200);
    const lost = ['map#1/resume-item#4', 'map#1/resume-item#31'];
    const kept = plan.kept.map(({ step }: { step: string }) => step);
    expect(kept).toHaveLength(40);
    expect(kept).toEqual(expect.arrayContaining(['map#1/resume-item#1', 'resume-sum#1', 'resume-sum#2']));
    expect(plan).toMatchObject({
      ...{ run: old.id, execution: old.execution, supplied: [] },
      again: [
        { step: 'map#1', kind: 'map', state: 'succeeded' },
        ...lost.map((step) => ({ step, kind: 'job', name: 'resume-item', state: 'failed', attempts: 1 })),
      ],
      repeats: lost.map((step) => ({ step, kind: 'job', name: 'resume-item', attempts: 1 })),
    });
    expect((await gateway.get(`/runs/${old.id}`)).body.execution).toBe(old.execution);
    expect(begunSince(old.id, from)).toEqual([]);
  });

  test('takes a result that is supplied for a lost item', async () => {
    const { run: old, mend } = await achievedWithLosses();
    await mend();
    const from = mark(old.id);
    const run = await resumed(old.id, { supply: [{ step: 'map#1/resume-item#4', output: { n: 3 } }] });
    expect(run).toMatchObject({ outcome: 'achieved', output: { done: 40, lost: 0 } });
    expect(begunSince(old.id, from)).toEqual(['item 30', 'sum 40']);
  });

  test('goes on once, however often that is asked; its losses may stay', async () => {
    const { run: old } = await achievedWithLosses();
    const from = mark(old.id);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => resume(old.id, { execution: old.execution })),
    );
    const executions = new Set(answers.map(({ body }) => body.execution));
    expect(executions.size).toBe(1);
    expect(executions).not.toContain(old.execution);
    const run = await closed(old.id);
    expect(run).toMatchObject({ outcome: 'achieved', output: { done: 38, lost: 2 } });
    expect(begunSince(old.id, from)).toEqual(['item 3', 'item 30']);
    const repeated = await resume(old.id, { execution: old.execution });
    expect([repeated.status, repeated.body.execution]).toEqual([200, run.execution]);
    // Sent again it must not start another; from there it goes on only when that is said.
    const vague = await resume(old.id);
    expect([vague.status, vague.body.code]).toEqual([409, 'execution_needed']);
    expect((await resume(old.id, { execution: run.execution, dryRun: true })).status).toBe(200);
  });

  test('keeps what its shards did, however often it goes on', { timeout: 180_000 }, async () => {
    const file = join(folder, fresh('file'));
    const input = { count: 200, padding: 60_000, scripts: { 190: `later:${file}` }, tolerate: 1 };
    const old = await pursued(mapped, input);
    expect(old).toMatchObject({ outcome: 'achieved', output: { done: 199, lost: 1 } });
    let from = mark(old.id);
    const again = await resumed(old.id);
    expect(again).toMatchObject({ outcome: 'achieved', output: { done: 199, lost: 1 } });
    expect(begunSince(old.id, from)).toEqual(['item 190']);
    await writeFile(file, '');
    from = mark(old.id);
    const supply = [{ step: 'resume-sum#1', output: { of: 100 } }];
    const run = await resumed(old.id, { execution: again.execution, supply });
    expect(run).toMatchObject({ outcome: 'achieved', output: { done: 100, lost: 0 } });
    expect(begunSince(old.id, from)).toEqual(['item 190', 'sum 100']);
  });

  test('goes on though its goal would find the outcome there already', async () => {
    const { run: old, mend, there } = await achievedWithLosses(looked);
    await mend();
    await writeFile(there, '');
    const from = mark(old.id);
    expect(await resumed(old.id)).toMatchObject({ outcome: 'achieved', output: { done: 40, lost: 0 } });
    expect(begunSince(old.id, from)).toEqual(['item 3', 'item 30', 'sum 40']);
  });
});
