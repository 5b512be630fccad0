// Jobs that are activities of a worker in Python, which knows nothing of goalkeeper but, on one queue, a small helper.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import type { Child } from '../../../deploy/local/child-process.ts';
import { searchAttributes } from '../../../goals/wire/names.ts';
import type { RunStory } from '../../../views/run-view.ts';
import { gatewayAt } from '../../gateway/workbench.ts';
import { pythonWith } from '../../python.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { walked, walkedInTime } from './goals.ts';
import { startPythonWorker } from './python-worker.ts';

const python = await pythonWith('temporalio==1.35.0');
const goalsModule = fileURLToPath(new URL('./goals.ts', import.meta.url));
const until = { timeout: 60_000, interval: 50 };
let bench: Workbench;
let worker: Child;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let bundle: WorkflowBundleWithSourceMap;
let scratch: string;

const step = (job: string, ...script: string[]) => ({ job, script });
const start = (steps: object[], goal = walked, more: object = {}) =>
  bench.start(goal, { key: fresh('k'), steps, ...more });
const errorsOf = ({ errors }: RunStory) =>
  errors.map(({ id, type, code, disposition }) => [id, type, code, disposition]);
const began = ({ workflowId }: WorkflowHandle): string[] =>
  readFileSync(join(scratch, 'attempts'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${workflowId} `))
    .map((line) => line.slice(workflowId.length + 1));

const replays = Replayer.forThisFile(() => ({ workflowBundle: bundle }));

/** The story of a run once it is closed; whatever the code does is proven to replay. */
async function closed(handle: WorkflowHandle): Promise<RunStory> {
  const story = await bench.closed(handle);
  await replays.replay(handle);
  return story;
}
const pursued = async (...given: Parameters<typeof start>) => closed(await start(...given));

describe.skipIf(python === null)('a job of a worker in Python', () => {
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'gk-foreign-'));
    await writeFile(join(scratch, 'attempts'), '');
    bench = await Workbench.open();
    await bench.worker(goalsModule, goals, []);
    gateway = await gatewayAt(temporalAddress);
    bundle = await bundleGoals(goalsModule);
    worker = await startPythonWorker(python as string, join(scratch, 'attempts'));
  });
  afterAll(async () => {
    await worker?.kill();
    await gateway?.stop();
    await bench?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  test('succeeds; its output is the result as it is, also when that looks like one of ours', async () => {
    const { run } = await pursued([step('py-act'), step('py-look-alike'), step('py-nothing')]);
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { outputs: [{ attempt: 1, place: ['py-act#1', 1] }, { output: 'plain' }, null] },
      errors: { recovered: 0 },
      steps: [
        { path: 'py-act#1', state: 'succeeded', attempts: 1 },
        { path: 'py-look-alike#1', state: 'succeeded', attempts: 1 },
        { path: 'py-nothing#1', state: 'succeeded', attempts: 1 },
      ],
    });
  });

  test.each(['py-act', 'py-plain'])(
    'of which %s fails twice and then succeeds is one step, with both errors by type and message',
    async (job) => {
      const story = await pursued([step(job, 'fail', 'value-error', 'ok')]);
      expect(story.run).toMatchObject({
        outcome: 'achieved',
        output: { outputs: [{ attempt: 3 }] },
        errors: { recovered: 2 },
      });
      expect(story.run.steps).toMatchObject([{ path: `${job}#1`, state: 'succeeded', attempts: 3 }]);
      expect(errorsOf(story)).toEqual([
        [`${job}#1@1`, 'FeedDown', 'unclassified', 'recovered'],
        [`${job}#1@2`, 'ValueError', 'unclassified', 'recovered'],
      ]);
      const [first, second] = story.errors;
      expect(first).toMatchObject({ message: 'the feed is down (1)', class: 'transient', stack: null });
      // Only where its worker has goalkeeper's helper.
      const wrote = second?.log?.lines.map(({ level, text }) => [level, text.replace(/ \(\{.*$/, '')]);
      expect(wrote).toEqual(
        job === 'py-plain'
          ? undefined
          : [
              [undefined, 'printed by 2 of one'],
              ['warn', 'logged by 2'],
            ],
      );
      expect(second?.message).toBe("invalid literal for int() with base 10: 'seven'");
      expect(second?.stack).toContain('int("seven")');
      expect(second?.worker).toMatch(/^\d+@/);
    },
  );

  test('gives all its attempts one idempotency key', async () => {
    const { run } = await pursued([step('py-act', 'fail'), step('py-act', 'fail')]);
    const { outputs } = run.output as { outputs: { key: string; place: unknown }[] };
    expect(outputs.map(({ key }) => key.replace(/[0-9a-f]{12}$/, ''))).toEqual([
      `${run.id}/py-act#1/`,
      `${run.id}/py-act#2/`,
    ]);
    expect(outputs[0]?.place).toEqual(['py-act#1', 2]);
  });

  test('says by the helper that no retry will heal it, with code, class and details', async () => {
    const story = await pursued([step('py-act', 'job-error:bad_row')]);
    expect(story.run).toMatchObject({
      outcome: 'failed',
      failure: {
        kind: 'job',
        code: 'bad_row',
        path: ['py-act#1'],
        cause: { attempt: 1, type: 'JobError', class: 'data' },
      },
      steps: [{ state: 'failed', attempts: 1 }],
    });
    expect(story.errors).toMatchObject([{ code: 'bad_row', details: { row: 7 }, disposition: 'fatal' }]);
    expect(story.gaveUp.get('py-act#1')).toBe('permanent');
  });

  test('says so in Temporal’s words, or by a type that its contract calls permanent', async () => {
    const story = await pursued([step('py-plain', 'fail', 'non-retryable')], walked, { tolerant: true });
    expect(story.run.output).toEqual({ outputs: ['unclassified'] });
    expect(errorsOf(story).map(([, type, , disposition]) => [type, disposition])).toEqual([
      ['FeedDown', 'handled'],
      ['Never', 'handled'],
    ]);
    expect(story.gaveUp.get('py-plain#1')).toBe('permanent');
  });

  test('of a thread is understood as well', async () => {
    const story = await pursued([step('py-blocking')]);
    expect(errorsOf(story)).toEqual([
      ['py-blocking#1@1', 'JobError', 'blocked', 'fatal'],
      ['py-blocking#1@2', 'JobError', 'blocked', 'fatal'],
    ]);
  });

  // workflow-attempts.1
  test('without the helper fails once its attempts are used up', async () => {
    const story = await pursued([step('py-plain', 'value-error', 'cause', 'secret', 'ok')]);
    expect(story.run).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'job', code: 'unclassified', path: ['py-plain#1'], cause: { attempt: 3 } },
      errors: { fatal: 3 },
      steps: [{ state: 'failed', attempts: 3 }],
    });
    expect(story.run.failure?.message).toContain('after 3 attempts');
    expect(story.errors.map(({ message }) => message)).toEqual([
      "invalid literal for int() with base 10: 'seven'",
      'the feed is down: connection refused',
      'no answer to Authorization: <redacted>',
    ]);
    expect(JSON.stringify(story)).not.toContain('abcdef0123456789');
    expect(story.gaveUp.get('py-plain#1')).toBe('exhausted');
  });

  test('is tried again when it asks to be, by either way of asking', async () => {
    const story = await pursued([step('py-act', 'later:0.3'), step('py-plain', 'next-delay:0.3')]);
    expect(story.run).toMatchObject({ outcome: 'achieved', errors: { recovered: 2 } });
    const timers = ((await bench.client.workflow.getHandle(story.run.id).fetchHistory()).events ?? [])
      .map(({ timerStartedEventAttributes: timer }) => timer?.startToFireTimeout)
      .filter((given) => given?.nanos === 300_000_000);
    expect(timers).toHaveLength(2);
  });

  test('that asks for a delay beyond all measure fails at once, and says so', async () => {
    const story = await pursued([step('py-act', 'later:1e300')]);
    expect(story.run).toMatchObject({ outcome: 'failed', failure: { kind: 'job' }, errors: { fatal: 1 } });
    expect(story.run.failure?.message).toContain('366 d at most are waited');
    expect(began({ workflowId: story.run.id } as WorkflowHandle)).toHaveLength(1);
  });

  test('that returns more than the engine carries fails once, as that', async () => {
    const story = await pursued([step('py-plain', 'huge')]);
    expect(story.run).toMatchObject({ outcome: 'failed', failure: { code: 'output_too_large' } });
    expect(began({ workflowId: story.run.id } as WorkflowHandle)).toHaveLength(1);
  });

  test('that returns no JSON fails its contract, and not the engine', async () => {
    const story = await pursued([step('py-unreadable')]);
    expect(story.run).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'job', code: 'output_invalid', path: ['py-unreadable#1'] },
    });
  });

  test('that returns a number which would be rounded fails its contract, with the place', async () => {
    const story = await pursued([step('py-unreadable', 'large')]);
    expect(story.run.failure).toMatchObject({
      ...{ kind: 'job', code: 'output_invalid', path: ['py-unreadable#1'] },
      message: expect.stringContaining(
        'rows[0].id is 9223372036854775807, which would be read as 9223372036854776000',
      ),
    });
  });

  test('that hangs is told as a timeout, and made again', async () => {
    const story = await pursued([step('py-plain', 'hang', 'ok')]);
    expect(story.run).toMatchObject({ outcome: 'achieved', output: { outputs: [{ attempt: 2 }] } });
    expect(story.errors).toMatchObject([
      { code: 'timeout', message: 'no result after 2000 ms', class: 'transient', disposition: 'recovered' },
    ]);
  });

  // workflow-attempts.2
  test('whose worker is killed in mid-attempt is lost, waits for a worker without an error, and is made again', async () => {
    const handle = await start([step('py-act', 'hold')]);
    await expect.poll(async () => (await bench.story(handle)).run.steps[0]?.state, until).toBe('running');
    await expect.poll(() => began(handle), until).toHaveLength(1);
    await worker.kill();
    await expect.poll(async () => (await bench.story(handle)).errors.length, until).toBe(1);
    await expect
      .poll(async () => {
        const [tried] = (await bench.client.workflow.getHandle(handle.workflowId).describe()).raw
          .pendingActivities as { activityId?: string }[];
        return tried?.activityId;
      }, until)
      .toBe('py-act#1~2');
    expect((await bench.story(handle)).run.steps).toMatchObject([
      { state: 'waiting', attempts: 1, errors: { pending: 1 } },
    ]);
    worker = await startPythonWorker(python as string, join(scratch, 'attempts'));
    const story = await closed(handle);
    expect(story.run).toMatchObject({ outcome: 'achieved', output: { outputs: [{ attempt: 2 }] } });
    expect(errorsOf(story)).toEqual([['py-act#1@1', 'WorkerLost', 'worker_lost', 'recovered']]);
  });

  test('whose worker is told to stop says so, and no attempt is used up', async () => {
    const handle = await start([step('py-act', 'hold')]);
    await expect.poll(() => began(handle), until).toHaveLength(1);
    await worker.stop(20_000);
    worker = await startPythonWorker(python as string, join(scratch, 'attempts'));
    expect(errorsOf(await closed(handle))).toEqual([
      ['py-act#1@1', 'JobError', 'worker_stopped', 'recovered'],
    ]);
  });

  test('is cancelled while it runs: its errors are kept, and the cancellation is none', async () => {
    const handle = await start([step('py-act', 'fail', 'hold')]);
    await expect.poll(() => began(handle), until).toHaveLength(2);
    await expect
      .poll(async () => (await bench.story(handle)).run.steps, until)
      .toMatchObject([{ state: 'running', attempts: 2 }]);
    await handle.cancel();
    const story = await closed(handle);
    expect(story.run).toMatchObject({ outcome: 'cancelled', steps: [{ state: 'cancelled', attempts: 2 }] });
    expect(errorsOf(story)).toEqual([['py-act#1@1', 'FeedDown', 'unclassified', 'handled']]);
  });

  test('is cancelled while it waits for its next attempt: its errors are kept', async () => {
    const handle = await start([step('py-rarely', 'fail')]);
    await expect
      .poll(async () => (await bench.story(handle)).run.steps[0]?.nextAttemptAt, until)
      .toBeTruthy();
    const { run } = await bench.story(handle);
    // Nothing can heal it within the minutes after which an error persists.
    expect(run).toMatchObject({ state: 'struggling', steps: [{ state: 'waiting', attempts: 1 }] });
    await handle.cancel();
    const story = await closed(handle);
    expect(story.run).toMatchObject({ outcome: 'cancelled', steps: [{ state: 'cancelled' }] });
    expect(errorsOf(story)).toEqual([['py-rarely#1@1', 'FeedDown', 'unclassified', 'handled']]);
  });

  test.each([
    ['is being retried', 'py-stubborn', Array.from({ length: 99 }, () => 'fail')],
    ['hangs', 'py-quick', ['fail', 'hang']],
    ['would be tried again after it', 'py-rarely', ['fail']],
  ])('that %s at the deadline has ended the run: the first cause is its error', async (_, job, script) => {
    const { run, errors } = await pursued([step(job, ...script)], walkedInTime);
    const last = errors.at(-1);
    expect(run).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'deadline', code: 'deadline_passed', path: [`${job}#1`] },
      errors: { pending: 0, handled: 0, recovered: 0 },
    });
    expect(run.errors.fatal).toBeGreaterThanOrEqual(errors.length);
    expect(run.failure?.cause).toMatchObject({ step: `${job}#1`, attempt: last?.attempt, code: last?.code });
  });

  test('is not done again by a resume once it has succeeded, after whichever attempt', async () => {
    const gate = join(scratch, fresh('gate'));
    const failing = Array.from({ length: 3 }, () => `gate:${gate}`);
    const handle = await start([
      step('py-plain', 'fail', 'ok'),
      step('py-look-alike'),
      step('py-nothing'),
      step('py-plain', ...failing),
    ]);
    expect((await closed(handle)).run).toMatchObject({
      outcome: 'failed',
      failure: { path: ['py-plain#2'] },
    });
    await writeFile(gate, '');
    const { body } = await gateway.post(`/runs/${handle.workflowId}/resume`, { reason: 'mended' });
    const resumed = bench.client.workflow.getHandle(handle.workflowId, body.execution);
    const { run } = await closed(resumed);
    expect(run).toMatchObject({
      outcome: 'achieved',
      output: { outputs: [{ attempt: 2 }, { output: 'plain' }, null, { attempt: 1 }] },
    });
    expect(run.steps.map(({ path, kept }) => [path, kept !== null])).toEqual([
      ['py-plain#1', true],
      ['py-look-alike#1', true],
      ['py-nothing#1', true],
      ['py-plain#2', false],
    ]);
  });

  test.each(['py-stubborn', 'py-quick'])(
    'makes its run struggle while the errors of %s persist, and no longer',
    async (job) => {
      const gate = join(scratch, fresh('gate'));
      const handle = await start([step(job, ...Array.from({ length: 899 }, () => `gate:${gate}`))]);
      await expect.poll(async () => (await bench.story(handle)).run.state, until).toBe('struggling');
      const { run, errors } = await bench.story(handle);
      expect(run.struggling).toMatchObject([
        { step: `${job}#1`, message: 'the feed is down', since: expect.any(String) },
      ]);
      const found = (await handle.describe()).searchAttributes;
      expect(found[searchAttributes.state]).toEqual(['struggling']);
      expect(found[searchAttributes.fingerprints]).toEqual([errors[0]?.fingerprint]);
      await writeFile(gate, '');
      const story = await closed(handle);
      expect(story.run).toMatchObject({ outcome: 'achieved', struggling: [], errors: { pending: 0 } });
      expect(story.run.errors.recovered).toBeGreaterThanOrEqual(2);
      expect(story.run.steps[0]?.attempts).toBe(story.run.errors.recovered + 1);
      const { searchAttributes: after } = await handle.describe();
      expect(after[searchAttributes.state]).toEqual(['closed']);
    },
  );
});
