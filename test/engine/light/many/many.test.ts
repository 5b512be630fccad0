// Many runs of one light goal, over many executions of its hosts: the first are found, none is pursued twice, and reads are bounded.
// LIGHT_MANY says how many.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bind } from 'goalkeeper/worker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Goal } from '../../../../goals/index.ts';
import { publish } from '../../../../goals/publish.ts';
import { aboutGoal, lightDigest, lightHostOf, parseLightExecution } from '../../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../../../goals/wire/names.ts';
import type { TemporalCaller } from '../../../../process/start-execution.ts';
import { type StartResult, startRun } from '../../../../process/start-run.ts';
import { eventually, gatewayAt } from '../../../gateway/workbench.ts';
import { ownTemporal } from '../../../temporal-address.ts';
import { Workbench } from '../../workbench.ts';
import goals, { many, manyNote, steady } from './goals.ts';

const RUNS = Number(process.env.LIGHT_MANY ?? 20_000);
const HOSTS = 2;
/** A host goes on so often that its first executions lie far back. */
const EXECUTIONS = 70;
const AT_ONCE = 512;

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let calls = 0;
const begun = new Map<number, number>();
const runs: StartResult[] = [];

const ask = (n: number, goal: Goal = many) =>
  startRun(
    // As patient as a flood on a busy machine needs.
    { client: bench.client, call: (make) => make(bench.client.workflowService), waitMs: 300_000 },
    {
      publication: publish(goal, { taskQueue: bench.taskQueue, deployment: bench.taskQueue, version: 1 }),
      input: { n },
      why: { kind: 'request', at: new Date().toISOString(), by: null, reason: null, ref: null },
    },
  );

beforeAll(async () => {
  const address = await ownTemporal();
  bench = await Workbench.open(address);
  const job = bind(manyNote, ({ n }) => {
    begun.set(n, (begun.get(n) ?? 0) + 1);
    return { n };
  });
  await bench.worker(join(fileURLToPath(new URL('./', import.meta.url)), 'goals.ts'), goals, [job]);
  const fullAfter = Math.ceil(RUNS / HOSTS / EXECUTIONS);
  const hosts = goals.flatMap((goal) => Array.from({ length: HOSTS }, (_, n) => ({ goal, n })));
  for (const { goal, n } of hosts)
    await bench.client.workflow.start(LIGHT_HOST, {
      workflowId: lightHostId(goal.name, n),
      taskQueue: bench.taskQueue,
      args: [
        {
          ...{ gk: 1, goal: goal.name, about: aboutGoal(goal), n, hosts: HOSTS, fullAfter },
          // On a busy machine a quick call takes long.
          ...{ plainMs: 20_000, earlier: null },
        },
      ],
    });
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let n = next++; n < RUNS; n = next++) runs[n] = await ask(n);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  gateway = await gatewayAt(address, 'default', () => calls++);
}, 900_000);
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const ms = (since: number): number => Math.round(performance.now() - since);
const isLight = (run: StartResult | undefined): boolean => parseLightExecution(run?.execution ?? '') !== null;

test('light-index.1: one of the first, of an execution long before, is pursued no second time', async () => {
  const first = runs.findIndex(isLight);
  const host = lightHostId(many.name, lightHostOf(`${first}`, HOSTS));
  const { runId: from } = await bench.client.workflow.getHandle(host).describe();
  const asked = { host, from, since: 0, digests: [lightDigest(`${first}`)] };
  let reads = 0;
  const { client } = bench;
  const caller: TemporalCaller = {
    client,
    call: (make) => {
      reads++;
      return make(client.workflowService);
    },
  };
  // As a process does that has read nothing.
  vi.resetModules();
  const { lightKeysBefore } = await import('../../../../process/light-index.ts');
  // It lies beyond a bound of ten, and that is told.
  const cut: number[] = [];
  expect(await lightKeysBefore(caller, asked, { limit: 10, onCut: (at) => cut.push(at) })).toEqual([null]);
  expect(cut).toHaveLength(1);
  const at = performance.now();
  expect(await lightKeysBefore(caller, asked)).toMatchObject([{ execution: runs[first]?.execution }]);
  console.log(`${RUNS} runs: a key of the first is found by ${reads} reads, the last in ${ms(at)} ms`);
  // Each execution once, and the one that has it once more.
  expect(reads).toBeLessThan(EXECUTIONS * 2);
  reads = 0;
  await lightKeysBefore(caller, asked);
  expect(reads).toBe(0);
  const some = Array.from({ length: 20 }, (_, i) => first + i);
  for (const n of some)
    expect(await ask(n)).toMatchObject({ how: 'achieved', execution: runs[n]?.execution });
  for (const n of some) if (isLight(runs[n])) expect(begun.get(n)).toBe(1);
});

test('one of the first is found by its ID, by a bounded number of reads', async () => {
  const first = runs.findIndex(isLight);
  const find = async (n: number) => {
    calls = 0;
    const at = performance.now();
    const { body } = await gateway.get(`/runs/${many.name}:${n}`);
    expect(body).toMatchObject({ execution: runs[n]?.execution, output: { n } });
    return { calls, ms: ms(at) };
  };
  const [before, warm] = [
    await find(first),
    await find(runs.findIndex((run, n) => n > first + 5 && isLight(run))),
  ];
  const last = await find(runs.findLastIndex(isLight));
  console.log(`${RUNS} runs: one of the first is found by`, before, 'then', warm, 'one of the last by', last);
  // This process has read the indexes: how many those are is above.
  expect(before.calls).toBeLessThan(20);
  expect(warm.calls).toBeLessThan(20);
  expect(last.calls).toBeLessThan(20);
});

test('light-rows.1: pages and counts of them have bounded reads', async () => {
  const page = async (more: string) => (await gateway.get(`/runs/rows?goal=${many.name}${more}`)).body;
  // Visibility lags behind.
  await eventually(async () => (await page('&limit=1&count=true')).count === RUNS);
  calls = 0;
  const { items, next } = await page('&limit=100');
  expect(items).toHaveLength(100);
  expect(calls).toBeLessThan(80);
  calls = 0;
  expect((await page(`&limit=100&cursor=${encodeURIComponent(next)}`)).items).toHaveLength(100);
  expect(calls).toBeLessThan(80);
  calls = 0;
  expect((await page('&limit=1&count=true')).count).toBe(RUNS);
  expect(calls).toBeLessThan(80);
});

/** How long each of these took, one after another. */
async function oneByOne(from: number, until: () => boolean): Promise<number[]> {
  const took: number[] = [];
  for (let n = from; !until(); n++) {
    const at = performance.now();
    await ask(n, steady);
    took.push(performance.now() - at);
  }
  return took.sort((a, b) => a - b);
}
const share = (took: readonly number[], part: number): number =>
  took[Math.floor(took.length * part)] ?? Number.NaN;

test('a flood of one goal does not stand before the runs of another', async () => {
  let alone = 0;
  const before = await oneByOne(0, () => alone++ === 50);
  const flooded: number[] = [];
  let isOver = false;
  const flood = Promise.all(
    Array.from({ length: 3_500 }, async (_, i) => {
      const at = performance.now();
      await ask(RUNS + i);
      flooded.push(performance.now() - at);
    }),
  ).finally(() => {
    isOver = true;
  });
  const [beside] = await Promise.all([oneByOne(1_000, () => isOver), flood]);
  flooded.sort((a, b) => a - b);
  const told = { before, beside, flooded };
  console.log(
    'a run takes, in ms, at the median and at 95 %:',
    Object.entries(told).map(
      ([name, took]) => `${name} ${share(took, 0.5).toFixed(0)} ${share(took, 0.95).toFixed(0)}`,
    ),
  );
  expect(beside.length).toBeGreaterThan(10);
  // Nearly all of them go past what waits of the other.
  expect(share(beside, 0.9)).toBeLessThan(share(flooded, 0.5) / 2);
});
