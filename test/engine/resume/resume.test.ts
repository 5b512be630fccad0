// Going on from a failure, through the gateway, on a real server. What ran is told by the jobs'
// own file, not by the engine.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningWorker } from '../../../activities/worker.ts';
import type { Goal } from '../../../goals/index.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { fan, line, needy, timed, twoWays } from './goals.ts';
import { jobs } from './jobs.ts';
import mendedGoals, { after } from './mended/after.ts';
import brokenGoals, { before } from './mended/before.ts';

const pathOf = (module: string): string => fileURLToPath(new URL(module, import.meta.url));
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let worker: RunningWorker;
let folder: string;

const startWorker = () => bench.worker(pathOf('./goals.ts'), goals, jobs);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resume-'));
  process.env.ATTEMPTS_FILE = join(folder, 'attempts');
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  worker = await startWorker();
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

/** A gate that a step waits at: open, it succeeds; shut, it fails for good. */
function gate() {
  const file = join(folder, fresh('gate'));
  return {
    script: `gate:${file}`,
    open: () => writeFile(file, ''),
    shut: () => writeFile(`${file}.shut`, ''),
    takeAway: () => rm(`${file}.shut`),
  };
}
async function shutGate() {
  const made = gate();
  await made.shut();
  return made;
}

const ok = (label: string) => ({ label, script: 'ok' });

/** What the jobs wrote: `label began` and `label succeeded`, of these runs. */
async function told(...runs: string[]): Promise<string[]> {
  const lines = (await readFile(process.env.ATTEMPTS_FILE as string, 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((text) => {
    const [run = '', label, what] = text.split(' ');
    return runs.includes(run) ? [`${label} ${what}`] : [];
  });
}

/** The idempotency keys with which the step of a label began. */
async function keysOf(run: string, label: string): Promise<Set<string | undefined>> {
  const lines = (await readFile(process.env.ATTEMPTS_FILE as string, 'utf8')).split('\n');
  const began = lines.filter((text) => text.startsWith(`${run} ${label} began `));
  return new Set(began.map((text) => text.split(' ').at(-1)));
}

const timesOf = (lines: string[], what: string): number => lines.filter((text) => text === what).length;

/** The gateway may know for some seconds the queue only on which nobody serves the goal any more. */
const isServedBy = (other: Workbench): Promise<unknown> =>
  expect
    .poll(async () => (await gateway.get(`/goals/${before.name}`)).body.deployment, { timeout: 60_000 })
    .toBe(other.taskQueue);

async function failedRun(goal: Goal, input: { key: string }) {
  const { body } = await gateway.post(`/goals/${goal.name}/runs`, { input }, { prefer: 'wait=30' });
  expect(body.outcome, JSON.stringify(body)).toBe('failed');
  return body;
}

const resume = (id: string, body: object = {}) => gateway.post(`/runs/${id}/resume`, body);

async function closed(id: string) {
  await bench.client.workflow
    .getHandle(id)
    .result()
    .catch(() => undefined);
  return (await gateway.get(`/runs/${id}`)).body;
}

async function resumed(id: string, body: object = {}) {
  const { status, body: answer } = await resume(id, body);
  expect(status, JSON.stringify(answer)).toBe(202);
  return closed(id);
}

const stepsOf = (run: { steps: { path: string; state: string; kept: unknown }[] }) =>
  run.steps.map(({ path, state, kept }) => `${path} ${state}${kept === null ? '' : ' kept'}`);

describe('a run that goes on from its failure', () => {
  test('runs only what had not succeeded, and its view tells the failure, the resume and the outcome', async () => {
    const third = await shutGate();
    const acts = [ok('one'), ok('two'), { label: 'three', script: third.script }, ok('four')];
    const old = await failedRun(line, { key: fresh('k'), ...{ acts } });
    await third.open();
    const run = await resumed(old.id, { reason: 'the gate is mended', by: 'ada' });
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { labels: ['one', 'two', 'three', 'four'] },
      why: { kind: 'resume', by: 'ada', reason: 'the gate is mended', ref: old.execution },
      resumes: {
        ...{ execution: old.execution, outcome: 'failed', by: 'ada', reason: 'the gate is mended' },
        ...{ at: run.why.at, seeded: true, excluded: [], supplied: [] },
        failure: { kind: 'job', code: 'gate_shut', path: ['act#3'] },
      },
    });
    expect(run.execution).not.toBe(old.execution);
    const { body: record } = await gateway.get(`/runs/${run.id}/record`);
    expect(record).toMatchObject({
      intention: { why: { kind: 'resume' }, resumes: { execution: old.execution, seeded: true } },
      actions: [{ kind: 'resume', at: run.why.at, by: 'ada', reason: 'the gate is mended', name: null }],
    });
    expect(stepsOf(run)).toEqual([
      'act#1 succeeded kept',
      'act#2 succeeded kept',
      'act#3 succeeded',
      'act#4 succeeded',
    ]);
    expect(run.steps[0]).toMatchObject({
      name: 'act',
      attempts: 0,
      kept: { from: old.execution, supplied: false },
    });
    expect(await told(old.id)).toEqual([
      ...['one began', 'one succeeded', 'two began', 'two succeeded', 'three began'],
      ...['three began', 'three succeeded', 'four began', 'four succeeded'],
    ]);
    expect((await keysOf(old.id, 'three')).size).toBe(1);
    const then = (await gateway.get(`/runs/${old.id}?execution=${old.execution}`)).body;
    expect(then).toMatchObject({ outcome: 'failed', resumes: null, failure: { code: 'gate_shut' } });
  });

  // kept-results.1
  test('keeps the successes of parallel siblings, nth use for nth success, and runs those torn down', async () => {
    const [stuck, slow] = [gate(), gate()];
    const acts = [
      ok('same'),
      { label: 'stuck', script: stuck.script },
      ok('same'),
      { label: 'slow', script: slow.script },
    ];
    const key = fresh('k');
    const id = `${fan.name}:${key}`;
    await gateway.post(`/goals/${fan.name}/runs`, { input: { key, acts } });
    await expect
      .poll(async () => stepsOf((await gateway.get(`/runs/${id}`)).body), { timeout: 60_000 })
      .toEqual(['act#1 succeeded', 'act#2 running', 'act#3 succeeded', 'act#4 running']);
    await stuck.shut();
    const old = await closed(id);
    expect(stepsOf(old)).toEqual(['act#1 succeeded', 'act#2 failed', 'act#3 succeeded', 'act#4 cancelled']);
    await Promise.all([stuck.open(), slow.open()]);
    const run = await resumed(id);
    expect(run).toMatchObject({ outcome: 'achieved', output: { labels: ['same', 'stuck', 'same', 'slow'] } });
    expect(stepsOf(run)).toEqual([
      ...['act#1 succeeded kept', 'act#2 succeeded', 'act#3 succeeded kept', 'act#4 succeeded'],
    ]);
    const lines = await told(id);
    expect(timesOf(lines, 'same began')).toBe(2);
    expect(['stuck succeeded', 'slow succeeded'].map((what) => timesOf(lines, what))).toEqual([1, 1]);
  });

  test('runs a second use of a job with the same input when only the first had succeeded', async () => {
    const between = await shutGate();
    const acts = [ok('same'), { label: 'between', script: between.script }, ok('same')];
    const old = await failedRun(line, { key: fresh('k'), ...{ acts } });
    await between.open();
    const run = await resumed(old.id);
    expect(stepsOf(run)).toEqual(['act#1 succeeded kept', 'act#2 succeeded', 'act#3 succeeded']);
    expect(timesOf(await told(old.id), 'same began')).toBe(2);
  });

  test('has the goals that it needs go on likewise: the achieved is reused, the failed keeps what it had', async () => {
    const inner = await shutGate();
    const key = fresh('k');
    const input = {
      ...{ key, own: ok('own'), one: [ok('one-a'), ok('one-b')] },
      other: [ok('other-a'), { label: 'other-b', script: inner.script }],
    };
    const old = await failedRun(needy, input);
    expect(old.failure).toMatchObject({ kind: 'dependency', code: 'gate_shut' });
    const [one, other] = [`${line.name}:${key}-one`, `${fan.name}:${key}-other`];
    const oldOther = (await gateway.get(`/runs/${other}`)).body;
    const wasKept = stepsOf(oldOther)[0] === 'act#1 succeeded';
    await inner.open();
    const run = await resumed(old.id);
    expect(run).toMatchObject({ outcome: 'achieved' });
    expect(run.output.labels).toEqual(['own', 'one-a', 'one-b', 'other-a', 'other-b']);
    expect((await gateway.get(`/runs/${other}`)).body).toMatchObject({
      outcome: 'achieved',
      why: { kind: 'goal', ref: old.id },
      resumes: { execution: oldOther.execution, failure: { code: 'gate_shut' } },
    });
    const lines = await told(old.id, one, other);
    expect(['own began', 'one-a began', 'one-b began'].map((what) => timesOf(lines, what))).toEqual([
      1, 1, 1,
    ]);
    // Its sibling's failure may have torn it down before it had succeeded.
    expect(timesOf(lines, 'other-a succeeded')).toBe(1);
    if (wasKept) expect(timesOf(lines, 'other-a began')).toBe(1);
  });

  test('takes no result that is supplied for a job that the goal does not have any more', async () => {
    const other = await Workbench.open();
    const path = pathOf('./mended/before.ts');
    const broken = await other.worker(path, brokenGoals, jobs);
    await isServedBy(other);
    const old = await failedRun(before, { key: fresh('k'), ...{ acts: [ok('a')] } });
    const supply = [{ step: 'act#1', output: { label: 'by hand' } }];
    expect((await resume(old.id, { dryRun: true, supply })).status).toBe(200);
    await broken.stop();
    await other.worker(path, [{ ...before, jobs: [] } as unknown as Goal], jobs);
    const refused = {
      ...{ status: 422, code: 'body_invalid' },
      errors: [{ path: 'supply.0.step', message: 'is of a job that the goal does not have any more' }],
    };
    // A gateway may know of the goal as it is now a few seconds late; a dry run starts nothing until then.
    await expect
      .poll(async () => (await resume(old.id, { dryRun: true, supply })).body, { timeout: 60_000 })
      .toMatchObject(refused);
    expect((await resume(old.id, { supply })).body).toMatchObject(refused);
    expect((await gateway.get(`/runs/${old.id}`)).body.execution).toBe(old.execution);
    await other.close();
  });

  test('is sound when the code of the goal was mended: what matches is kept, what does not simply runs', async () => {
    const other = await Workbench.open();
    const broken = await other.worker(pathOf('./mended/before.ts'), brokenGoals, jobs);
    await isServedBy(other);
    const acts = [ok('a'), ok('twice'), ok('changed'), ok('twice')];
    const old = await failedRun(before, { key: fresh('k'), ...{ acts } });
    expect(old.failure).toMatchObject({ kind: 'code' });
    expect((await resume(old.id, { dryRun: true })).body.code).toMatchObject({ changed: false });
    await broken.stop();
    await other.worker(pathOf('./mended/after.ts'), mendedGoals, jobs);
    await expect
      .poll(async () => (await resume(old.id, { dryRun: true })).body.code.changed, { timeout: 60_000 })
      .toBe(true);
    const run = await resumed(old.id);
    expect(run).toMatchObject({
      goal: after.name,
      outcome: 'achieved',
      output: { labels: ['added', 'twice', 'changed-since', 'twice', 'a'] },
    });
    expect(stepsOf(run)).toEqual([
      ...['act#1 succeeded', 'act#2 succeeded kept', 'act#3 succeeded', 'act#4 succeeded kept'],
      'act#5 succeeded kept',
    ]);
    const began = (await told(old.id)).filter((text) => text.endsWith('began'));
    const labels = ['a', 'twice', 'changed', 'twice', 'added', 'changed-since'];
    expect(began).toEqual(labels.map((label) => `${label} began`));
    // Both were the first step of their execution.
    expect(await keysOf(old.id, 'added')).not.toEqual(await keysOf(old.id, 'a'));
    await other.close();
  });

  test('carries more results than one message of Temporal may hold', async () => {
    const last = await shutGate();
    const big = Array.from({ length: 12 }, (_, i) => ({ label: `big-${i}`, script: 'big:500000' }));
    const old = await failedRun(line, {
      key: fresh('k'),
      ...{ acts: [...big, { label: 'last', script: last.script }] },
    });
    await last.open();
    const run = await resumed(old.id);
    expect(run.outcome).toBe('achieved');
    expect(stepsOf(run).filter((text) => text.endsWith('kept'))).toHaveLength(12);
    const lines = await told(old.id);
    expect(lines.filter((text) => text.startsWith('big') && text.endsWith('began'))).toHaveLength(12);
  });

  // kept-results.2
  test('may go on again, and keeps what both had; of one that never began to work as well', async () => {
    const [second, third] = [await shutGate(), await shutGate()];
    const acts = [
      ok('one'),
      { label: 'two', script: second.script },
      { label: 'three', script: third.script },
      ok('four'),
    ];
    const first = await failedRun(line, { key: fresh('k'), ...{ acts } });
    await second.open();
    const again = await resumed(first.id);
    expect(again).toMatchObject({ outcome: 'failed', failure: { path: ['act#3'] } });

    await worker.stop();
    const stillborn = await resume(first.id, { execution: again.execution });
    expect(stillborn.status).toBe(202);
    await bench.client.workflow.getHandle(first.id).terminate('a test');
    await third.open();
    const begun = await resume(first.id, { execution: stillborn.body.execution, reason: 'third' });
    expect(begun.status).toBe(202);
    worker = await startWorker();
    const run = await closed(first.id);
    expect(run).toMatchObject({
      outcome: 'achieved',
      resumes: { execution: stillborn.body.execution, failure: { kind: 'engine', code: 'terminated' } },
    });
    expect(run.steps.map(({ kept }: { kept: { from: string } | null }) => kept?.from ?? null)).toEqual([
      ...[first.execution, again.execution, null, null],
    ]);
    const began = (await told(first.id)).filter((text) => text.endsWith('began'));
    expect(began).toEqual([
      ...['one began', 'two began', 'two began', 'three began', 'three began', 'four began'],
    ]);
  });
});

test('a run that missed its deadline goes on with all of its time, from the step that was torn down', async () => {
  const second = gate();
  const acts = [ok('one'), { label: 'two', script: second.script }];
  const old = await failedRun(timed, { key: fresh('k'), ...{ acts } });
  expect(old.failure).toMatchObject({ kind: 'deadline', path: ['act#2'] });
  await second.open();
  const run = await resumed(old.id);
  expect(run).toMatchObject({ outcome: 'achieved', resumes: { failure: { kind: 'deadline' } } });
  expect(Date.parse(run.deadline) - Date.parse(run.startedAt)).toBeGreaterThanOrEqual(3000);
  expect(timesOf(await told(old.id), 'one began')).toBe(1);
});

test('a run whose earlier history is gone fails, rather than to do everything again unasked', async () => {
  const input = { key: fresh('k'), acts: [ok('one')] };
  const resumeOf = {
    from: crypto.randomUUID(),
    outcome: 'failed',
    failure: null,
    seed: true,
    exclude: [],
    supply: [],
  };
  const handle = await bench.client.workflow.start(line.name, {
    ...{ workflowId: `${line.name}:${input.key}`, taskQueue: bench.taskQueue, args: [input, resumeOf] },
  });
  const run = await closed(handle.workflowId);
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'engine', code: 'resume_unreadable' } });
  expect(await told(handle.workflowId)).toEqual([]);
  // As the failure says, it can be begun anew, and in no other way.
  const { execution } = run;
  const refused = await resume(run.id, { execution });
  expect([refused.status, refused.body.code]).toEqual([409, 'resume_unreadable']);
  const anew = await resume(run.id, { execution, fromScratch: true });
  expect([anew.status, anew.body.code]).toEqual([202, undefined]);
  expect(await closed(run.id)).toMatchObject({ outcome: 'achieved' });
});

describe('POST /runs/{id}/resume', () => {
  async function failedInTheMiddle() {
    const middle = await shutGate();
    const acts = [ok('one'), ok('two'), { label: 'three', script: middle.script }, ok('four')];
    const old = await failedRun(line, { key: fresh('k'), ...{ acts } });
    return { old, middle };
  }

  test('with dryRun says what is kept, what runs again and what that repeats, and starts nothing', async () => {
    const { old } = await failedInTheMiddle();
    const { status, body } = await resume(old.id, { dryRun: true });
    expect([status, body]).toEqual([
      200,
      {
        ...{ run: old.id, execution: old.execution },
        kept: [
          { step: 'act#1', kind: 'job', name: 'act', from: old.execution },
          { step: 'act#2', kind: 'job', name: 'act', from: old.execution },
        ],
        supplied: [],
        unused: [],
        again: [{ step: 'act#3', kind: 'job', name: 'act', state: 'failed', attempts: 1 }],
        repeats: [{ step: 'act#3', kind: 'job', name: 'act', attempts: 1 }],
        code: { before: expect.any(String), now: expect.any(String), changed: false },
      },
    ]);
    const changed = await resume(old.id, {
      ...{ dryRun: true, exclude: ['act#1'] },
      supply: [{ step: 'act#3', output: { label: 'by hand' } }],
    });
    expect(changed.body).toMatchObject({
      kept: [{ step: 'act#2' }],
      supplied: [{ step: 'act#3', kind: 'job', name: 'act' }],
      again: [{ step: 'act#1', state: 'succeeded', attempts: 1 }],
      repeats: [{ step: 'act#1' }],
    });
    const scratch = await resume(old.id, { dryRun: true, fromScratch: true });
    expect(scratch.body.kept).toEqual([]);
    expect(scratch.body.repeats).toHaveLength(3);
    expect((await gateway.get(`/runs/${old.id}`)).body.execution).toBe(old.execution);
    expect(await told(old.id)).toHaveLength(5);
  });

  test('with fromScratch runs everything again', async () => {
    const { old, middle } = await failedInTheMiddle();
    await middle.open();
    const run = await resumed(old.id, { fromScratch: true });
    expect(run).toMatchObject({ outcome: 'achieved', resumes: { execution: old.execution, seeded: false } });
    expect(run.steps.every(({ kept }: { kept: unknown }) => kept === null)).toBe(true);
    const lines = await told(old.id);
    expect(['one began', 'two began', 'three began'].map((what) => timesOf(lines, what))).toEqual([2, 2, 2]);
  });

  test('runs an excluded step again, and takes a supplied result for one that failed', async () => {
    const { old } = await failedInTheMiddle();
    const run = await resumed(old.id, {
      ...{ exclude: ['act#1'], supply: [{ step: 'act#3', output: { label: 'by hand' } }] },
    });
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { labels: ['one', 'two', 'by hand', 'four'] },
      resumes: { excluded: ['act#1'], supplied: ['act#3'] },
    });
    expect(stepsOf(run)).toEqual([
      ...['act#1 succeeded', 'act#2 succeeded kept', 'act#3 succeeded kept', 'act#4 succeeded'],
    ]);
    expect(run.steps[2].kept).toEqual({ from: old.execution, supplied: true });
    const lines = await told(old.id);
    expect(['one began', 'two began', 'three began'].map((what) => timesOf(lines, what))).toEqual([2, 1, 1]);
  });

  test('takes no step that is not there, and no result that does not fit the job', async () => {
    const { old } = await failedInTheMiddle();
    const { status, body } = await resume(old.id, {
      exclude: ['act#9', 'act#1'],
      supply: [
        { step: 'act#8', output: {} },
        { step: 'act#3', output: { label: 5 } },
        { step: 'act#1', output: { label: 'one' } },
      ],
    });
    expect([status, body.code]).toEqual([422, 'body_invalid']);
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual([
      ...['exclude.0', 'supply.0.step', 'supply.1.output.label', 'supply.2.step'],
    ]);
    for (const wrong of [{ execution: 'latest' }, { seed: true }, { supply: [{ step: 'act#3' }] }])
      expect((await resume(old.id, wrong)).status).toBe(422);
    expect((await gateway.get(`/runs/${old.id}`)).body.execution).toBe(old.execution);
  });

  test('asked twenty times at once starts one execution', async () => {
    const { old, middle } = await failedInTheMiddle();
    await middle.takeAway();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => resume(old.id, i % 2 ? {} : { execution: old.execution })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.execution)).size).toBe(1);
    await middle.open();
    expect(await closed(old.id)).toMatchObject({ outcome: 'achieved' });
    const lines = await told(old.id);
    expect(['one began', 'three began', 'four began'].map((what) => timesOf(lines, what))).toEqual([1, 2, 1]);
    expect((await resume(old.id, { execution: old.execution })).body).toMatchObject({ outcome: 'achieved' });
  });

  test('repeated after the resumed run has failed too starts nothing, unless that newer execution is meant', async () => {
    const { old, middle } = await failedInTheMiddle();
    const newer = await resumed(old.id, { execution: old.execution });
    expect(newer).toMatchObject({ outcome: 'failed', why: { kind: 'resume' } });
    const repeated = await resume(old.id, { execution: old.execution });
    expect([repeated.status, repeated.body.execution]).toEqual([200, newer.execution]);
    const vague = await resume(old.id);
    expect([vague.status, vague.body.code, vague.body.execution]).toEqual([
      ...[409, 'execution_needed', newer.execution],
    ]);
    expect((await gateway.get(`/runs/${old.id}`)).body.execution).toBe(newer.execution);
    await middle.open();
    expect(await resumed(old.id, { execution: newer.execution })).toMatchObject({ outcome: 'achieved' });
    const late = await resume(old.id, { execution: old.execution });
    expect([late.status, late.body.code]).toEqual([409, 'execution_superseded']);
  });

  test('goes on from a cancelled run', async () => {
    const second = gate();
    const key = fresh('k');
    const id = `${line.name}:${key}`;
    const acts = [ok('one'), { label: 'two', script: second.script }];
    await gateway.post(`/goals/${line.name}/runs`, { input: { key, acts } });
    await expect.poll(() => told(id), { timeout: 60_000 }).toContain('two began');
    await gateway.post(`/runs/${id}/cancel`, {});
    expect(await closed(id)).toMatchObject({ outcome: 'cancelled' });
    await second.open();
    const run = await resumed(id);
    expect(run).toMatchObject({ outcome: 'achieved', resumes: { outcome: 'cancelled', failure: null } });
    expect(timesOf(await told(id), 'one began')).toBe(1);
  });

  test('refuses a run that is under way, achieved or unknown', async () => {
    const wait = gate();
    const key = fresh('k');
    const id = `${line.name}:${key}`;
    const input = { key, acts: [{ label: 'one', script: wait.script }] };
    await gateway.post(`/goals/${line.name}/runs`, { input });
    for (const body of [{}, { dryRun: true }]) {
      const open = await resume(id, body);
      expect([open.status, open.body.code]).toEqual([409, 'run_open']);
    }
    await wait.open();
    await closed(id);
    const done = await resume(id);
    expect([done.status, done.body.code]).toEqual([409, 'run_achieved']);
    expect((await resume(`${line.name}:${fresh('nobody')}`)).status).toBe(404);
  });

  test('keeps what a goal that copes had done on its second way', async () => {
    const last = await shutGate();
    const shut = await shutGate();
    const input = {
      ...{ key: fresh('k'), first: { label: 'first', script: shut.script }, second: ok('second') },
      last: { label: 'last', script: last.script },
    };
    const old = await failedRun(twoWays, input);
    await last.open();
    const run = await resumed(old.id);
    expect(run).toMatchObject({ outcome: 'achieved', output: { labels: ['second', 'last'] } });
    expect(stepsOf(run)).toEqual(['act#1 failed', 'act#2 succeeded kept', 'act#3 succeeded']);
    expect(timesOf(await told(old.id), 'second began')).toBe(1);
  });
});
