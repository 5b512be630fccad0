// Light runs of a whole installation: real gateways, workers and Temporal, each a process that can be killed. What the jobs did they tell
// themselves, in a file.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOwnProcess } from '../../../deploy/local/own-process.ts';
import { atOwnTemporal } from '../../../deploy/local/own-temporal.ts';
import { aboutGoal, parseLightExecution } from '../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../../goals/wire/names.ts';
import { Asking } from '../../chaos/asking.ts';
import { development } from '../../chaos/development.ts';
import { EFFECTS_FILE, Effects } from '../../chaos/effects.ts';
import { hostedRuns } from '../../chaos/hosts.ts';
import { type Outside, openOutside } from '../../chaos/outside.ts';
import type { Gateway, Part, Topology } from '../../chaos/topology.ts';
import { SAID } from './installed/jobs.ts';
import { installedInRelease } from './installed/light-installed.ts';

const folderOf = (release: string): string =>
  fileURLToPath(new URL(`./installed/${release}`, import.meta.url));
const goal = installedInRelease(1);
const HOSTS = [0, 1];
/** Keys that are asked for at once. */
const LANES = 25;
const TOLD = { timeout: 120_000, interval: 200 };
/** Above the time of any file, so that the second release is the newer one. */
const VERSION = 900_000_000_000_001;

let folder: string;
let environment: NodeJS.ProcessEnv;
let outside: Outside;
let installed: Topology;
let effects: Effects;
let asking: Asking;
let client: Client;
const loads: { name: string; keys: string[]; named: string[] }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-installed-'));
  outside = await openOutside(false);
  effects = new Effects(join(folder, 'effects'));
  environment = {
    ...process.env,
    LOG_LEVEL: 'warn',
    GOALKEEPER_TASK_QUEUE: 'light-installed',
    GOALKEEPER_PREFLIGHT: 'off',
    GOALKEEPER_VERSION: String(VERSION),
    GOALKEEPER_STORAGE: join(folder, 'payloads'),
    GOALKEEPER_ALERT_WEBHOOK_URL: outside.receiver.url,
    GOALKEEPER_ALERT_WEBHOOK_SECRET: `whsec_${Buffer.from('light'.padEnd(32, '-')).toString('base64')}`,
    GOALKEEPER_ALERT_GATHER: '200ms',
    [EFFECTS_FILE]: join(folder, 'effects'),
    [SAID]: folder,
  };
  installed = await development({
    folder,
    environment,
    team: folderOf('first'),
    onProgress: () => undefined,
  });
  asking = new Asking(installed.gateways);
  client = new Client({ connection: await Connection.connect({ address: installed.temporal }) });
  // They go on in other executions sooner than others would.
  for (const n of HOSTS) {
    // On a busy machine a quick step takes long: how many runs stay light is not told by the clock.
    const bounds = { fullAfter: 150, plainMs: 5_000 };
    const host = { gk: 1, goal: goal.name, about: aboutGoal(goal), n, hosts: HOSTS.length, ...bounds };
    await client.workflow.start(LIGHT_HOST, {
      workflowId: lightHostId(goal.name, n),
      taskQueue: 'light-installed',
      args: [{ ...host, earlier: null }],
    });
  }
  for (const one of installed.gateways)
    while ((await asking.ask(one, `/goals/${goal.name}`))?.status !== 200) await delay(200);
}, 300_000);
afterAll(async () => {
  asking?.end();
  await client?.connection.close();
  await installed?.stop();
  await outside?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const gateway = (n = 0): Gateway => installed.gateways[n] as Gateway;
const runOf = (key: string): string => `${goal.name}:${key}`;
const effectsOf = (key: string): string[] =>
  effects
    .now()
    .filter(({ run }) => run === runOf(key))
    .map(({ step, attempt, what }) => `${step} ${attempt} ${what}`);

async function ask(key: string, steps: string[][], nth = 0, more: object = {}): Promise<string> {
  const answer = await asking.insist(
    `/goals/${goal.name}/runs`,
    { input: { key, steps, ...more } },
    { 'idempotency-key': `${key}-${nth}` },
  );
  expect(asking.refused).toEqual([]);
  return answer?.body.execution;
}

/** What Temporal's history of its ordinary run has, in order. */
async function eventsOf(key: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(runOf(key)).fetchHistory();
  return (events ?? []).map(
    (event) => Object.keys(event).find((name) => name.endsWith('EventAttributes')) ?? '',
  );
}

async function shown(key: string) {
  const answer = await asking.ask(gateway(1), `/runs/${runOf(key)}`);
  return answer?.body;
}

/** Asks for each key twice, at one gateway and at the other, and does something once the first effects are there. */
async function load(name: string, count: number, amid: () => Promise<void>): Promise<void> {
  const keys = Array.from({ length: count }, (_, i) => `${name}-${i}`);
  const named: string[] = [];
  const begun = effects.now().length;
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const key = keys[i] as string;
      const both = await Promise.all([0, 1].map((nth) => ask(key, [['ok'], ['ok']], nth)));
      [named[2 * i], named[2 * i + 1]] = both as [string, string];
    }
  };
  const done = Promise.all(Array.from({ length: LANES }, lane));
  await expect
    .poll(() => effects.now().length - begun, { timeout: 120_000, interval: 5 })
    .toBeGreaterThan(20);
  await amid();
  await done;
  loads.push({ name, keys, named });
}

/** One run for each key, whose steps are done: those of a light run once. */
async function expectOneRunEach({ keys, named }: (typeof loads)[number]): Promise<number> {
  let light = 0;
  for (const [i, key] of keys.entries()) {
    const execution = named[2 * i] as string;
    expect(named[2 * i + 1], key).toBe(execution);
    if (parseLightExecution(execution) === null) {
      // It goes on for as long as it takes.
      const outcome = async () => (await shown(key))?.outcome;
      await expect.poll(outcome, TOLD).toBe('achieved');
      for (const step of ['write#1', 'write#2'])
        expect(effectsOf(key).join(), key).toMatch(new RegExp(`${step} \\d+ did`));
    } else {
      light++;
      const steps = ['light-installed-write#1 1', 'light-installed-write#2 1'];
      expect(effectsOf(key), key).toEqual(steps.flatMap((step) => [`${step} began`, `${step} did`]));
    }
  }
  return light;
}

const killed = (part: () => Part) => async (): Promise<void> => {
  await part().kill();
  await part().start();
};

test('a thousand keys, each asked for at two gateways, have one run each, while hosts go on in other executions', {
  timeout: 400_000,
}, async () => {
  await load('many', 1000, async () => undefined);
  const all = loads.at(-1) as (typeof loads)[number];
  expect(await expectOneRunEach(all)).toBeGreaterThan(0);
  const hosts = new Set(all.named.flatMap((execution) => parseLightExecution(execution)?.host ?? []));
  expect(hosts.size).toBeGreaterThan(4);
  // Asked for again, it is answered with what there was, and nothing is done.
  const before = effects.now().length;
  const again: string[] = [];
  for (let at = 0; at < all.keys.length; at += LANES)
    again.push(
      ...(await Promise.all(all.keys.slice(at, at + LANES).map((key) => ask(key, [['ok'], ['ok']], 0)))),
    );
  expect(again).toEqual(all.keys.map((_, i) => all.named[2 * i]));
  expect(effects.now().length).toBe(before);
});

test.each([
  ['a worker', () => installed.workers[0] as Part],
  ['a gateway', () => installed.gateways[0] as Part],
  ['Temporal', () => installed.servers[0] as Part],
] as const)(
  '%s that is killed in the middle of updates loses no run, and makes none twice',
  {
    timeout: 400_000,
  },
  async (name, part) => {
    await load(name.replace(' ', '-'), 100, killed(part));
    expect(await expectOneRunEach(loads.at(-1) as (typeof loads)[number])).toBeGreaterThan(0);
  },
);

test("light-batches.1: no effect began before its run was in a host's history, whatever was killed", async () => {
  // Temporal's list of executions lags.
  const before = async () => {
    const hosted = await hostedRuns(client, 'light-installed');
    return effects
      .now()
      .filter(({ what, run, at }) => what === 'began' && !((hosted.get(run)?.acceptedAt ?? at + 1) <= at));
  };
  await expect.poll(before, TOLD).toEqual([]);
});

test('an event that is told again, at the other gateway, starts nothing more', async () => {
  const event = {
    ...{ specversion: '1.0', id: 'told-1', source: '/tests', type: 'light.told' },
    data: { key: 'told', steps: [['fail', 'ok'], ['ok']] },
  };
  const told: string[] = [];
  for (const n of [0, 1, 0]) {
    const tell = async () => {
      const type = { 'content-type': 'application/cloudevents+json' };
      const answer = await asking.ask(gateway(n), '/events', event, type);
      return answer?.body?.items?.[0]?.goals?.[0]?.execution ?? null;
    };
    // Who means it tells again what was not taken.
    for (let got = await tell(); ; got = await tell()) if (got !== null && told.push(got)) break;
  }
  expect(told[0]).toBeTypeOf('string');
  expect(new Set(told).size).toBe(1);
  await expect
    .poll(() => shown('told'), TOLD)
    .toMatchObject({ outcome: 'achieved', errors: { recovered: 1 } });
});

test('one that fails is told once, and a resume keeps what had succeeded', { timeout: 300_000 }, async () => {
  await ask('refused', [['ok'], ['needs:licence'], ['ok']]);
  await expect
    .poll(() => shown('refused'), TOLD)
    .toMatchObject({ outcome: 'failed', failure: { code: 'refused', path: ['light-installed-write#2'] } });
  const first = await shown('refused');
  const messages = () => [...outside.alerts.values()].filter(({ type }) => type === 'goal.failed');
  await expect.poll(() => messages().length, TOLD).toBe(1);
  await writeFile(join(folder, 'licence'), '');
  const resumed = await asking.insist(`/runs/${runOf('refused')}/resume`, {
    execution: first.execution,
    reason: 'it is mended',
  });
  expect(resumed?.body.execution).not.toBe(first.execution);
  await expect.poll(() => shown('refused'), TOLD).toMatchObject({ outcome: 'achieved' });
  expect(effectsOf('refused').filter((one) => one.startsWith('light-installed-write#1'))).toEqual([
    ...['light-installed-write#1 1 began', 'light-installed-write#1 1 did'],
  ]);
  expect(messages()).toHaveLength(1);
  expect([...(messages()[0]?.failures.entries() ?? [])]).toEqual([[goal.name, 1]]);
  // Its key is achieved, by the ordinary run.
  expect(await ask('refused', [['ok'], ['needs:licence'], ['ok']], 1)).toBe(resumed?.body.execution);
});

test('a run is cancelled, be it light or ordinary by then', { timeout: 300_000 }, async () => {
  const begun = (key: string) =>
    expect.poll(() => effectsOf(key).length, { ...TOLD, interval: 5 }).toBeGreaterThan(0);
  for (const when of ['early', 'late']) {
    const key = `cancelled-${when}`;
    const asked = ask(key, [['until:never', 'until:never', 'until:never']]);
    await begun(key);
    if (when === 'late') await asked;
    const cancel = () =>
      asking.insist(`/runs/${runOf(key)}/cancel`, { reason: 'not wanted' }, {}, (status) => status === 404);
    await cancel();
    await expect.poll(() => shown(key), TOLD).toMatchObject({ outcome: 'cancelled' });
    await asked;
  }
});

test('a pause with hold stops new runs, and those that have become ordinary before their next step', {
  timeout: 300_000,
}, async () => {
  const steps = [['until:released', 'until:released', 'until:released'], ['ok']];
  const execution = await ask('held', steps);
  expect(parseLightExecution(execution)).toBeNull();
  await asking.insist(`/goals/${goal.name}/pause`, { hold: true, by: 'ada' });
  const pauses = () =>
    Promise.all(
      installed.gateways.map(
        async (one) => (await asking.ask(one, `/goals/${goal.name}`))?.body.paused ?? null,
      ),
    );
  await expect.poll(pauses, TOLD).toMatchObject([{ hold: true }, { hold: true }]);
  const refused = await asking.ask(gateway(1), `/goals/${goal.name}/runs`, {
    input: { key: 'unheld', steps },
  });
  expect(refused).toMatchObject({ status: 409, body: { code: 'goal_paused' } });
  await expect.poll(() => eventsOf('held'), TOLD).toContain('workflowExecutionSignaledEventAttributes');
  await writeFile(join(folder, 'released'), '');
  const states = async () => (await shown('held'))?.steps.map(({ state }: { state: string }) => state);
  await expect.poll(states, TOLD).toEqual(['succeeded']);
  // The task that the step's end made is done, and has led to nothing.
  await expect
    .poll(async () => (await eventsOf('held')).at(-1), TOLD)
    .toBe('workflowTaskCompletedEventAttributes');
  expect(effectsOf('held').join()).not.toContain('write#2');
  await asking.insist(`/goals/${goal.name}/unpause`, { by: 'ada' });
  await expect.poll(() => shown('held'), TOLD).toMatchObject({ outcome: 'achieved' });
  await expect.poll(pauses, TOLD).toEqual([null, null]);
  expect(effectsOf('unheld')).toEqual([]);
});

test('a criterion that is not met is told of an ordinary run, whose steps are done once', async () => {
  await ask('unmet', [['ok']], 0, { unmet: true });
  await expect
    .poll(() => shown('unmet'), TOLD)
    .toMatchObject({
      outcome: 'failed',
      failure: { kind: 'criteria' },
    });
  expect(effectsOf('unmet').filter((one) => one.endsWith('did'))).toHaveLength(1);
});

test('code that is deployed under load takes over, and no run is lost or made twice', {
  timeout: 400_000,
}, async () => {
  const env = { ...atOwnTemporal(environment, installed.temporal), GOALKEEPER_VERSION: String(VERSION + 1) };
  const worker = fileURLToPath(new URL('../../../activities/main.ts', import.meta.url));
  let second: Awaited<ReturnType<typeof startOwnProcess>> | null = null;
  try {
    await load('deployed', 100, async () => {
      const log = join(folder, 'second.log');
      second = await startOwnProcess('second', worker, [folderOf('second')], { env, log });
      await Promise.all(installed.workers.map((part) => part.kill()));
    });
    await expectOneRunEach(loads.at(-1) as (typeof loads)[number]);
    await ask('by-the-second', [['ok']]);
    await expect.poll(() => shown('by-the-second'), TOLD).toMatchObject({ output: { release: 2 } });
  } finally {
    await (second as unknown as { stop(ms: number): Promise<void> } | null)?.stop(5_000);
  }
});
