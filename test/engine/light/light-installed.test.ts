// Light runs of a whole installation. A part is killed while a test knows that something is under way there: a call that waits for the test,
// an update without its answer, a request without one. Around it other keys are asked for.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseLightExecution } from '../../../goals/wire/light.ts';
import { lightHostId } from '../../../goals/wire/names.ts';
import { hostedRuns } from '../../chaos/hosts.ts';
import { executionsOf } from '../../chaos/observe.ts';
import type { Gateway, Part } from '../../chaos/topology.ts';
import { Held, NOT_TAKEN, UNDER_WAY } from './installed/held.ts';
import {
  goal,
  Installation,
  PATIENT,
  patientKeys,
  quickKeys,
  runOf,
  TASK_QUEUE,
  TOLD,
} from './installed/installation.ts';
import { Load } from './installed/load.ts';
import { FIRST, SECOND } from './installed/promised.ts';

/** Keys that are asked for at once. */
const LANES = 25;
/** Updates that a gateway has in flight to one host: `light-door.1`. */
const FLIGHTS = 4;

let at: Installation;

beforeAll(async () => {
  at = await Installation.open();
}, 300_000);
afterAll(() => at?.close(), 60_000);

/** Some hundred keys, of other hosts: with quick ones beside it a call that waits would be cut short. */
const around = (name: string): Promise<Load> =>
  Load.begin(at, { keys: quickKeys(`around-${name}`, 5_000), least: 100, lanes: 12 });

const all = <T>(held: Held, state: T): T[] => held.keys.map(() => state);

test('a thousand keys, each asked for at two gateways, have one run each, while hosts go on in other executions', async () => {
  const keys = quickKeys('many', 1000);
  const load = await Load.begin(at, { keys, least: keys.length, lanes: LANES });
  await load.expectOneRunEach();
  expect(load.named.size).toBe(keys.length);
  const named = keys.map((key) => load.named.get(key)?.[0] ?? '');
  const hosts = new Set(named.flatMap((execution) => parseLightExecution(execution)?.host ?? []));
  expect(hosts.size).toBeGreaterThan(4);
  // Asked for again, it is answered with what there was, and nothing is done.
  const before = at.effects.now().length;
  const some = keys.filter((_, i) => i % 4 === 0);
  const again = await Promise.all(some.map((key) => at.ask(key, [['ok'], ['ok']])));
  expect(again).toEqual(some.map((key) => load.named.get(key)?.[0]));
  expect(at.effects.now().length).toBe(before);
});

test('a call whose worker is killed is made again, and all else is done once', async () => {
  const load = await around('worker');
  const held = new Held(at, patientKeys('worker', 4));
  await held.begin();
  await expect.poll(() => held.states(), TOLD).toEqual(all(held, UNDER_WAY));
  const [first] = held.keys as [string];
  const victim = at.workers.find(({ pid }) => pid === held.pidOf(first)) as Part;
  const hit = await held.underWayIn([victim]);
  expect(hit).toContain(first);
  await victim.kill();
  await victim.start();
  await held.release();
  const executions = await held.expectOneRunEach();
  await load.expectOneRunEach();
  for (const key of hit) {
    // As anything that is not plain, it goes on as an ordinary run, with the attempt that was lost.
    expect(parseLightExecution(executions[held.keys.indexOf(key)] as string)).toBeNull();
    expect(at.effectsOf(key)).not.toContain(`${FIRST} 1 did`);
    const errors = async () =>
      (await at.asking.ask(at.gateways[1], `/runs/${runOf(key)}/errors`))?.body.items;
    const lost = expect.objectContaining({ step: FIRST, attempt: 1, code: 'worker_lost' });
    await expect.poll(errors, TOLD).toContainEqual(lost);
  }
});

test('a gateway that is killed with requests under way takes no run with it', async () => {
  const load = await around('gateway');
  const [gateway] = at.gateways;
  for (let n = 0, isHit = false; !isHit; n++) {
    const held = new Held(at, patientKeys(`gateway-${n}`, 3));
    await held.begin();
    const states = await held.states();
    // It gives up on requests after some seconds. Where it was quicker, others are tried.
    isHit = held.isAsked;
    await gateway.kill();
    if (isHit) {
      expect(await held.answers()).toEqual(all(held, null));
      expect(states).toEqual(all(held, UNDER_WAY));
    }
    // The host has them all the same, and nobody waits for its answers.
    expect(await held.states()).toEqual(states);
    await held.release();
    const answered = await held.answered();
    await gateway.start();
    expect(await held.expectOneRunEach()).toEqual(answered);
  }
  await load.expectOneRunEach();
});

test('a gateway that is killed between collecting and asking, and between being answered and answering, takes none either', async () => {
  const [gateway] = at.gateways;
  for (let n = 0, isHit = false; !isHit; n++) {
    // As many updates as a gateway has in flight to one host: one more request waits in it.
    const asked = new Held(at, patientKeys(`answered-${n}`, FLIGHTS));
    const collected = new Held(at, patientKeys(`collected-${n}`, 1));
    await asked.begin({ isInTurn: true });
    const [key] = collected.keys as [string];
    collected.request(key);
    await collected.taken(key);
    gateway.way.swallow(true);
    await asked.release();
    const answered = await asked.answered();
    const states = await collected.states();
    isHit = asked.isAsked && collected.isAsked;
    await gateway.kill();
    gateway.way.swallow(false);
    if (isHit) {
      expect(states).toEqual([NOT_TAKEN]);
      expect([...(await asked.answers()), ...(await collected.answers())]).toEqual(
        Array(FLIGHTS + 1).fill(null),
      );
    }
    await gateway.start();
    await collected.release();
    expect(await asked.expectOneRunEach()).toEqual(answered);
    await collected.expectOneRunEach();
  }
});

test('Temporal that is killed amid calls has the runs of the updates that it had accepted', async () => {
  const load = await around('temporal');
  const held = new Held(at, patientKeys('temporal', 4));
  await held.begin();
  await expect.poll(() => held.states(), TOLD).toEqual(all(held, UNDER_WAY));
  await at.temporal.kill();
  await at.temporal.start();
  const accepted = async () => (await held.states()).map(({ isAccepted }) => isAccepted);
  await expect.poll(accepted, TOLD).toEqual(all(held, true));
  expect(at.effects.now().filter(({ run, what }) => what === 'did' && held.has(run))).toEqual([]);
  await held.release();
  await held.expectOneRunEach();
  await load.expectOneRunEach();
});

test('an event that is told again, at the other gateway, starts nothing more', async () => {
  const event = {
    ...{ specversion: '1.0', id: 'told-1', source: '/tests', type: 'light.told' },
    data: { key: 'told', steps: [['fail', 'ok'], ['ok']] },
  };
  const type = { 'content-type': 'application/cloudevents+json' };
  const executions: string[] = [];
  for (const n of [0, 1, 0]) {
    // Until it is taken: a client that means it tells again.
    const tell = async () =>
      (await at.asking.ask(at.gateways[n] as Gateway, '/events', event, type))?.body?.items?.[0]?.goals?.[0]
        ?.execution ?? null;
    await expect.poll(async () => executions.push(await tell()) && executions.at(-1), TOLD).not.toBeNull();
  }
  expect(new Set(executions.filter((execution) => execution !== null)).size).toBe(1);
  await expect
    .poll(() => at.shown('told'), TOLD)
    .toMatchObject({ outcome: 'achieved', errors: { recovered: 1 } });
});

test('one that fails is told once, and a resume keeps what had succeeded', async () => {
  const steps = [['ok'], ['needs:licence'], ['ok']];
  await at.ask('refused', steps);
  await expect
    .poll(() => at.shown('refused'), TOLD)
    .toMatchObject({ outcome: 'failed', failure: { code: 'refused', path: [SECOND] } });
  const { execution } = await at.shown('refused');
  const messages = () => [...at.outside.alerts.values()].filter(({ type }) => type === 'goal.failed');
  await expect.poll(() => messages().length, TOLD).toBe(1);
  await at.say('licence');
  const resumed = await at.asking.insist(`/runs/${runOf('refused')}/resume`, {
    execution,
    reason: 'it is mended',
  });
  expect(resumed?.body.execution).not.toBe(execution);
  await expect.poll(() => at.shown('refused'), TOLD).toMatchObject({ outcome: 'achieved' });
  const first = at.effectsOf('refused').filter((one) => one.startsWith(FIRST));
  expect(first).toEqual([`${FIRST} 1 began`, `${FIRST} 1 did`]);
  expect(messages()).toHaveLength(1);
  expect([...(messages()[0]?.failures.entries() ?? [])]).toEqual([[goal.name, 1]]);
  // Its key is achieved, by the ordinary run.
  expect(await at.ask('refused', steps, 1)).toBe(resumed?.body.execution);
});

test('a run is cancelled, be it light or ordinary by then', async () => {
  const cancelled = async (key: string, isLate: boolean): Promise<void> => {
    const asked = at.ask(key, [Array(4).fill('until:never')]);
    await expect.poll(() => at.effectsOf(key).length, { ...TOLD, interval: 5 }).toBeGreaterThan(0);
    if (isLate) expect(parseLightExecution(await asked)).toBeNull();
    // Until it is: a first answer may be lost, and what it had asked for be done when it is asked for again.
    const cancel = async () => {
      await at.asking.ask(at.gateways[0], `/runs/${runOf(key)}/cancel`, { reason: 'not wanted' });
      return at.shown(key);
    };
    await expect.poll(cancel, TOLD).toMatchObject({ outcome: 'cancelled' });
    await asked;
  };
  const [early, late] = quickKeys('cancelled', 2) as [string, string];
  await Promise.all([cancelled(early, false), cancelled(late, true)]);
});

test('a pause with hold stops new runs, and those that have become ordinary before their next step', async () => {
  const steps = [Array(4).fill('until:released'), ['ok']];
  const [key, unheld] = quickKeys('held', 2) as [string, string];
  expect(parseLightExecution(await at.ask(key, steps))).toBeNull();
  await at.asking.insist(`/goals/${goal.name}/pause`, { hold: true, by: 'ada' });
  const pauses = () =>
    Promise.all(
      at.gateways.map(async (one) => (await at.asking.ask(one, `/goals/${goal.name}`))?.body.paused ?? null),
    );
  await expect.poll(pauses, TOLD).toMatchObject([{ hold: true }, { hold: true }]);
  const refused = () =>
    at.asking.ask(at.gateways[1], `/goals/${goal.name}/runs`, { input: { key: unheld, steps } });
  await expect.poll(refused, TOLD).toMatchObject({ status: 409, body: { code: 'goal_paused' } });
  /** The events in Temporal's history of its ordinary run, in order. */
  const events = async () => {
    const { events } = await at.client.workflow.getHandle(runOf(key)).fetchHistory();
    return (events ?? []).map((event) => Object.keys(event).find((name) => name.endsWith('EventAttributes')));
  };
  await expect.poll(events, TOLD).toContain('workflowExecutionSignaledEventAttributes');
  await at.say('released');
  const states = async () => (await at.shown(key))?.steps.map(({ state }: { state: string }) => state);
  await expect.poll(states, TOLD).toEqual(['succeeded']);
  // The task that the step's end made is done, and has led to nothing.
  await expect.poll(async () => (await events()).at(-1), TOLD).toBe('workflowTaskCompletedEventAttributes');
  expect(at.effectsOf(key).join()).not.toContain(SECOND);
  await at.asking.insist(`/goals/${goal.name}/unpause`, { by: 'ada' });
  await expect.poll(() => at.shown(key), TOLD).toMatchObject({ outcome: 'achieved' });
  await expect.poll(pauses, TOLD).toEqual([null, null]);
  expect(at.effectsOf(unheld)).toEqual([]);
});

test('a criterion that is not met is told of an ordinary run, whose steps are done once', async () => {
  await at.ask('unmet', [['ok']], 0, { unmet: true });
  await expect
    .poll(() => at.shown('unmet'), TOLD)
    .toMatchObject({ outcome: 'failed', failure: { kind: 'criteria' } });
  expect(at.effectsOf('unmet').filter((one) => one.endsWith('did'))).toHaveLength(1);
});

test('code that is deployed amid calls takes over, and no run is lost or made twice', async () => {
  let held = new Held(at, patientKeys('deployed-0', 3));
  await held.begin();
  await expect.poll(() => held.states(), TOLD).toEqual(all(held, UNDER_WAY));
  const load = await around('deployed');
  const host = () => at.client.workflow.getHandle(lightHostId(goal.name, PATIENT)).describe();
  const { runId: before } = await host();
  const second = await at.startSecond();
  try {
    let hit = await held.underWayIn(at.workers);
    // While it starts, a busy machine may keep a worker so long that its calls count as lost; and the second takes calls, too.
    for (let n = 1; hit.length === 0; n++) {
      await held.release();
      await held.expectOneRunEach();
      held = new Held(at, patientKeys(`deployed-${n}`, 3));
      await held.begin();
      hit = await held.underWayIn(at.workers);
    }
    await Promise.all(at.workers.map((part) => part.kill()));
    await held.release();
    const executions = await held.expectOneRunEach();
    for (const key of hit)
      expect(parseLightExecution(executions[held.keys.indexOf(key)] as string)).toBeNull();
    await load.expectOneRunEach();
    for (const key of [...held.keys, patientKeys('by-the-second', 1)[0] as string]) {
      await at.ask(key, held.has(runOf(key)) ? held.steps : [['ok']]);
      await expect.poll(() => at.shown(key), TOLD).toMatchObject({ output: { release: 2 } });
    }
    // The host that had them goes on by the new code.
    expect((await host()).runId).not.toBe(before);
  } finally {
    await second.stop(5_000);
  }
});

test("each key has one run, by Temporal's lists and histories, whatever was killed", async () => {
  // Lists of executions lag.
  const others = async () => {
    const found = await executionsOf(at.client, TASK_QUEUE, await hostedRuns(at.client, TASK_QUEUE));
    return [...at.told].flatMap(([key, execution]) => {
      const executions = found.get(runOf(key)) ?? [];
      return executions.length === 1 && executions[0] === execution ? [] : [{ key, execution, executions }];
    });
  };
  await expect.poll(others, { ...TOLD, interval: 1_000 }).toEqual([]);
});

test("light-batches.1: no effect began before its run was in a host's history, whatever was killed", async () => {
  const began = at.effects.now().filter(({ what }) => what === 'began');
  const hosted = await hostedRuns(at.client, TASK_QUEUE);
  expect(began.filter(({ run, at }) => !((hosted.get(run)?.acceptedAt ?? at + 1) <= at))).toEqual([]);
});
