// Keys of a goal that has become light, has another number of hosts, or is light no more: each has one run across that.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bind } from 'goalkeeper/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publicationOf } from '../../../../activities/catalogue/publications.ts';
import type { Goal } from '../../../../goals/index.ts';
import { publish } from '../../../../goals/publish.ts';
import {
  aboutGoal,
  LIGHT_CHANGE_MS,
  type LightBefore,
  lightHostOf,
  parseLightExecution,
} from '../../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../../../goals/wire/names.ts';
import { hostOfKey } from '../../../../process/host-of-key.ts';
import type { TemporalCaller } from '../../../../process/start-execution.ts';
import { startRun } from '../../../../process/start-run.ts';
import { gatewayAt } from '../../../gateway/workbench.ts';
import { temporalAddress } from '../../../temporal-address.ts';
import { fresh, Workbench } from '../../workbench.ts';
import goals, { becomesLight, changedNote, changes, deployed, hasMore, isNoMore } from './goals.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
let bench: Workbench;
let caller: TemporalCaller;

/** How often the step of a key was begun, told by no engine. */
const begun = new Map<string, number>();
const code = async ({ does }: { does: string }, { run, signal }: { run: string; signal: AbortSignal }) => {
  begun.set(run, (begun.get(run) ?? 0) + 1);
  if (does === 'fails') throw new Error('it does not go');
  if (does === 'waits') await new Promise((_, reject) => signal.addEventListener('abort', reject));
  return {};
};
const jobs = [bind(changedNote, code as never)];

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(join(folder, 'goals.ts'), goals, jobs);
  const { client } = bench;
  caller = { client, call: (make) => make(client.workflowService) };
  // On a busy machine a quick call takes long: what is plain here is not told by the clock.
  for (const goal of goals)
    for (const n of [0, 1, 2])
      await client.workflow.start(LIGHT_HOST, {
        workflowId: lightHostId(goal.name, n),
        taskQueue: bench.taskQueue,
        args: [
          { gk: 1, goal: goal.name, about: aboutGoal(goal), n, hosts: 3, plainMs: 20_000, earlier: null },
        ],
      });
});
afterAll(() => bench?.close());

/** How a goal is light, and was. */
interface Way {
  hosts: number;
  before?: LightBefore[];
}

const OVER = LIGHT_CHANGE_MS + 1_000;
/** A change that was over a moment ago. */
const over = (hosts: number): LightBefore => ({ hosts, until: Date.now() - OVER });

const published = (goal: Goal, { hosts, before }: Way) => {
  const { light: _, ...told } = publish(goal, {
    taskQueue: bench.taskQueue,
    deployment: bench.taskQueue,
    version: 1,
  });
  return {
    ...told,
    ...(hosts === 0 ? {} : { light: { hosts } }),
    ...(before === undefined ? {} : { lightBefore: before }),
  };
};

const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
const ask = (
  goal: Goal,
  way: Way,
  key: string,
  { does = 'well', ...more }: { does?: string; force?: true } = {},
) => startRun(caller, { publication: published(goal, way), input: { key, does }, why, ...more });

const isLight = ({ execution }: { execution: string }): boolean => parseLightExecution(execution) !== null;
const keysOf = (name: string, n: number): string[] => Array.from({ length: n }, () => fresh(name));
const asked = (goal: Goal, way: Way, keys: readonly string[]) =>
  Promise.all(keys.map((key) => ask(goal, way, key)));
/** Ends once these are achieved, be it as ordinary runs. */
const ended = async (runs: readonly { id: string; execution: string }[]): Promise<void> => {
  for (const { id, execution } of runs)
    if (!isLight({ execution })) await bench.client.workflow.getHandle(id, execution).result();
};
const timesBegun = (goal: Goal, keys: readonly string[]) =>
  keys.map((key) => begun.get(`${goal.name}:${key}`));

describe('host-of-key.1: a key keeps its run when its goal', () => {
  test('becomes light: achieved, open, or failed', async () => {
    const [ordinary, light] = [{ hosts: 0 }, { hosts: 2, before: [over(0)] }];
    const keys = keysOf('achieved', 10);
    const first = await asked(becomesLight, ordinary, keys);
    await ended(first);
    const again = await asked(becomesLight, light, keys);
    expect(again.map(({ how, execution }) => [how, execution])).toEqual(
      first.map(({ execution }) => ['achieved', execution]),
    );
    expect(timesBegun(becomesLight, keys)).toEqual(keys.map(() => 1));
    const [open = '', failed = '', none = ''] = keysOf('other', 3);
    const waits = await ask(becomesLight, ordinary, open, { does: 'waits' });
    expect(await ask(becomesLight, light, open, { does: 'waits' })).toMatchObject({
      ...{ how: 'joined', execution: waits.execution },
    });
    await bench.client.workflow.getHandle(waits.id).terminate('it would wait for ever');
    const { id } = await ask(becomesLight, ordinary, failed, { does: 'fails' });
    await bench.client.workflow
      .getHandle(id)
      .result()
      .catch(() => undefined);
    const resumed = await ask(becomesLight, light, failed, { does: 'fails' });
    expect([resumed.how, isLight(resumed)]).toEqual(['started', false]);
    await expect(ask(becomesLight, light, keys[0] as string, { does: 'fails' })).rejects.toMatchObject({
      code: 'input_differs',
    });
    expect(isLight(await ask(becomesLight, light, none))).toBe(true);
  });

  test('has more hosts, and fewer again', async () => {
    const [one, three] = [{ hosts: 1 }, { hosts: 3, before: [over(1)] }];
    const keys = keysOf('before', 20);
    const first = await asked(hasMore, one, keys);
    expect(first.every(isLight)).toBe(true);
    const again = await asked(hasMore, three, keys);
    expect(again.map(({ how, execution }) => [how, execution])).toEqual(
      first.map(({ execution }) => ['achieved', execution]),
    );
    const news = keysOf('since', 20);
    const since = await asked(hasMore, three, news);
    expect(since.map(({ execution }) => parseLightExecution(execution)?.n)).toEqual(
      news.map((key) => lightHostOf(key, 3)),
    );
    // Once more where it was: the last is the answer from then on.
    const [moved = ''] = keys.filter((key) => lightHostOf(key, 3) !== 0);
    const forced = await ask(hasMore, three, moved, { force: true });
    expect(parseLightExecution(forced.execution)?.n).toBe(0);
    expect(await ask(hasMore, three, moved)).toMatchObject({ how: 'achieved', execution: forced.execution });
    const fewer = { hosts: 1, before: [over(1), over(3)] };
    const last = await asked(hasMore, fewer, [...keys.filter((key) => key !== moved), ...news]);
    expect(last.every(({ how }) => how === 'achieved')).toBe(true);
    expect(timesBegun(hasMore, news)).toEqual(news.map(() => 1));
    expect(timesBegun(hasMore, keys)).toEqual(keys.map((key) => (key === moved ? 2 : 1)));
  });

  test('is light no more', async () => {
    const [two, ordinary] = [{ hosts: 2 }, { hosts: 0, before: [over(2)] }];
    const keys = keysOf('light', 10);
    const first = await asked(isNoMore, two, keys);
    const again = await asked(isNoMore, ordinary, keys);
    expect(again.map(({ how, execution }) => [how, execution])).toEqual(
      first.map(({ execution }) => ['achieved', execution]),
    );
    const [forcedKey = '', none = ''] = [keys[0], fresh('none')];
    const forced = await ask(isNoMore, ordinary, forcedKey, { force: true });
    expect(isLight(forced)).toBe(false);
    await ended([forced]);
    expect(await ask(isNoMore, ordinary, forcedKey)).toMatchObject({
      ...{ how: 'achieved', execution: forced.execution },
    });
    const started = await ask(isNoMore, ordinary, none);
    expect([started.how, isLight(started)]).toEqual(['started', false]);
    await ended([started]);
    expect(timesBegun(isNoMore, [...keys, none])).toEqual([2, ...keys.slice(1).map(() => 1), 1]);
  });

  test('long after the change, by what its host knew then', async () => {
    // Of three hosts it has another than the only one of before.
    const elsewhere = keysOf('long', 100).filter((key) => lightHostOf(key, 3) !== 0);
    const [key = '', none = ''] = elsewhere;
    await ask(hasMore, { hosts: 1 }, key);
    const before = [{ hosts: 1, until: Date.now() }];
    const later = Date.now() + 3 * LIGHT_CHANGE_MS;
    const told = published(hasMore, { hosts: 3, before });
    // Temporal's lists lag: at first they have nothing of the host, which is no answer for good.
    const lagging: TemporalCaller = {
      ...caller,
      call: (make) =>
        caller.call((service) =>
          make(
            new Proxy(service, {
              get: (of, name) =>
                name === 'listWorkflowExecutions' ? async () => ({}) : Reflect.get(of, name).bind(of),
            }),
          ),
        ),
    };
    const asked = { ...told, lightBefore: before };
    expect(await hostOfKey(lagging, asked, `${hasMore.name}:${key}`, later)).toMatchObject({
      host: { hosts: 3 },
    });
    await expect
      .poll(() => hostOfKey(caller, asked, `${hasMore.name}:${key}`, later), {
        timeout: 30_000,
      })
      .toEqual({ host: { n: 0, hosts: 1 }, isOrdinary: false });
    expect(await hostOfKey(caller, told, `${hasMore.name}:${none}`, later)).toEqual({
      ...{ host: { n: lightHostOf(none, 3), hosts: 3 }, isOrdinary: false },
    });
  });
});

describe('host-of-key.2: while it changes, a key that is asked for in the old way and in the new has one run', () => {
  const soon = (hosts: number): LightBefore => ({ hosts, until: Date.now() + LIGHT_CHANGE_MS / 2 });
  const just = (hosts: number): LightBefore => ({ hosts, until: Date.now() - LIGHT_CHANGE_MS / 2 });
  // Whoever has not heard of it asks in the old way; whose clock is behind, as before the change.
  test.each<[string, () => [Way, Way]]>([
    ['becomes light, and one has not heard of it', () => [{ hosts: 0 }, { hosts: 2, before: [soon(0)] }]],
    [
      'becomes light, and the clock of one is behind',
      () => [
        { hosts: 2, before: [soon(0)] },
        { hosts: 2, before: [just(0)] },
      ],
    ],
    ['has more hosts, and one has not heard of it', () => [{ hosts: 1 }, { hosts: 3, before: [soon(1)] }]],
    [
      'has more hosts, and the clock of one is behind',
      () => [
        { hosts: 3, before: [soon(1)] },
        { hosts: 3, before: [just(1)] },
      ],
    ],
    ['is light no more, and one has not heard of it', () => [{ hosts: 2 }, { hosts: 0, before: [soon(2)] }]],
    [
      'is light no more, and the clock of one is behind',
      () => [
        { hosts: 0, before: [soon(2)] },
        { hosts: 0, before: [just(2)] },
      ],
    ],
  ])('%s', async (_, ways) => {
    const [old, next] = ways();
    const keys = keysOf('while', 30);
    const both = await Promise.all(
      keys.flatMap((key, i) => {
        const [a, b] = i % 2 === 0 ? [old, next] : [next, old];
        return [ask(changes, a, key), ask(changes, b, key)];
      }),
    );
    for (const [i] of keys.entries()) expect(both[2 * i]?.execution).toBe(both[2 * i + 1]?.execution);
    await ended(both);
    expect(timesBegun(changes, keys)).toEqual(keys.map(() => 1));
    // What began then is known when the change is over.
    const done = { ...next, before: next.before?.map(({ hosts }) => over(hosts)) ?? [] };
    const later = await asked(changes, done, keys);
    expect(later.map(({ execution }) => execution)).toEqual(keys.map((_, i) => both[2 * i]?.execution));
    expect(timesBegun(changes, keys)).toEqual(keys.map(() => 1));
  });
});

test('a release that changes the number of hosts says so, and what was before is found and listed', async () => {
  const gateway = await gatewayAt(temporalAddress);
  try {
    const keys = keysOf('deployed', 6);
    const first = await asked(deployed, { hosts: 1 }, keys);
    const { default: next } = await import('./second/goals.ts');
    await bench.worker(join(folder, 'second/goals.ts'), next, jobs);
    expect(await publicationOf(bench.client, deployed.name)).toMatchObject({
      light: { hosts: 3 },
      lightBefore: [{ hosts: 1, until: expect.any(Number) }],
    });
    const post = (key: string) =>
      gateway.post(`/goals/${deployed.name}/runs`, { input: { key, does: 'well' } }, { prefer: 'wait=30' });
    for (const [i, key] of keys.entries())
      expect((await post(key)).body).toMatchObject({ execution: first[i]?.execution, outcome: 'achieved' });
    const during = (await post(fresh('during'))).body;
    expect([isLight(during), during.outcome]).toEqual([false, 'achieved']);
    for (const [i, key] of keys.entries())
      expect((await gateway.get(`/runs/${deployed.name}:${key}`)).body.execution).toBe(first[i]?.execution);
    const listed = async () =>
      (await gateway.get(`/runs?goal=${deployed.name}&limit=100`)).body.items.map(
        ({ execution }: { execution: string }) => execution,
      );
    await expect
      .poll(listed, { timeout: 30_000 })
      .toEqual(expect.arrayContaining([...first.map(({ execution }) => execution), during.execution]));
    expect(timesBegun(deployed, keys)).toEqual(keys.map(() => 1));
  } finally {
    await gateway.stop();
  }
});
