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

/** Of gRPC. */
const FAILED_PRECONDITION = 9;
/** More at once would be too much for a machine that is busy, and attempts be lost. */
const LANES = 6;

let bench: Workbench;
/** By seed. */
const stories = new Map(scenarios.map((one) => [one.seed, later<RunStory>()]));

beforeAll(async () => {
  bench = await Workbench.open();
  const cancel = (run: string): void => {
    void bench.client.workflow.getHandle(run).cancel();
  };
  await bench.worker(goalsModule, goals, codeOf(cancel) as never, bench.taskQueue, { id: alertsId });
  // What has a deadline comes to its trouble in time only while there is little else to do.
  const [hurried, others] = [
    scenarios.filter((one) => one.isHurried),
    scenarios.filter((one) => !one.isHurried),
  ];
  await inLanes(hurried, (one) => new Promise((resolve) => pursue(one, resolve).then(resolve)));
  void inLanes(others, (one) => pursue(one, () => undefined));
});
afterAll(() => bench.close());

const storyOf = (seed: number): Later<RunStory> => stories.get(seed) as Later<RunStory>;

/** A promise that is settled from outside. */
interface Later<T> {
  promise: Promise<T>;
  settle(value: T): void;
  fail(error: unknown): void;
}

function later<T>(): Later<T> {
  let [settle, fail]: [Later<T>['settle'], Later<T>['fail']] = [() => undefined, () => undefined];
  const promise = new Promise<T>((resolve, reject) => {
    [settle, fail] = [resolve, reject];
  });
  promise.catch(() => undefined);
  return { promise, settle, fail };
}

async function inLanes(all: readonly Scenario[], work: (one: Scenario) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Resolves once its story is known, or is known to be lost. */
async function pursue(one: Scenario, arrived: () => void): Promise<void> {
  const story = storyOf(one.seed);
  await pursued(one, arrived).then(story.settle, story.fail);
}

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
      // Temporal takes none while a task of the run has failed, as on a busy machine one may: it is sent again.
      const isTaken = await handle.executeUpdate(updateNames.decide, { args: [request] }).then(
        () => true,
        (error: unknown) => {
          if ((error as { cause?: { code?: number } }).cause?.code !== FAILED_PRECONDITION) throw error;
          return false;
        },
      );
      if (!isTaken) decided.delete(step);
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
      const { run, errors } = await storyOf(seed).promise;
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
