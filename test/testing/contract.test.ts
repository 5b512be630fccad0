// The simulator held to the engine: scenarios by seed, each pursued by both, and both views must be equal.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertSignals, updateNames } from '../../goals/wire/names.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import { simulate } from '../../testing/index.ts';
import type { RunStory } from '../../views/run-view.ts';
import { fresh, Workbench } from '../engine/workbench.ts';
import { codeOf } from './contract/code.ts';
import goals, { hurried, type Plan, planned, punctual, risky } from './contract/goals.ts';
import { comparable } from './contract/same-view.ts';
import { type Scenario, scenario } from './contract/scenarios.ts';

const FIRST_SEED = Number(process.env.CONTRACT_SEED ?? 0);
const SCENARIOS = Number(process.env.CONTRACT_SCENARIOS ?? 54);

const prefix = fresh('contract');
const alertsId = fresh('contract-alerts');
const scenarios = Array.from({ length: SCENARIOS }, (_, i) => scenario(FIRST_SEED + i, prefix));
const goalsModule = fileURLToPath(new URL('./contract/goals.ts', import.meta.url));

let bench: Workbench;
const stories = new Map<number, Promise<RunStory>>();

beforeAll(async () => {
  bench = await Workbench.open();
  const cancel = (run: string): void => {
    void bench.client.workflow.getHandle(run).cancel();
  };
  await bench.worker(goalsModule, goals, codeOf(cancel) as never, bench.taskQueue, { id: alertsId });
  // What has a deadline comes to its trouble in time only while there is little else to do.
  for (const part of [scenarios.filter((one) => one.isHurried), scenarios.filter((one) => !one.isHurried)])
    await Promise.all(
      part.map(
        (one) =>
          new Promise<void>((resolve) => {
            const story = pursued(one, resolve);
            story.finally(resolve).catch(() => undefined);
            stories.set(one.seed, story);
          }),
      ),
    );
});
afterAll(() => bench.close());

/** Pursued by the engine, with what persons decide and who cancels it. `arrived` when it waits for its trouble. */
async function pursued(
  { input, isHurried, decide, waitsAt, isCancelled }: Scenario,
  arrived: () => void,
): Promise<RunStory> {
  const handle = await bench.start(isHurried ? hurried : planned, input);
  const decided = new Set<string>();
  for (;;) {
    const story = await bench.story(handle);
    const { run } = story;
    if (run.state === 'closed') return story;
    for (const { step, name } of run.waiting) {
      const decision = decide[name];
      if (decision === undefined || decided.has(step)) continue;
      decided.add(step);
      const { decision: verdict, by, reason = null, ...data } = decision;
      const request = { step, decision: verdict, by, reason, verified: true, ...data };
      await handle.executeUpdate(updateNames.decide, { args: [request] });
    }
    const waits = run.steps.find(({ path, closedAt }) => path === waitsAt && closedAt === null);
    if (waits !== undefined || !isHurried) arrived();
    if (waits !== undefined && isCancelled) await handle.cancel();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** The same by the simulator. */
async function simulated({ input, isHurried, decide, isCancelled }: Scenario) {
  const controller = new AbortController();
  const { ledger, ...run } = await simulate(isHurried ? hurried : planned, {
    input,
    jobs: codeOf(() => controller.abort()),
    decide,
    cancel: isCancelled ? { after: '30m' } : controller.signal,
  });
  const { omitted: _, tookMs: __, leases: ___, notices: ____, artifacts: _____, ...view } = run;
  return comparable(view, ledger);
}

describe('the simulator tells of a scenario what the engine does', () => {
  test.concurrent.each(scenarios.map((one) => [one.seed, one.trouble, one] as const))(
    'seed %i: %s',
    async (seed, _trouble, one) => {
      const { run, errors } = await (stories.get(seed) as Promise<RunStory>);
      expect(await simulated(one)).toEqual(comparable(run, errors));
    },
    240_000,
  );
});

/** The kinds of notice that the alerts workflow got of a run, in order. */
async function noticesOf(run: string): Promise<string[]> {
  const { events } = await bench.client.workflow.getHandle(alertsId).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const data = signal?.signalName === alertSignals.notice ? signal.input?.payloads?.[0]?.data : null;
    if (data == null) return [];
    const notice = JSON.parse(Buffer.from(data).toString()) as { kind: string; run: string };
    return notice.run === run ? [notice.kind] : [];
  });
}

test('the owner of a run at risk is told what the engine tells, and once', async () => {
  const input = { id: fresh('risky'), plan: { do: 'throw' as const, message: 'none' }, ok: true };
  const handle = await bench.start(risky, input);
  await expect.poll(() => noticesOf(handle.workflowId), { timeout: 60_000 }).not.toEqual([]);
  await handle.cancel();
  await bench.closed(handle);
  const run = await simulate(risky, { input, jobs: codeOf(() => undefined), cancel: { after: '20s' } });
  expect(run.notices).toMatchObject([{ kind: 'at-risk', step: 'rarely#1' }]);
  expect(run.notices.map(({ kind }) => kind)).toEqual(await noticesOf(handle.workflowId));
});

describe('a deadline by the clock', () => {
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const input = (day: string, plan: Plan) => ({ id: fresh('punctual'), day, plan, ok: true });
  const step: Plan = { do: 'job', script: ['ok'] };

  test('that is over when the run begins ends it at once, and nothing is done', async () => {
    const given = input('2026-10-24', step);
    const { run } = await bench.pursue(punctual, given);
    expect(run).toMatchObject({
      ...{ outcome: 'failed', deadline: '2026-10-25T06:00:00.000Z', expected: '2026-10-25T05:30:00.000Z' },
      failure: {
        ...{ kind: 'deadline', code: 'deadline_passed', path: [], cause: null },
        message:
          'the deadline of 07:00 in Europe/Paris (2026-10-25T06:00:00.000Z) was over when the run began, so nothing was done; a resume pursues it without',
      },
      steps: [],
    });
    const simulated = await simulate(punctual, {
      ...{ input: given, jobs: codeOf(() => undefined), at: '2026-10-25T07:00:00Z' },
    });
    expect(simulated).toMatchObject({ failure: run.failure, deadline: run.deadline, expected: run.expected });
  });

  test('by-clock.1: ends a run at the moment that its start has reckoned, whatever the clock of its worker', async () => {
    // by-clock.1
    const given = input('2026-10-24', { do: 'sleep', ms: 3_600_000 });
    const deadline = Date.now() + 6_000;
    const earlier = { deadline, expected: Date.now() + 500 };
    const handle = await bench.client.workflow.start(punctual.name, {
      ...runStart({ ...punctual, earlier }, given, { ...why, kind: 'resume' }),
      ...{ taskQueue: bench.taskQueue, args: [given] },
    });
    const { run } = await bench.closed(handle);
    const at = new Date(deadline).toISOString();
    expect(run).toMatchObject({
      ...{ outcome: 'failed', expected: new Date(earlier.expected).toISOString() },
      failure: {
        ...{ code: 'deadline_passed', path: ['sleep#1'] },
        message: expect.stringContaining(
          `the deadline of 07:00 in Europe/Paris (${at}) passed while sleep#1`,
        ),
      },
    });
    expect(await noticesOf(handle.workflowId)).toContain('late');
  }, 60_000);

  test('by-clock.3: that is over bounds no run that needs none of it in time', async () => {
    // by-clock.3
    const given = input('2026-10-24', step);
    const handle = await bench.client.workflow.start(punctual.name, {
      ...runStart(punctual, given, { ...why, kind: 'backfill' }),
      ...{ taskQueue: bench.taskQueue, args: [given] },
    });
    expect((await bench.closed(handle)).run).toMatchObject({
      ...{ outcome: 'achieved', deadline: null, expected: null, late: false },
    });
  });
});
