import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { gatewayAt } from '../gateway/workbench.ts';
import { temporalAddress } from '../temporal-address.ts';
import goals, {
  buggy,
  inParallel,
  inSequence,
  judged,
  measures,
  needy,
  withDeadline,
  withFallback,
} from './goals.ts';
import { jobs } from './jobs.ts';
import { fresh, Workbench } from './workbench.ts';

const goalsModule = fileURLToPath(new URL('./goals.ts', import.meta.url));
let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(goalsModule, goals, jobs);
});
afterAll(() => bench.close());

test('a goal whose steps all succeed at once is achieved with no error', async () => {
  const { run, errors } = await bench.pursue(inSequence, {
    key: fresh('k'),
    steps: [{ script: ['ok'] }, { script: ['ok'] }],
  });
  expect(run).toMatchObject({
    goal: 'in-sequence',
    state: 'closed',
    outcome: 'achieved',
    failure: null,
    errors: { pending: 0, recovered: 0, handled: 0, fatal: 0 },
    criteria: [{ name: 'every step succeeded', met: true, message: null }],
    output: { attempts: [1, 1] },
    owner: 'tests',
    team: 'tests',
    why: { kind: 'request' },
  });
  expect(run.steps.map(({ path, state, attempts }) => [path, state, attempts])).toEqual([
    ['act#1', 'succeeded', 1],
    ['act#2', 'succeeded', 1],
  ]);
  expect(errors).toEqual([]);
});

test('errors of two steps that healed are all kept, as recovered, each with its attempt', async () => {
  const { run, errors } = await bench.pursue(inSequence, {
    key: fresh('k'),
    steps: [
      { script: ['fail:ECONNRESET', 'hang', 'ok'] },
      { script: ['ok'] },
      { label: 'slowly', script: ['fail', 'fail', 'ok'] },
    ],
  });
  expect(run).toMatchObject({
    outcome: 'achieved',
    errors: { pending: 0, recovered: 4, handled: 0, fatal: 0 },
  });
  expect(errors.map(({ id, code, disposition }) => [id, code, disposition])).toEqual([
    ['act#1@1', 'ECONNRESET', 'recovered'],
    ['act#1@2', 'timeout', 'recovered'],
    ['act-slowly#1@1', 'unclassified', 'recovered'],
    ['act-slowly#1@2', 'unclassified', 'recovered'],
  ]);
  expect(new Set(errors.slice(2).map(({ fingerprint }) => fingerprint)).size).toBe(1);
  expect(run.steps.map(({ attempts, errors: counts }) => [attempts, counts.recovered])).toEqual([
    [3, 2],
    [1, 0],
    [3, 2],
  ]);
});

test('a permanent error ends its step at once, and is the first true cause', async () => {
  const { run, errors } = await bench.pursue(inSequence, {
    key: fresh('k'),
    steps: [
      { script: ['fail', 'ok'] },
      { script: ['fail', 'permanent:licence_expired'] },
      { script: ['ok'] },
    ],
  });
  expect(run).toMatchObject({
    outcome: 'failed',
    output: null,
    errors: { pending: 0, recovered: 1, handled: 0, fatal: 2 },
    failure: {
      kind: 'job',
      code: 'licence_expired',
      path: ['act#2'],
      cause: {
        run: run.id,
        step: 'act#2',
        job: 'act',
        attempt: 2,
        code: 'licence_expired',
        message: 'no retry will heal this',
        class: 'permanent',
      },
    },
  });
  expect(run.steps.map(({ path, state }) => [path, state])).toEqual([
    ['act#1', 'succeeded'],
    ['act#2', 'failed'],
  ]);
  expect(errors.filter(({ id }) => id === 'act#2@2')).toHaveLength(1);
});

test('a code that the policy calls permanent is not tried again', async () => {
  const { run } = await bench.pursue(inSequence, { key: fresh('k'), steps: [{ script: ['fail:gone'] }] });
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'job', code: 'gone' },
    errors: { fatal: 1 },
  });
});

test('a step that used up its attempts fails with its last error, and all of them are fatal', async () => {
  const { run } = await bench.pursue(inSequence, {
    key: fresh('k'),
    steps: [{ script: ['fail', 'fail', 'fail', 'fail:last_straw', 'ok'] }],
  });
  expect(run).toMatchObject({
    outcome: 'failed',
    errors: { recovered: 0, fatal: 4 },
    failure: {
      kind: 'job',
      code: 'last_straw',
      cause: { attempt: 4 },
      message: expect.stringContaining('act#1 failed after 4 attempts'),
    },
  });
});

test('output that breaks its schema, or is too large, is a permanent error of that job', async () => {
  const bad = await bench.pursue(inSequence, { key: fresh('k'), steps: [{ script: ['bad-output', 'ok'] }] });
  expect(bad.run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'job', code: 'output_invalid', message: expect.stringContaining('attempt') },
    errors: { fatal: 1 },
  });
  const huge = await bench.pursue(inSequence, {
    key: fresh('k'),
    steps: [{ script: ['huge-output', 'ok'] }],
  });
  expect(huge.run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'job', code: 'output_too_large' },
    errors: { fatal: 1 },
  });
});

test('Retry-After is obeyed: the next attempt comes no earlier', async () => {
  const { run, errors } = await bench.pursue(inSequence, {
    key: fresh('k'),
    steps: [{ script: ['later:2', 'ok'] }],
  });
  expect(run).toMatchObject({ outcome: 'achieved', errors: { recovered: 1 } });
  expect(Date.parse(run.closedAt as string) - Date.parse(errors[0]?.at as string)).toBeGreaterThanOrEqual(
    2000,
  );
});

test('a criterion that is not met fails the goal though every step succeeded, and says what was found', async () => {
  const { run, errors } = await bench.pursue(judged, { key: fresh('k'), rows: 5, drift: 0.3 });
  expect(run).toMatchObject({
    outcome: 'failed',
    criteria: [
      { name: 'rows arrived', met: true },
      { name: 'agrees with the ledger', met: false, message: 'the drift is 0.3' },
      { name: 'is no trap', met: true },
    ],
    failure: {
      kind: 'criteria',
      code: 'criterion_not_met',
      path: [],
      cause: { code: 'criterion_not_met', message: expect.stringContaining('the drift is 0.3') },
    },
  });
  expect(errors).toEqual([]);
});

test('a criterion that throws is a bug of the goal, told as one', async () => {
  const { run } = await bench.pursue(judged, { key: fresh('k'), rows: 666, drift: 0 });
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'code', code: 'criterion_threw', message: expect.stringContaining('is no trap') },
  });
  expect(run.failure).toMatchObject({
    message: expect.stringMatching(/threw at engine\/goals\.ts:\d+:\d+ /),
    thrown: {
      at: expect.stringMatching(/^engine\/goals\.ts:\d+:\d+$/),
      stack: expect.stringContaining('goals.ts'),
    },
  });
});

test('input that breaks its schema fails the goal at once, naming the field', async () => {
  const { run } = await bench.pursue(judged, { key: fresh('k'), rows: 'five', drift: 0 });
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'input', code: 'input_invalid', message: expect.stringContaining('rows') },
    steps: [],
  });
});

// pursue-goal.1
test('a bug in pursue fails the goal as code, and is not tried for ever', async () => {
  const { run } = await bench.pursue(buggy, { key: fresh('k'), bug: 'throw' });
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'code', code: 'pursue_threw', cause: { type: 'TypeError', class: 'code' } },
  });
  const { failure } = run;
  expect(failure?.message).toMatch(/^the goal's own code threw at engine\/goals\.ts:\d+:\d+ TypeError: /);
  expect(failure?.thrown?.stack.split('\n').every((frame) => frame.includes('/test/engine/goals.ts:'))).toBe(
    true,
  );
  const reaching = await bench.pursue(buggy, { key: fresh('k'), bug: 'fetch' });
  expect(reaching.run.failure).toMatchObject({
    code: 'pursue_threw',
    message: expect.stringMatching(/fetch is not defined \(.* where fetch is not: .* belongs in a job\)$/),
  });
  const output = await bench.pursue(buggy, { key: fresh('k'), bug: 'output' });
  expect(output.run).toMatchObject({ outcome: 'failed', failure: { kind: 'code', code: 'output_invalid' } });
  const undeclared = await bench.pursue(buggy, { key: fresh('k'), bug: 'undeclared' });
  expect(undeclared.run).toMatchObject({
    failure: { kind: 'code', message: expect.stringContaining("does not declare the job 'act-slowly'") },
  });
});

test("a job's failure stays the job's when pursue wraps it as a cause, and is code when it is thrown away", async () => {
  const wrapped = await bench.pursue(buggy, { key: fresh('k'), bug: 'wrapped' });
  expect(wrapped.run).toMatchObject({
    failure: { kind: 'job', code: 'bad_disk', path: ['act#1'] },
    errors: { fatal: 1 },
  });
  const rethrown = await bench.pursue(buggy, { key: fresh('k'), bug: 'rethrow' });
  expect(rethrown.run).toMatchObject({
    failure: { kind: 'code', code: 'pursue_threw' },
    errors: { fatal: 0, handled: 1 },
  });
});

test("input that breaks a job's schema fails as input before any attempt", async () => {
  const { run, errors } = await bench.pursue(buggy, { key: fresh('k'), bug: 'bad-job-input' });
  expect(run).toMatchObject({
    failure: {
      kind: 'input',
      code: 'input_invalid',
      path: ['act#1'],
      message: expect.stringContaining('script'),
    },
    steps: [],
  });
  expect(errors).toEqual([]);
});

test('an error that pursue catches is handled, and the goal is achieved', async () => {
  const { run, errors } = await bench.pursue(withFallback, {
    key: fresh('k'),
    first: { script: ['fail', 'permanent:closed'] },
    second: { script: ['fail', 'ok'] },
  });
  expect(run).toMatchObject({
    outcome: 'achieved',
    failure: null,
    output: { way: 'second', code: 'closed' },
    errors: { handled: 2, recovered: 1, fatal: 0 },
  });
  expect(errors.map(({ id, disposition }) => [id, disposition])).toEqual([
    ['act#1@1', 'handled'],
    ['act#1@2', 'handled'],
    ['act#2@1', 'recovered'],
  ]);
});

test('one branch ends the goal; the errors of one that was still retrying are kept, and not fatal', async () => {
  const handle = await bench.start(inParallel, {
    key: fresh('k'),
    steps: [
      { label: 'rarely', script: ['fail:upstream_down'] },
      { script: ['fail', 'fail', 'permanent:broken'] },
      { script: ['ok'] },
    ],
  });
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { code: 'broken', path: ['act#1'] },
    errors: { fatal: 3, handled: 1, recovered: 0, pending: 0 },
  });
  expect(errors.find(({ code }) => code === 'upstream_down')).toMatchObject({
    step: 'act-rarely#1',
    disposition: 'handled',
  });
});

test('a deadline that passes while the job hangs cancels it, and tells which step it was', async () => {
  const { run } = await bench.pursue(withDeadline, {
    key: fresh('k'),
    steps: [{ script: ['ok'] }, { label: 'slowly', script: ['hang'] }],
  });
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'deadline', code: 'deadline_passed', path: ['act-slowly#1'] },
  });
  expect(Date.parse(run.deadline as string) - Date.parse(run.startedAt)).toBe(3000);
});

test('a deadline that passes while pursue sleeps fails the goal, with no error to blame', async () => {
  const { run, errors } = await bench.pursue(withDeadline, {
    key: fresh('k'),
    steps: [{ label: 'sleep', script: [] }],
  });
  expect(run).toMatchObject({
    failure: { kind: 'deadline', path: ['sleep#1'], cause: null },
    steps: [{ path: 'sleep#1', kind: 'sleep' }],
  });
  expect(errors).toEqual([]);
});

test('a retry that would come after the deadline is not waited for', async () => {
  const { run, errors } = await bench.pursue(withDeadline, {
    key: fresh('k'),
    steps: [{ label: 'rarely', script: ['fail:no_answer'] }],
  });
  expect(run).toMatchObject({
    failure: {
      kind: 'deadline',
      code: 'deadline_passed',
      path: ['act-rarely#1'],
      cause: { code: 'no_answer', attempt: 1 },
    },
    errors: { fatal: 1 },
  });
  expect(Date.parse(run.closedAt as string)).toBeLessThan(Date.parse(run.deadline as string));
  expect(errors).toHaveLength(1);
});

test.each([
  [
    'past the deadline',
    withDeadline,
    '86400',
    { kind: 'deadline', code: 'deadline_passed', message: expect.stringContaining('asked to wait 1 d') },
  ],
  [
    'than anybody waits',
    inSequence,
    '99999999999',
    {
      kind: 'job',
      code: 'retry_after',
      message: expect.stringContaining('366 d at most are waited: too busy'),
    },
  ],
] as const)(
  'a job that is asked to wait longer, %s, fails at once and is not tried earlier',
  async (_, goal, seconds, failure) => {
    const { run, errors } = await bench.pursue(goal, {
      key: fresh('k'),
      steps: [{ label: 'slowly', script: [`later:${seconds}`] }],
    });
    expect(run).toMatchObject({ outcome: 'failed', failure: { ...failure, path: ['act-slowly#1'] } });
    expect(errors).toHaveLength(1);
  },
);

test('a cancelled run is cancelled: its hanging job is told, and its earlier errors are kept', async () => {
  const handle = await bench.start(inSequence, {
    key: fresh('k'),
    steps: [{ label: 'slowly', script: ['fail', 'hang'] }],
  });
  await expect
    .poll(async () => (await bench.story(handle)).run.steps[0], { timeout: 60_000 })
    .toMatchObject({ state: 'running', attempts: 2, errors: { pending: 1 } });
  await handle.cancel();
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'cancelled',
    failure: null,
    errors: { handled: 1, pending: 0, fatal: 0 },
    steps: [{ state: 'cancelled' }],
  });
  expect(errors.map(({ id }) => id)).toEqual(['act-slowly#1@1']);
});

test('an attempt that somebody pauses in Temporal is cut short, and no error; it is made again', async () => {
  const key = fresh('k');
  const handle = await bench.start(inSequence, {
    key,
    steps: [{ label: 'slowly', script: ['fail', 'hang'] }],
  });
  const { workflowId, client } = { workflowId: handle.workflowId, client: bench.client };
  const pending = async () => (await handle.describe()).raw.pendingActivities?.[0];
  const step = {
    namespace: 'default',
    execution: { workflowId },
    identity: 'an operator',
    id: 'act-slowly#1',
  };
  const timeout = { timeout: 60_000 };
  await expect.poll(async () => (await pending())?.attempt, timeout).toBe(2);
  await client.workflowService.pauseActivity(step);
  // temporal.api.enums.v1.PendingActivityState: it has ended, and waits.
  await expect.poll(async () => (await pending())?.state, timeout).toBe(4);
  await client.workflowService.unpauseActivity(step);
  // It is under way again.
  await expect.poll(async () => (await pending())?.state, timeout).toBe(2);
  expect((await bench.story(handle)).errors.map(({ id, code }) => [id, code])).toEqual([
    ['act-slowly#1@1', 'unclassified'],
  ]);
  await handle.cancel();
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'cancelled',
    errors: { handled: 1, pending: 0, fatal: 0, recovered: 0 },
  });
});

// pursue-goal.2
test("a run that is cancelled while a step waits for its next attempt keeps that step's errors", async () => {
  const handle = await bench.start(inParallel, {
    key: fresh('k'),
    steps: [{ label: 'rarely', script: ['fail:upstream_down'] }],
  });
  await expect
    .poll(async () => (await bench.story(handle)).run.steps[0], { timeout: 60_000 })
    .toMatchObject({
      state: 'waiting',
      attempts: 1,
      nextAttemptAt: expect.any(String),
      errors: { pending: 1 },
    });
  await handle.cancel();
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'cancelled', errors: { handled: 1 } });
  expect(errors).toMatchObject([{ id: 'act-rarely#1@1', code: 'upstream_down', disposition: 'handled' }]);
});

test('a goal that is needed is pursued as a run of its own, and its recovered errors stay its own', async () => {
  const key = fresh('k');
  const { run } = await bench.pursue(needy, { key, steps: [{ script: ['fail', 'ok'] }] });
  expect(run).toMatchObject({
    outcome: 'achieved',
    output: { own: 1, needed: [2] },
    errors: { recovered: 0 },
  });
  expect(run.steps).toMatchObject([
    { path: 'in-sequence#1', kind: 'goal', run: `in-sequence:${key}`, state: 'succeeded' },
    { path: 'act#1', kind: 'job' },
  ]);
  const child = await bench.story({ workflowId: `in-sequence:${key}` });
  expect(child.run).toMatchObject({
    outcome: 'achieved',
    errors: { recovered: 1 },
    why: { kind: 'goal', ref: run.id },
    owner: 'tests',
  });
});

test("a needed goal's failure is a dependency's, with the first true cause and the path to it", async () => {
  const key = fresh('k');
  const { run, errors } = await bench.pursue(needy, {
    key,
    steps: [{ script: ['ok'] }, { script: ['permanent:no_disk'] }],
  });
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: {
      kind: 'dependency',
      code: 'no_disk',
      path: ['in-sequence#1', 'act#2'],
      cause: { run: `in-sequence:${key}`, step: 'act#2', job: 'act', attempt: 1, code: 'no_disk' },
    },
    errors: { fatal: 0 },
  });
  expect(errors).toEqual([]);
});

test('a needed goal that somebody else already pursues is joined, and one already achieved is not run again', async () => {
  const key = fresh('k');
  const first = await bench.start(inSequence, { key, steps: [{ label: 'slowly', script: ['fail', 'ok'] }] });
  const joined = await bench.pursue(needy, { key, steps: [{ label: 'slowly', script: ['fail', 'ok'] }] });
  expect(joined.run).toMatchObject({
    outcome: 'achieved',
    output: { needed: [2] },
    steps: [{ path: 'in-sequence#1', state: 'succeeded' }, { path: 'act#1' }],
  });
  const { run } = await bench.closed(first);
  expect(run.why.kind).toBe('request');
  expect(run.steps).toHaveLength(1);
});

test('a run that is terminated in Temporal is failed by the engine, with the reason', async () => {
  const handle = await bench.start(inParallel, {
    key: fresh('k'),
    steps: [{ label: 'rarely', script: ['fail'] }],
  });
  await expect.poll(async () => (await bench.story(handle)).run.steps.length).toBe(1);
  await handle.terminate('operator lost patience');
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: {
      kind: 'engine',
      code: 'terminated',
      message: expect.stringContaining('operator lost patience'),
    },
  });
});

test("Temporal's own status tells the same truth, and its summaries speak of goals and steps", async () => {
  const handle = await bench.start(inSequence, { key: fresh('k'), steps: [{ script: ['permanent:x'] }] });
  await bench.closed(handle);
  const { status } = await handle.describe();
  expect(status.name).toBe('FAILED');
  const { events = [] } = await handle.fetchHistory();
  const scheduled = events?.find((event) => event.activityTaskScheduledEventAttributes);
  expect(Buffer.from(scheduled?.userMetadata?.summary?.data ?? []).toString()).toContain('permanent:x');
  expect(scheduled?.activityTaskScheduledEventAttributes).toMatchObject({
    activityId: 'act#1',
    activityType: { name: 'act' },
  });
  expect(Buffer.from(events?.[0]?.userMetadata?.summary?.data ?? []).toString()).toBe(
    '"Every step was walked"',
  );
});

test('a clean run costs no more than 1.15 times the events of bare Temporal, and pays for no ledger', async () => {
  const handle = await bench.start(inSequence, {
    key: fresh('k'),
    steps: [{ script: ['ok'] }, { script: ['ok'] }, { script: ['ok'] }],
  });
  await bench.closed(handle);
  const { events } = await handle.fetchHistory();
  // Bare Temporal writes the start and the end, 3 events an activity, and 3 a workflow task, of which there are 4.
  const bare = 1 + 3 * 3 + 3 * 4 + 1;
  expect(events?.length).toBeLessThanOrEqual(bare * 1.15);
  expect(JSON.stringify(events)).not.toContain('ledger');
});

test('a run that was started on Temporal itself is told like the others, also when its input is wrong', async () => {
  const start = (input: unknown) =>
    bench.client.workflow.start(judged.name, {
      workflowId: `judged:${fresh('k')}`,
      taskQueue: bench.taskQueue,
      args: [input],
    });
  const right = await bench.closed(await start({ key: 'k', rows: 1, drift: 0 }));
  expect(right.run).toMatchObject({ outcome: 'achieved', why: { kind: 'engine' } });
  const wrong = await start({ key: 'k' });
  expect((await bench.closed(wrong)).run).toMatchObject({ outcome: 'failed', failure: { kind: 'input' } });
  expect((await wrong.describe()).searchAttributes).toMatchObject({ GkOwner: ['tests'], GkTeam: ['tests'] });
});

// pursue-goal.3
test('a cancelled run waits for its job to clean up before it is closed', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'attempts-')), 'attempts');
  process.env.ATTEMPTS_FILE = file;
  onTestFinished(() => {
    delete process.env.ATTEMPTS_FILE;
  });
  const handle = await bench.start(inSequence, {
    key: fresh('k'),
    steps: [{ label: 'slowly', script: ['clean-up:1500'] }],
  });
  await expect
    .poll(() => readFile(file, 'utf8').catch(() => ''), { timeout: 60_000 })
    .toContain(`${handle.workflowId} act-slowly#1 1`);
  await handle.cancel();
  const { run } = await bench.closed(handle);
  expect(await readFile(file, 'utf8')).toContain(`${handle.workflowId} act-slowly#1 cleaned up`);
  expect(run).toMatchObject({
    outcome: 'cancelled',
    steps: [{ state: 'cancelled' }],
    errors: { handled: 0 },
  });
});

test('a job that asks to be tried again at once, against a slow policy, is tried again without losing an attempt', async () => {
  const { run, errors } = await bench.pursue(inSequence, {
    key: fresh('k'),
    steps: [{ label: 'slowly', script: ['later:0', 'later:0', 'later:0', 'later:0', 'ok'] }],
  });
  expect(run).toMatchObject({ outcome: 'achieved', errors: { recovered: 4 }, output: { attempts: [5] } });
  expect(errors.map(({ code }) => code)).toEqual([
    'retry_after',
    'retry_after',
    'retry_after',
    'retry_after',
  ]);
});

test("a measured value is judged by the goal's own past and kept; a criterion that warns fails no run", async () => {
  const gateway = await gatewayAt(temporalAddress);
  onTestFinished(() => gateway.stop());
  const path = '/goals/measures/criteria/as%20many%20as%20ever';
  const pursue = async (rows: number) => (await bench.pursue(measures, { key: fresh('k'), rows })).run;
  const earlier = [await pursue(90), await pursue(100), await pursue(111)];
  expect(earlier[2]).toMatchObject({
    outcome: 'achieved',
    criteria: [
      { name: 'as many as ever', met: true, measured: { value: 111, unit: 'rows' } },
      { name: 'is even', met: false, message: '111 is odd', severity: 'warn' },
    ],
  });
  const ids = earlier.map(({ id }) => id).reverse();
  // Lists lag.
  await expect
    .poll(async () =>
      (await gateway.get(`${path}?limit=3`)).body.items.map(({ run }: { run: string }) => run),
    )
    .toEqual(ids);

  const failed = await pursue(300);
  const past = { factor: 2, of: 'median', last: 3, runs: 3, reference: 100 };
  const message = 'measured 300 rows; the median of the last 3 runs is 100, so 50 to 200 is expected';
  expect(failed).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'criteria', code: 'criterion_not_met', message: `not met: as many as ever: ${message}` },
    criteria: [{ met: false, message, measured: { value: 300, unit: 'rows', past } }, { met: true }],
  });
  // What failed is no measure of what is usual.
  await expect.poll(async () => (await gateway.get(`${path}?limit=1`)).body.items[0]?.run).toBe(failed.id);
  expect(await pursue(120)).toMatchObject({
    outcome: 'achieved',
    criteria: [{ measured: { past } }, { met: true }],
  });

  const { body: first } = await gateway.get(`${path}?limit=2`);
  const { body: second } = await gateway.get(`${path}?limit=2&cursor=${first.next}`);
  expect([...first.items, ...second.items].map(({ measured: { value } }) => value)).toContain(300);
  expect(await gateway.get('/goals/measures/criteria/none')).toMatchObject({
    status: 404,
    body: { code: 'criterion_unknown', detail: expect.stringContaining("'is even'") },
  });
});
