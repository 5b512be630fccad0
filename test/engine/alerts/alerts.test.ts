import { Worker } from '@temporalio/worker';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { ALERTS, alertSignals } from '../../../goals/wire/names.ts';
import goals, { anyDay, inParallel, inSequence, judged, withFallback } from '../goals.ts';
import { jobs } from '../jobs.ts';
import { fresh, Workbench } from '../workbench.ts';
import { Alerted, goalsModule, webhook } from './alerted.ts';
import { isSignatureRight, Receiver, SECRET } from './receiver.ts';

/** Workflows of the system are any worker's: one that another test kills may have the next task of this, for ten seconds. */
const WITHIN = { timeout: 90_000, interval: 20 };
vi.setConfig({ testTimeout: 240_000 });
const failing = (key = fresh('k')) => ({ key, steps: [{ script: ['permanent:licence_expired'] }] });
const succeeding = (key = fresh('k')) => ({ key, steps: [{ script: ['ok'] }] });

async function markersOf(bench: Workbench, run: string): Promise<string[]> {
  const { events } = await bench.client.workflow.getHandle(run).fetchHistory();
  return (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) => marker?.markerName ?? []);
}

test('a run that fails is told once, signed: the goal, its owner, the first true cause, the path and the run', async () => {
  const receiver = await Receiver.open();
  const slack = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver), { name: 'chat', kind: 'slack', url: slack.url }]);
  const { run } = await alerted.bench.pursue(inSequence, failing());
  expect(run.outcome).toBe('failed');
  await expect.poll(() => [receiver.received.length, slack.received.length], WITHIN).toEqual([1, 1]);
  const [told] = receiver.received;
  const link = `https://gk.example/runs/${run.id}?execution=${run.execution}`;
  expect(told?.body).toMatchObject({
    type: 'goal.failed',
    data: {
      goals: [
        {
          goal: 'in-sequence',
          owner: 'tests',
          team: 'tests',
          run: run.id,
          path: ['act#1'],
          failures: 1,
          link,
        },
      ],
      failure: { code: 'licence_expired', cause: { message: 'no retry will heal this' } },
    },
  });
  expect(told?.body.data.text.split('\n')).toEqual([
    'Goal not reached: in-sequence (owner tests, team tests)',
    'First true cause: licence_expired: no retry will heal this',
    `Path: ${run.id} > act#1`,
    `Run: ${link}`,
  ]);
  expect(isSignatureRight(told as never, SECRET)).toBe(true);
  expect(isSignatureRight({ ...told, raw: `${told?.raw} ` } as never, SECRET)).toBe(false);
  expect(slack.received[0]?.body.blocks[0].text).toMatchObject({
    type: 'plain_text',
    text: told?.body.data.text,
  });
  await expect
    .poll(async () => (await alerted.alerts())[0]?.messages[0]?.deliveries, WITHIN)
    .toMatchObject({ webhook: { state: 'delivered' }, chat: { state: 'delivered' } });
  // The engine's histories know sinks by name only.
  const { events } = await alerted.bench.client.workflow.getHandle(alerted.id).fetchHistory();
  const history = Buffer.from(JSON.stringify(events)).toString();
  for (const secret of [SECRET, receiver.url, slack.url]) expect(history).not.toContain(secret);
});

test('errors that healed, and runs that were cancelled, alert nobody; a notice that comes again is no second alert', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)]);
  const { bench } = alerted;
  const healed = await bench.pursue(inParallel, {
    key: fresh('k'),
    steps: [{ script: ['fail', 'fail', 'ok'] }],
  });
  expect(healed.run).toMatchObject({ outcome: 'achieved', errors: { recovered: 2 } });
  // One that healed reports its fingerprints and its row to visibility, and calls nobody; a clean one pays nothing at all.
  expect(await markersOf(bench, healed.run.id)).toEqual(['core_patch', 'core_patch']);
  const clean = await bench.pursue(inSequence, succeeding());
  expect(await markersOf(bench, clean.run.id)).toEqual([]);
  const hanging = await bench.start(withFallback, {
    ...{ key: fresh('k'), first: { script: ['hang', 'hang', 'hang', 'hang'] }, second: { script: ['ok'] } },
  });
  await hanging.cancel();
  expect((await bench.closed(hanging)).run.outcome).toBe('cancelled');
  const { run } = await bench.pursue(inSequence, failing());
  await expect.poll(() => receiver.received.length, WITHIN).toBe(1);
  const alerts = bench.client.workflow.getHandle(alerted.id);
  const { events } = await alerts.fetchHistory();
  const notices = (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
  const notice = notices.find(({ signalName }) => signalName === alertSignals.notice);
  await alerts.signal(
    alertSignals.notice,
    JSON.parse(Buffer.from(notice?.input?.payloads?.[0]?.data ?? '').toString()),
  );
  // What comes after it is told after it.
  await bench.pursue(judged, { key: fresh('k'), rows: 0, drift: 0 });
  await expect.poll(() => receiver.received.length, WITHIN).toBe(2);
  expect(
    receiver.received.map(({ body }) => body.data.goals.map(({ goal }: { goal: string }) => goal)),
  ).toEqual([['in-sequence'], ['judged']]);
  expect(await alerted.alerts()).toMatchObject([
    { trouble: { kind: 'criteria' }, goals: [{ goal: 'judged', count: 1 }] },
    { trouble: { kind: 'job' }, goals: [{ goal: 'in-sequence', count: 1, runs: [{ run: run.id }] }] },
  ]);
});

test('one trouble that hits many goals is one message that names them all', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], { gatherMs: 5_000 });
  const { bench } = alerted;
  const broken = { script: ['permanent:licence_expired'] };
  await Promise.all([
    bench.pursue(inSequence, failing()),
    bench.pursue(inParallel, failing()),
    bench.pursue(withFallback, { key: fresh('k'), first: broken, second: broken }),
  ]);
  await expect.poll(() => receiver.received.length, WITHIN).toBe(1);
  const { data } = receiver.received[0]?.body ?? {};
  expect(data.text).toMatch(/^3 goals not reached, for one cause\nFirst true cause: licence_expired: /);
  expect(data.goals.map(({ goal }: { goal: string }) => goal).sort()).toEqual([
    'in-parallel',
    'in-sequence',
    'with-fallback',
  ]);
});

test('a goal is quiet after a message: what fails then is counted; that it is reached again is told once, with the count', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)]);
  const { bench } = alerted;
  const key = fresh('k');
  const first = await bench.pursue(inSequence, failing(key));
  await expect.poll(() => receiver.received.length, WITHIN).toBe(1);
  const second = await bench.pursue(inSequence, failing());
  await expect.poll(async () => (await alerted.alerts())[0]?.goals[0]?.count, WITHIN).toBe(2);
  const { run } = await bench.pursue(inSequence, succeeding(key));
  expect([run.id, run.outcome]).toEqual([first.run.id, 'achieved']);
  await expect.poll(() => receiver.received.length, WITHIN).toBe(2);
  expect(receiver.received[1]?.body.type).toBe('goal.reached');
  const text: string = receiver.received[1]?.body.data.text;
  expect(text).toContain('Goal reached again: in-sequence (owner tests, team tests)');
  expect(text).toContain(`Achieved: ${run.id}`);
  expect(text).toContain('2 failures in all');
  expect(text).toContain(`Other runs that failed: ${second.run.id}`);
  expect(await alerted.alerts()).toMatchObject([
    { state: 'closed', goals: [{ settled: { how: 'reached', run: run.id } }] },
  ]);
  // Achieved once more: no more news. What comes after it is told after it.
  await bench.pursue(inSequence, succeeding());
  await bench.pursue(inParallel, failing());
  await expect.poll(() => receiver.received.length, WITHIN).toBe(3);
  expect(receiver.received[2]?.body.data.goals[0].goal).toBe('in-parallel');
  // All of it is replayed without a difference.
  const history = await bench.client.workflow.getHandle(alerted.id).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: await bundleGoals(goalsModule) }, history, alerted.id);
});

test("another day's success settles nothing, but where the goal says so; the same day's does", async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)]);
  const { bench } = alerted;
  const key = fresh('k');
  const told = (type: string): string[] =>
    receiver.received
      .filter(({ body }) => body.type === type)
      .flatMap(({ body }) => body.data.goals.map(({ goal }: { goal: string }) => goal))
      .sort();
  await bench.pursue(judged, { key, rows: 0, drift: 0 });
  await bench.pursue(anyDay, { key, rows: 0 });
  await expect.poll(() => told('goal.failed'), WITHIN).toEqual(['any-day', 'judged']);
  await bench.pursue(judged, { key: fresh('k'), rows: 1, drift: 0 });
  await bench.pursue(anyDay, { key: fresh('k'), rows: 1 });
  // The sweep that finds the one has looked for the other, too.
  await expect.poll(() => told('goal.reached'), WITHIN).toEqual(['any-day']);
  const settled = async () =>
    (await alerted.alerts()).flatMap((alert) => alert.goals).find(({ goal }) => goal === 'judged')?.settled;
  expect(await settled()).toBeNull();
  await bench.pursue(judged, { key, rows: 1, drift: 0 });
  await expect.poll(() => told('goal.reached'), WITHIN).toEqual(['any-day', 'judged']);
  expect(await settled()).toMatchObject({ how: 'reached', run: `judged:${key}` });
});

test('a notice that cannot be read stops none that can', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)]);
  await alerted.bench.client.workflow.getHandle(alerted.id).signal(alertSignals.notice, { kind: 'loud' });
  await alerted.bench.pursue(inSequence, failing());
  await expect.poll(() => receiver.received.length, WITHIN).toBe(1);
});

test('a run that was terminated in Temporal is found by the sweep, and told once', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)]);
  const { bench } = alerted;
  const key = fresh('k');
  const handle = await bench.start(inSequence, { key, steps: [{ label: 'slowly', script: ['hang'] }] });
  await handle.terminate('enough of it');
  await expect.poll(() => receiver.received.length, WITHIN).toBe(1);
  expect(receiver.received[0]?.body.data).toMatchObject({
    failure: { kind: 'engine', code: 'terminated', message: expect.stringContaining('enough of it') },
    goals: [{ goal: 'in-sequence', owner: 'tests', run: handle.workflowId, failures: 1 }],
  });
  // Several sweeps later it is still the one alert.
  await bench.pursue(inSequence, succeeding(key));
  await expect.poll(() => receiver.received.length, WITHIN).toBe(2);
  expect(await alerted.alerts()).toMatchObject([{ state: 'closed', goals: [{ count: 1 }] }]);
});

test('the alerts workflow goes on in fresh histories, and forgets nothing', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], { changesPerHistory: 2 });
  const { bench } = alerted;
  const before = (await bench.client.workflow.getHandle(alerted.id).describe()).runId;
  const key = fresh('k');
  await bench.pursue(inSequence, failing(key));
  await expect.poll(() => receiver.received.length, WITHIN).toBe(1);
  await bench.pursue(judged, { key, rows: 0, drift: 0 });
  await expect.poll(() => receiver.received.length, WITHIN).toBe(2);
  await bench.pursue(inSequence, succeeding(key));
  await bench.pursue(judged, { key, rows: 1, drift: 0 });
  const states = async () => (await alerted.alerts()).map(({ state }) => state);
  await expect.poll(states, WITHIN).toEqual(['closed', 'closed']);
  await expect.poll(() => new Set(receiver.received.map(({ id }) => id)).size, WITHIN).toBe(4);
  const { runId, status, type } = await bench.client.workflow.getHandle(alerted.id).describe();
  expect([status.name, type, runId === before]).toEqual(['RUNNING', ALERTS, false]);
});

test('an alerts workflow that somebody ended begins anew with the next failure', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)]);
  await alerted.bench.client.workflow.getHandle(alerted.id).terminate();
  await alerted.bench.pursue(inSequence, failing());
  await expect.poll(() => receiver.received.length, WITHIN).toBe(1);
});

test('a run ends as it would, and within a bound, when nobody can be told', async () => {
  const bench = await Workbench.open();
  onTestFinished(() => bench.close());
  // An ID that no server takes.
  await bench.worker(goalsModule, goals, jobs, undefined, { id: 'x'.repeat(2_000) });
  const handle = await bench.start(inSequence, failing());
  const { run } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'failed', failure: { code: 'licence_expired' } });
  expect(Date.parse(run.closedAt ?? '') - Date.parse(run.startedAt)).toBeLessThan(8_000);
});
