import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { bind } from '../../../activities/bind.ts';
import { bundleGoals } from '../../../activities/bundle.ts';
import { publishGoals } from '../../../activities/catalogue/publish.ts';
import { foreignGoal, type Goal, goal } from '../../../goals/index.ts';
import { publish } from '../../../goals/publish.ts';
import { signalNames } from '../../../goals/wire/names.ts';
import { runStart } from '../../../goals/wire/run-start.ts';
import { Gate } from '../persistence/latch-jobs/gate.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import buyers, { bought, sought } from './buyers.ts';
import makers, {
  allStamped,
  made,
  madeDaily,
  packed,
  packedDaily,
  pass,
  stamped,
  wrapped,
} from './makers.ts';

const moduleOf = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
const patient = { timeout: 60_000 };

const jobs = [
  bind(pass, async ({ gate }, { attempt }) => {
    const state = await readFile(gate, 'utf8');
    if (state === 'up') return { attempt };
    throw Object.assign(new Error(`the gate says ${state}`), { code: state });
  }),
];

let bench: Workbench;
let buyersQueue: string;
let bundle: WorkflowBundleWithSourceMap;

const deployMakers = (goals: readonly Goal[] = makers) => bench.worker(moduleOf('makers'), goals, jobs);
const deployBuyers = () => bench.worker(moduleOf('buyers'), buyers, [], buyersQueue);

beforeAll(async () => {
  bench = await Workbench.open();
  buyersQueue = fresh('buyers');
  bundle = await bundleGoals(moduleOf('makers'));
  await deployMakers();
  await deployBuyers();
});
afterAll(() => bench.close());

async function eventsOf({ workflowId }: { workflowId: string }) {
  const { events } = await bench.client.workflow.getHandle(workflowId).fetchHistory();
  return events ?? [];
}

const replays = Replayer.forThisFile(() => ({ workflowBundle: bundle }));

/** Until the run knows of so many that wait for it. */
const awaited = (run: WorkflowHandle, times: number) =>
  expect
    .poll(async () => {
      const signals = (await eventsOf(run)).map((event) => event.workflowExecutionSignaledEventAttributes);
      return signals.filter((signal) => signal?.signalName === signalNames.neededBy).length;
    }, patient)
    .toBe(times);

const firedTimers = async (run: WorkflowHandle): Promise<number> =>
  (await eventsOf(run)).filter((event) => event.timerFiredEventAttributes).length;

test('goals that need one key share its run, also when somebody else has started it, and hear of its end at once', async () => {
  const gate = await Gate.closed();
  const input = { key: fresh('k'), gate: gate.path };
  const needed = await bench.start(made, input);
  const parents = [await bench.start(packed, input), await bench.start(wrapped, input)];
  await awaited(needed, 2);
  await gate.open();
  const stories = await Promise.all(parents.map((parent) => bench.closed(parent)));
  const { run: shared } = await bench.closed(needed);
  const attempts = (shared.output as { attempts: number }).attempts;
  for (const { run } of stories) {
    expect(run).toMatchObject({ outcome: 'achieved', output: { made: attempts } });
    // What healed in the shared run is its own.
    expect(run.errors).toEqual({ pending: 0, recovered: 0, handled: 0, fatal: 0 });
    expect(run.steps).toMatchObject([{ kind: 'goal', run: needed.workflowId, state: 'succeeded' }]);
  }
  expect(shared.why.kind).toBe('request');
  expect(shared.errors.recovered).toBeGreaterThan(0);
  // Nobody looked now and then: all were told.
  expect(await Promise.all(parents.map(firedTimers))).toEqual([0, 0]);
});

test('the failure of a run that is joined is the failure of who needs it, with the first true cause', async () => {
  const gate = await Gate.closed();
  const input = { key: fresh('k'), gate: gate.path };
  const needed = await bench.start(made, input);
  const parent = await bench.start(packed, input);
  await awaited(needed, 1);
  await gate.becomes('broken');
  const { run } = await bench.closed(parent);
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: {
      ...{ kind: 'dependency', code: 'broken', path: ['needs-made#1', 'makers-pass#1'] },
      cause: { run: needed.workflowId, step: 'makers-pass#1', code: 'broken' },
    },
  });
  expect(await firedTimers(parent)).toBe(0);
});

test.each([
  ['for ever', made, packed],
  ['for a day', madeDaily, packedDaily],
])(
  'a run of the same key with another input is not taken for what is needed, where that holds %s',
  async (_, goal, parent) => {
    const [gate, other] = [await Gate.closed(), await Gate.closed('up')];
    const key = fresh('k');
    const needed = await bench.start(goal, { key, gate: gate.path });
    const refusal = {
      outcome: 'failed',
      failure: {
        ...{ kind: 'dependency', code: 'input_differs', path: [`${goal.name}#1`] },
        message: expect.stringContaining(`${needed.workflowId} has the same key (${key}) and another input`),
      },
      steps: [{ kind: 'goal', run: needed.workflowId, state: 'failed' }],
    };
    const whileOpen = await bench.start(parent, { key, gate: other.path });
    expect((await bench.closed(whileOpen)).run).toMatchObject(refusal);
    expect((await bench.story(needed)).run.state).not.toBe('closed');
    await gate.open();
    expect((await bench.closed(needed)).run).toMatchObject({ outcome: 'achieved' });
    const whenAchieved = await bench.start(parent, { key, gate: other.path });
    expect((await bench.closed(whenAchieved)).run).toMatchObject(refusal);
    for (const refused of [whileOpen, whenAchieved]) await replays.replay(refused);
    const same = await bench.start(parent, { key: fresh('k'), gate: gate.path });
    expect((await bench.closed(same)).run).toMatchObject({ outcome: 'achieved' });
  },
);

test("a run that was started on Temporal's own is joined, as nothing tells of its input", async () => {
  const [gate, other] = [await Gate.closed('up'), await Gate.closed()];
  const key = fresh('k');
  const { workflowId } = runStart(
    made,
    { key, gate: gate.path },
    {
      ...{ kind: 'request', at: '', by: null, reason: null, ref: null },
    },
  );
  const { taskQueue } = bench;
  const args = [{ key, gate: gate.path }];
  const needed = await bench.client.workflow.start(made.name, { workflowId, taskQueue, args });
  await needed.result();
  const { run } = await bench.closed(await bench.start(packed, { key, gate: other.path }));
  expect(run).toMatchObject({ outcome: 'achieved', steps: [{ run: workflowId, state: 'succeeded' }] });
});

test('a run that is terminated tells nobody, and whoever waits for it finds out all the same', async () => {
  const gate = await Gate.closed();
  const input = { key: fresh('k'), gate: gate.path };
  const needed = await bench.start(made, input);
  const parent = await bench.start(packed, input);
  await awaited(needed, 1);
  await needed.terminate('by hand');
  const { run } = await bench.closed(parent);
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'engine', code: 'engine_failed' } });
});

test('a goal of another team is started on its own queue, as its own', async () => {
  const gate = await Gate.closed('up');
  const input = { key: fresh('k'), gate: gate.path };
  const parent = await bench.start(bought, input, buyersQueue);
  const { run } = await bench.closed(parent);
  expect(run).toMatchObject({ outcome: 'achieved', output: { made: 1 } });
  const needed = bench.client.workflow.getHandle(run.steps[0]?.run as string);
  expect((await needed.describe()).taskQueue).toBe(bench.taskQueue);
  expect((await bench.closed(needed)).run).toMatchObject({
    ...{ outcome: 'achieved', owner: 'makers', team: 'makers' },
    why: { kind: 'goal', ref: parent.workflowId },
  });
});

test('500 runs are needed at once, by a run whose worker goes away meanwhile: some are lost, each with its run, and none is begun twice', async () => {
  const [of, torn] = [fresh('k'), [7, 250, 499]];
  // These are joined.
  for (const n of [1, 2]) await (await bench.start(stamped, { key: of, n, torn })).result();
  // The worker of those who need has a queue of its own, as another is to take its place.
  const queue = fresh('stamping');
  const deploy = () => bench.worker(moduleOf('makers'), [stamped, allStamped], [], queue);
  const first = await deploy();
  const parent = await bench.start(
    allStamped,
    { key: fresh('all'), of, count: 500, torn, most: 3, atOnce: 60 },
    queue,
  );
  const progress = async () => (await bench.story(parent)).run.steps[0]?.map;
  await expect.poll(async () => (await progress())?.done ?? 0, patient).toBeGreaterThan(40);
  await first.stop();
  expect(await progress()).toMatchObject({ total: 500 });
  await deploy();
  const { run } = await bench.closed(parent);
  const sum = (500 * 501) / 2 - torn.reduce((a, b) => a + b, 0);
  const lost = torn.map((n) => ({ index: n - 1, code: 'criterion_not_met' }));
  expect(run).toMatchObject({ outcome: 'achieved', output: { sum, lost } });
  expect(run.steps).toHaveLength(1);
  expect(run.steps[0]).toMatchObject({
    ...{ path: 'map#1', kind: 'map', state: 'succeeded' },
    map: { total: 500, done: 497, lost: 3 },
  });
  expect(run.steps[0]?.map?.lostItems).toMatchObject(
    torn.map((n) => ({
      path: `map#1/needs-stamped#${n}`,
      code: 'criterion_not_met',
      run: `needs-stamped:${of}~${n}`,
    })),
  );
  await replays.replay(parent);
  const query = `WorkflowType = '${stamped.name}' AND WorkflowId STARTS_WITH 'needs-stamped:${of}'`;
  await expect.poll(async () => (await bench.client.workflow.count(query)).count, patient).toBe(500);
});

test('without a tolerance the first run that is not achieved fails the map, by its own cause; and a resume keeps those that are', async () => {
  const of = fresh('k');
  const input = { key: fresh('all'), of, count: 30, torn: [20], atOnce: 4 };
  const parent = await bench.start(allStamped, input);
  const { run } = await bench.closed(parent);
  expect(run).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'dependency', code: 'criterion_not_met', path: ['map#1/needs-stamped#20'] },
    steps: [{ state: 'failed', map: { total: 30, lost: 1 } }],
  });
  await replays.replay(parent);
  const { runId: from } = await parent.describe();
  const why = { kind: 'resume' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const again = await bench.client.workflow.start(allStamped.name, {
    ...runStart(allStamped, input, why),
    taskQueue: bench.taskQueue,
    args: [input, { from, outcome: 'failed', failure: null, seed: true, exclude: [], supply: [] }],
  });
  expect((await bench.closed(again)).run).toMatchObject({
    outcome: 'failed',
    failure: { path: ['map#1/needs-stamped#20'] },
  });
  await replays.replay(again);
  const executions = (n: number) => bench.client.workflow.count(`WorkflowId = 'needs-stamped:${of}~${n}'`);
  await expect.poll(async () => (await executions(20)).count, patient).toBe(2);
  expect((await executions(1)).count).toBe(1);
  const tooMany = await bench.start(allStamped, { ...input, key: fresh('all'), count: 2_001 });
  expect((await bench.closed(tooMany)).run.failure).toMatchObject({
    kind: 'code',
    message: expect.stringContaining('takes up to 2000 inputs, not 2001'),
  });
});

test('a goal of another team that nobody has published fails who needs it, and says so', async () => {
  const { run } = await bench.closed(await bench.start(sought, { key: fresh('k') }, buyersQueue));
  expect(run.failure).toMatchObject({ kind: 'dependency', code: 'dependency_unknown' });
  expect(run.failure?.message).toContain("no goal 'needs-nowhere' is published");
});

test('what its team closes again is refused to a run, and to a worker that starts', async () => {
  const { usableBy: _, ...closed } = made;
  await deployMakers([{ ...closed, usableBy: [] }]);
  const input = { key: fresh('k'), gate: (await Gate.closed('up')).path };
  const { run } = await bench.closed(await bench.start(bought, input, buyersQueue));
  expect(run.failure).toMatchObject({ kind: 'dependency', code: 'dependency_not_open' });
  await expect(deployBuyers()).rejects.toMatchObject({ code: 'goal_not_open' });
  await deployMakers();
  await deployBuyers();
});

const needing = (name: string, needed: string) =>
  goal({
    ...{ name, owner: 'tests', team: name, usableBy: 'all', outcome: 'Never', key: [] },
    ...{ input: z.object({}), output: z.object({}), criteria: { there: () => true } },
    needs: [foreignGoal({ name: needed, input: z.object({}), output: z.object({}) })],
    pursue: async () => ({}),
  });

test('goals of two teams that need each other are refused when the second is published, with the way', async () => {
  const [one, other] = [fresh('one'), fresh('other')];
  await bench.worker(moduleOf('makers'), [needing(one, other)], [], fresh('q'));
  await expect(bench.worker(moduleOf('makers'), [needing(other, one)], [], fresh('q'))).rejects.toMatchObject(
    { code: 'goals_circular', message: expect.stringContaining(`${other} → ${one} → ${other}`) },
  );
});

test('two deployments that close a circle at one moment do not both go on', async () => {
  const [one, other] = [fresh('one'), fresh('other')];
  const publicationOf = (name: string, needed: string) =>
    publish(needing(name, needed), { taskQueue: name, deployment: name, version: 1, code: name });
  const { client } = bench;
  const log = pino({ level: 'silent' });
  // Between the other's look at the catalogue and its publication.
  const meanwhile = new Proxy(client.workflow, {
    get: (workflow, name) =>
      name !== 'signalWithStart'
        ? Reflect.get(workflow, name)
        : async (...given: Parameters<typeof workflow.signalWithStart>) => {
            await publishGoals(client, [publicationOf(one, other)], log);
            return workflow.signalWithStart(...given);
          },
  });
  const late = publishGoals({ workflow: meanwhile } as Client, [publicationOf(other, one)], log);
  await expect(late).rejects.toMatchObject({
    code: 'goals_circular',
    message: expect.stringContaining(`${other} → ${one} → ${other}`),
  });
});
