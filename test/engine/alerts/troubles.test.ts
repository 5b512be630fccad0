// Who is told of a run that is not over yet: that it struggles beyond policy, is at risk, or late. Each once.

import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { expect, test, vi } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { Gate } from '../persistence/latch-jobs/gate.ts';
import goals, {
  closelyCut,
  counted,
  expectedLater,
  overslept,
  passed,
  passedOrNot,
  patientlyCut,
  rarelyAndLong,
} from '../persistence/latch-jobs/goals.ts';
import { jobs } from '../persistence/latch-jobs/jobs.ts';
import { fresh } from '../workbench.ts';
import { Alerted, webhook } from './alerted.ts';
import { Receiver } from './receiver.ts';

/** Workflows of the system are any worker's: one that another test kills may have the next task of this, for ten seconds. */
const WITHIN = { timeout: 90_000, interval: 50 };
vi.setConfig({ testTimeout: 240_000 });
const team = {
  module: fileURLToPath(new URL('../persistence/latch-jobs/goals.ts', import.meta.url)),
  goals,
  jobs,
};

const told = (receiver: Receiver): string[] =>
  receiver.received.map(({ body }) => `${body.type} ${body.data.goals[0].goal}`);

test('a run whose errors persist beyond the policy of its job is told once, and again when it has reached its goal', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], {}, team);
  const gate = await Gate.closed('the warehouse is down');
  const handle = await alerted.bench.start(passed, { key: fresh('k'), gate: gate.path });
  await expect.poll(() => told(receiver), WITHIN).toEqual(['goal.struggling gate-passed']);
  const { data } = receiver.received[0]?.body ?? {};
  expect(data.text).toContain('Goal struggling: gate-passed (owner tests, team gates)');
  expect(data.text).toContain('the warehouse is down');
  expect(data.text).toContain(`Path: ${handle.workflowId} > pass#1`);
  expect(data.failure.cause.message).toContain('the warehouse is down');
  // It goes on failing, and that is no news.
  const attempts = async () => (await alerted.bench.story(handle)).errors.length;
  await expect.poll(attempts, WITHIN).toBeGreaterThan(4);
  await gate.open();
  expect((await alerted.bench.closed(handle)).run.outcome).toBe('achieved');
  await expect
    .poll(() => told(receiver), WITHIN)
    .toEqual(['goal.struggling gate-passed', 'goal.reached gate-passed']);
  const workflowBundle = await bundleGoals(team.module);
  await Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory());
});

test('a run whose next attempt comes too late for what usually remains is told as at risk, and of nothing else', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], { cooldownMs: 0 }, team);
  const gate = await Gate.closed();
  const handle = await alerted.bench.start(rarelyAndLong, { key: fresh('k'), gate: gate.path });
  await expect.poll(() => told(receiver), WITHIN).toEqual(['goal.at_risk gate-rarely-and-long']);
  expect(receiver.received[0]?.body.data.text).toContain('Goal at risk: gate-rarely-and-long');
  expect((await alerted.bench.story(handle)).run).toMatchObject({ state: 'struggling', atRisk: true });
  // What another run tells is told after it: nothing came in between.
  await alerted.bench.pursue(passedOrNot, { key: fresh('k'), gate: gate.path });
  await expect.poll(() => told(receiver).slice(1), WITHIN).toEqual(['goal.failed gate-passed-or-not']);
  await handle.terminate();
});

test('a run that struggles is told as at risk when its errors have lasted too long for its deadline', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], { cooldownMs: 0 }, team);
  const gate = await Gate.closed();
  const handle = await alerted.bench.start(closelyCut, { key: fresh('k'), gate: gate.path });
  await expect
    .poll(() => told(receiver), WITHIN)
    .toEqual(['goal.struggling gate-closely-cut', 'goal.at_risk gate-closely-cut']);
  const workflowBundle = await bundleGoals(team.module);
  await Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory());
  // The view shows its steps, not the engine's own timers.
  expect((await alerted.bench.story(handle)).run.steps.map(({ path }) => path)).toEqual(['pass#1']);
  await handle.terminate();
});

test('errors that no policy calls persisting are told when they put the run at risk', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], {}, team);
  const gate = await Gate.closed();
  const handle = await alerted.bench.start(patientlyCut, { key: fresh('k'), gate: gate.path });
  await expect.poll(() => told(receiver), WITHIN).toEqual(['goal.at_risk gate-patiently-cut']);
  await handle.terminate();
});

test('a run that is open past the time at which it was expected is told as late, once; one in time tells nobody', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], {}, team);
  const up = await Gate.closed('up');
  const inTime = await alerted.bench.pursue(expectedLater, { key: fresh('k'), gate: up.path });
  expect(inTime.run).toMatchObject({ outcome: 'achieved', late: false });
  const { run } = await alerted.bench.pursue(overslept, { key: fresh('k'), gate: up.path });
  expect(run).toMatchObject({ outcome: 'achieved', late: true, steps: [{ path: 'sleep#1' }] });
  await expect
    .poll(() => told(receiver), WITHIN)
    .toEqual(['goal.late gate-overslept', 'goal.reached gate-overslept']);
  expect(receiver.received[0]?.body.data.text).toContain(
    'Why: not reached within 500 ms, when it was expected',
  );
});

test('a goal that warns is told once, though it is achieved, and again when a later run warns no more', async () => {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], {}, team);
  const pursue = async (rows: number) => {
    const { run } = await alerted.bench.pursue(counted, { key: fresh('k'), rows });
    expect(run.outcome).toBe('achieved');
    return run.id;
  };
  const warned = await pursue(9);
  await expect.poll(() => told(receiver), WITHIN).toEqual(['goal.warned gate-counted']);
  const { text } = receiver.received[0]?.body.data ?? {};
  expect(text).toContain('Goal achieved with a warning: gate-counted (owner tests, team gates)');
  expect(text).toContain('Why: enough rows: measured 9 rows; at least 10 is needed');
  expect(text).toContain(`Path: ${warned}`);
  // Another run that warns is no news.
  await pursue(8);
  const quiet = await pursue(10);
  await expect
    .poll(() => told(receiver), WITHIN)
    .toEqual(['goal.warned gate-counted', 'goal.warning_over gate-counted']);
  expect(receiver.received[1]?.body.data.text).toContain(`Achieved: ${quiet}`);
});
