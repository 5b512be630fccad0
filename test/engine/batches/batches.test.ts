import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { DirectoryDriver } from '../../../activities/storage/directory-driver.ts';
import { defaultDirectory, storageOf } from '../../../activities/storage/storage.ts';
import type { Goal } from '../../../goals/index.ts';
import { runStart } from '../../../goals/wire/run-start.ts';
import { value } from '../../../views/payload.ts';
import type { RunStory } from '../../../views/run-view.ts';
import { ChildWorker } from '../child-worker.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { fan, fanStrictly, many, rows } from './goals.ts';
import { begun, jobs } from './jobs.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const goalsModule = join(folder, 'goals.ts');
let bench: Workbench;
let bundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(goalsModule, goals, jobs);
  bundle = await bundleGoals(goalsModule);
});
afterAll(() => bench?.close());

const until = { timeout: 60_000, interval: 50 };
const times = <T>(n: number, what: T): T[] => Array.from({ length: n }, () => what);
const eventsOf = async (handle: WorkflowHandle) => (await handle.fetchHistory()).events ?? [];
const activitiesOf = async (handle: WorkflowHandle) =>
  (await eventsOf(handle)).flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
    scheduled
      ? [
          {
            id: scheduled.activityId,
            type: scheduled.activityType?.name,
            summary: value(userMetadata?.summary),
          },
        ]
      : [],
  );
const idsOf = async (handle: WorkflowHandle) => (await activitiesOf(handle)).map(({ id }) => id);
const replays = Replayer.forThisFile(() => ({
  workflowBundle: bundle,
  dataConverter: { externalStorage: storageOf(new DirectoryDriver(defaultDirectory())) },
}));
const replay = (handle: WorkflowHandle) => replays.replay(handle);
const ends = ({ run }: RunStory): unknown => (run.output as { ends: unknown } | null)?.ends;
const begunBy = (handle: WorkflowHandle): string[] => (begun.get(handle.workflowId) ?? []).sort();
const stepOf = ({ run }: RunStory, path: string) => run.steps.find((step) => step.path === path);

async function pursued(goal: Goal, input: object): Promise<{ handle: WorkflowHandle; story: RunStory }> {
  const handle = await bench.start(goal, { key: fresh('k'), ...input });
  const story = await bench.closed(handle);
  await replay(handle);
  return { handle, story };
}

describe('calls of a quick job that are made at one moment', () => {
  test('are one activity, and each a step of the run', async () => {
    const { handle, story } = await pursued(fan, { calls: times(40, { job: 'note' }) });
    expect(await activitiesOf(handle)).toEqual([{ id: 'note#1..#40', type: 'note', summary: '40 calls' }]);
    expect(await eventsOf(handle)).toHaveLength(11);
    expect(ends(story)).toEqual(times(40, 1));
    expect(story.run.steps.map(({ path }) => path)).toEqual(times(40, 0).map((_, i) => `note#${i + 1}`));
    for (const step of story.run.steps)
      expect(step).toMatchObject({ kind: 'job', name: 'note', state: 'succeeded', attempts: 1 });
  });

  test('are as many batches as their number, and the size of their inputs, ask for', async () => {
    const { handle, story } = await pursued(many, { count: 1000 });
    expect(story.run).toMatchObject({ outcome: 'achieved', output: { count: 1000 } });
    expect((await idsOf(handle)).slice(0, 4)).toEqual([
      'note#1..#250',
      'note#251..#500',
      'note#501..#750',
      'note#751..#1000',
    ]);
    // 3 MB of inputs, in two messages.
    const large = await pursued(many, { count: 100, bytes: 30_000 });
    expect(large.story.run).toMatchObject({ outcome: 'achieved', output: { count: 100 } });
    const huge = await pursued(many, { count: 5, bytes: 500_000 });
    expect(huge.story.run).toMatchObject({ outcome: 'achieved', output: { count: 5 } });
    expect(await idsOf(huge.handle)).toContain('note#1');
  });

  test('one alone has an ordinary activity, and so have calls one after the other', async () => {
    const row = times(3, { job: 'note' });
    const { handle } = await pursued(rows, { rows: [row] });
    expect(await idsOf(handle)).toEqual(['note#1', 'note#2', 'note#3']);
  });

  test('travel apart from other jobs, and as rows go on together', async () => {
    const row = [{ job: 'note' }, { job: 'write' }, { job: 'note' }];
    const { handle, story } = await pursued(rows, { rows: [row, row, [{ job: 'write' }]] });
    expect(ends(story)).toEqual([[1, 1, 1], [1, 1, 1], [1]]);
    expect((await idsOf(handle)).slice(0, 2).sort()).toEqual(['note#1..#2', 'write#1']);
  });

  // batch-attempt.1, batches.2
  test('each ends as it would alone, and takes no other along', async () => {
    const { handle, story } = await pursued(fan, {
      calls: [
        { job: 'note', script: ['fail', 'fail', 'ok'] },
        { job: 'note' },
        { job: 'note', script: ['permanent'] },
        { job: 'note', script: times(9, 'fail') },
        { job: 'note', script: ['fail'], attempts: 1 },
        { job: 'note', script: ['hang', 'ok'], timeout: '50ms' },
        { job: 'note', script: ['wait:30'] },
        { job: 'note', script: ['big:53000000'] },
      ],
    });
    expect(ends(story)).toEqual([3, 1, 'gone', 'said_no', 'said_no', 2, 1, 'output_too_large']);
    expect(story.run.errors).toEqual({ recovered: 3, handled: 8, pending: 0, fatal: 0 });
    expect(stepOf(story, 'note#1')).toMatchObject({ attempts: 3, errors: { recovered: 2 } });
    expect(stepOf(story, 'note#4')).toMatchObject({ attempts: 5, state: 'failed', errors: { handled: 5 } });
    expect(story.gaveUp).toEqual(
      new Map([
        ['note#3', 'permanent'],
        ['note#4', 'exhausted'],
        ['note#5', 'exhausted'],
        ['note#8', 'permanent'],
      ]),
    );
    expect(begunBy(handle).filter((line) => /note#[27] /.test(line))).toEqual(['note#2 1', 'note#7 1']);
  });

  test('one whose next attempt is far away goes on alone, its ledger with it', async () => {
    const calls = [{ script: ['fail', 'ok'] }, {}, { script: times(9, 'fail') }];
    const { handle, story } = await pursued(fan, {
      calls: calls.map((call) => ({ job: 'note-rarely', ...call })),
    });
    expect(ends(story)).toEqual([2, 1, 'said_no']);
    expect(await idsOf(handle)).toEqual(['note-rarely#1..#3', 'note-rarely#1', 'note-rarely#3']);
    expect(stepOf(story, 'note-rarely#1')).toMatchObject({ attempts: 2, errors: { recovered: 1 } });
    expect(stepOf(story, 'note-rarely#3')).toMatchObject({ attempts: 3, errors: { handled: 3 } });
    expect(story.errors.map(({ step, attempt }) => `${step} ${attempt}`).sort()).toEqual(
      ['note-rarely#1 1', ...[1, 2, 3].map((n) => `note-rarely#3 ${n}`)].sort(),
    );
  });

  // batch-attempt.2
  test('one that is not quick is cut short, and goes on alone without an error', async () => {
    const { handle, story } = await pursued(fan, {
      calls: [{ job: 'note', script: ['wait:1500'] }, ...times(5, { job: 'note' })],
    });
    expect(ends(story)).toEqual(times(6, 1));
    expect(await idsOf(handle)).toEqual(['note#1..#6', 'note#1']);
    expect(story.errors).toEqual([]);
    expect(stepOf(story, 'note#1')).toMatchObject({ state: 'succeeded', attempts: 1 });
    expect(begunBy(handle).filter((line) => line === 'note#1 1')).toHaveLength(2);
  });

  test('those for which there was no time in a batch travel in smaller ones', async () => {
    const { handle, story } = await pursued(fan, {
      calls: times(120, { job: 'note', script: ['wait:600'] }),
    });
    expect(ends(story)).toEqual(times(120, 1));
    expect(begunBy(handle)).toHaveLength(120);
    expect(await idsOf(handle)).toEqual(['note#1..#120', 'note#51..#85', 'note#86..#120']);
  });

  test('one that struggles is told of at once', async () => {
    const handle = await bench.start(fan, {
      key: fresh('k'),
      calls: [{ job: 'note', script: [...times(3, 'fail'), 'hang'] }, ...times(3, { job: 'note' })],
    });
    await expect
      .poll(async () => (await bench.story(handle)).run.struggling.map(({ step }) => step), until)
      .toEqual(['note#1']);
    await handle.cancel();
    const story = await bench.closed(handle);
    expect(story.run).toMatchObject({ outcome: 'cancelled', errors: { handled: 3 } });
    await replay(handle);
  });

  test('the errors of a batch that is under way when its run closes are not lost', async () => {
    const { story } = await pursued(fanStrictly, {
      calls: [
        { job: 'note-rarely', script: ['fail'] },
        { job: 'note-rarely' },
        { job: 'note', script: ['fail', 'hang'] },
        { job: 'note' },
        { job: 'write', script: ['permanent:note#1 2'] },
      ],
    });
    expect(story.run).toMatchObject({ outcome: 'failed', failure: { code: 'gone', path: ['write#1'] } });
    expect(story.run.errors).toEqual({ fatal: 1, handled: 2, pending: 0, recovered: 0 });
    expect(story.errors.map(({ step, code }) => [step, code]).sort()).toEqual([
      ['note#1', 'said_no'],
      ['note-rarely#1', 'said_no'],
      ['write#1', 'gone'],
    ]);
    // A worker that is slow to hear of the cancellation is not waited for beyond CLOSING_GRACE_MS.
    expect(['cancelled', 'abandoned']).toContain(stepOf(story, 'note#1')?.state);
  });

  test('what had succeeded in a batch is kept when the run goes on', async () => {
    const calls = [
      ...times(5, { job: 'note' }),
      { job: 'note', script: ['permanent'] },
      { job: 'jot', label: 'a' },
      { job: 'jot', label: 'b', script: ['permanent'] },
    ];
    const input = { key: fresh('k'), calls, strict: true };
    const first = await bench.start(fan, input);
    expect((await bench.closed(first)).run.outcome).toBe('failed');
    const why = { kind: 'resume' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
    const { runId: from } = await first.describe();
    begun.delete(first.workflowId);
    const again = await bench.client.workflow.start(fan.name, {
      ...runStart(fan, input, why),
      taskQueue: bench.taskQueue,
      args: [input, { from, outcome: 'failed', failure: null, seed: true, exclude: [], supply: [] }],
    });
    const { run } = await bench.closed(again);
    expect(begunBy(again)).toEqual(['jot#2 1', 'note#6 1']);
    expect(run.steps.filter(({ kept }) => kept !== null).map(({ path }) => path)).toEqual([
      ...[1, 2, 3, 4, 5].map((n) => `note#${n}`),
      'jot#1',
    ]);
    await replay(again);
  });
});

describe('a batch whose worker is lost', () => {
  // batch-attempt.3
  test('runs nothing again that had ended; what was under way has lost an attempt, and goes on alone', async () => {
    const attempts = join(await mkdtemp(join(tmpdir(), 'batch-')), 'attempts');
    const taskQueue = fresh('q');
    const environment = { GOALKEEPER_TASK_QUEUE: taskQueue, ATTEMPTS_FILE: attempts };
    const worker = await ChildWorker.start(folder, environment);
    const handle = await bench.start(
      fan,
      {
        key: fresh('k'),
        calls: [{ job: 'note', script: ['crash', 'ok'] }, ...times(60, { job: 'note' })],
      },
      taskQueue,
    );
    await expect.poll(() => worker.isRunning, until).toBe(false);
    const second = await ChildWorker.start(folder, environment);
    try {
      const story = await bench.closed(handle);
      expect(ends(story)).toEqual([2, ...times(60, 1)]);
      expect(story.errors).toMatchObject([{ step: 'note#1', code: 'worker_lost', disposition: 'recovered' }]);
      expect(await idsOf(handle)).toEqual(['note#1..#61', 'note#1']);
      const lines = (await readFile(attempts, 'utf8')).trim().split('\n');
      expect(lines.sort()).toEqual(
        ['note#1 1', 'note#1 2', ...times(60, 0).map((_, i) => `note#${i + 2} 1`)].sort(),
      );
      await replay(handle);
    } finally {
      await second.end('SIGTERM');
    }
  });
});

describe('an inline job', () => {
  test('costs no activity: its attempts and errors are told by markers', async () => {
    const { handle, story } = await pursued(rows, {
      rows: [
        [
          { job: 'jot' },
          { job: 'jot', script: ['fail', 'fail', 'ok'] },
          { job: 'jot', script: ['permanent'] },
        ],
      ],
    });
    expect(ends(story)).toEqual([[1, 3, 'gone']]);
    expect(await idsOf(handle)).toEqual([]);
    expect(story.run.steps).toMatchObject([
      { path: 'jot#1', state: 'succeeded', attempts: 1 },
      { path: 'jot#2', state: 'succeeded', attempts: 3, errors: { recovered: 2 } },
      { path: 'jot#3', state: 'failed', attempts: 1, errors: { handled: 1 } },
    ]);
    // Started; one task with its three markers; completed. And what closing reports of the errors: two patches, search attributes, a row.
    expect((await eventsOf(handle)).length).toBeLessThanOrEqual(14);
  });

  test('that has failed three times, or is slow, goes on as an ordinary activity with its ledger', async () => {
    const { handle, story } = await pursued(fan, {
      calls: [
        { job: 'jot', script: ['fail', 'fail', 'fail', 'ok'] },
        { job: 'jot', script: ['wait:1300'] },
        { job: 'jot' },
      ],
    });
    expect(ends(story)).toEqual([4, 1, 1]);
    expect((await idsOf(handle)).sort()).toEqual(['jot#1', 'jot#2']);
    expect(stepOf(story, 'jot#1')).toMatchObject({ attempts: 4, errors: { recovered: 3 } });
    expect(story.errors.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  // batches.1
  test('in rows that go on at different times makes a history that is replayed', async () => {
    const after = [{ job: 'note' }, { job: 'mark' }, { job: 'note' }];
    const { handle, story } = await pursued(rows, {
      rows: [
        [{ job: 'jot' }, ...after],
        [{ job: 'mark', script: ['wait:200'] }, ...after],
        [{ job: 'jot' }, { job: 'jot', script: ['wait:100'] }, ...after],
      ],
    });
    expect(ends(story)).toEqual([times(4, 1), times(4, 1), times(5, 1)]);
    // Those that go on from different local activities travel apart, though a replay resolves these at once.
    expect((await idsOf(handle)).slice(0, 3)).toEqual(['note#1', 'note#2', 'note#3']);
  });

  test('whose results would not fit one message goes on in other ways', async () => {
    const big = times(6, { job: 'jot', script: ['big:40000'] });
    const { story } = await pursued(rows, { rows: times(12, big) });
    expect(story.run.outcome).toBe('achieved');
    expect(story.run.steps.filter(({ state }) => state === 'succeeded')).toHaveLength(72);
  });
});
