// A run whose errors persist can be listed, with what, since when and when the next attempt comes; and what was
// hurt by one outage is one line.

import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import type { Incident } from '../../../goals/wire/answers.ts';
import { searchAttributes, signalNames } from '../../../goals/wire/names.ts';
import type { Run, RunSummary } from '../../../goals/wire/run-view.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { Replayer } from '../replayer.ts';
import { fresh, Workbench } from '../workbench.ts';
import { freshWord, Gate } from './latch-jobs/gate.ts';
import goals, {
  expectedLater,
  expectedSoon,
  held,
  passed,
  passedOrNot,
  passedQuickly,
  rarely,
  rarelyAndLong,
  rarelyAndShort,
} from './latch-jobs/goals.ts';
import { jobs } from './latch-jobs/jobs.ts';

const goalsModule = fileURLToPath(new URL('./latch-jobs/goals.ts', import.meta.url));
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let bundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(goalsModule, goals, jobs);
  gateway = await gatewayAt(temporalAddress);
  bundle = await bundleGoals(goalsModule);
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

const runOf = async ({ workflowId }: WorkflowHandle): Promise<Run> =>
  (await gateway.get(`/runs/${workflowId}`)).body;

const listed = async (query: string): Promise<RunSummary[]> => {
  const { status, body } = await gateway.get(`/runs?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.items;
};
const idsOf = async (query: string): Promise<string[]> => (await listed(query)).map(({ id }) => id).sort();

const attributesOf = async (handle: WorkflowHandle) => {
  const { searchAttributes: found } = await handle.describe();
  return {
    state: found[searchAttributes.state]?.[0],
    fingerprints: found[searchAttributes.fingerprints],
    cause: found[searchAttributes.cause]?.[0],
  };
};

const eventsOf = async (handle: WorkflowHandle) => (await handle.fetchHistory()).events ?? [];
const signalsOf = async (handle: WorkflowHandle) =>
  (await eventsOf(handle)).filter(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName === signalNames.struggling,
  );
const replays = Replayer.forThisFile(() => ({ workflowBundle: bundle }));
const replay = (handle: WorkflowHandle) => replays.replay(handle);

const until = { timeout: 60_000, interval: 50 };

describe('a run whose errors persist', () => {
  test('is struggling and listed, with what, since when and the next attempt; it clears when the step succeeds', async () => {
    const word = freshWord();
    const [first, second] = [await Gate.closed(`${word} is down`), await Gate.closed()];
    const handle = await bench.start(passed, { key: fresh('k'), gate: first.path, next: second.path });
    await expect
      .poll(() => idsOf(`state=struggling&goal=${passed.name}`), until)
      .toEqual([handle.workflowId]);
    await expect.poll(async () => (await runOf(handle)).struggling[0]?.nextAttemptAt, until).toBeTruthy();

    const { errors } = await bench.story(handle);
    const [row] = await listed(`state=struggling&goal=${passed.name}`);
    expect(row).toMatchObject({
      ...{ state: 'struggling', outcome: null, errors: { fatal: 0 } },
      struggling: [
        {
          ...{ step: 'pass#1', code: 'gate_down', message: `${word} is down` },
          ...{ since: errors[0]?.at, fingerprint: errors[0]?.fingerprint },
        },
      ],
    });
    expect(row?.struggling[0]?.attempts).toBeGreaterThanOrEqual(2);
    const fingerprint = errors[0]?.fingerprint;
    expect(await attributesOf(handle)).toEqual({ state: 'struggling', fingerprints: [fingerprint] });
    expect(await idsOf(`state=pursuing&goal=${passed.name}`)).toEqual([]);
    expect(await idsOf(`fingerprint=${fingerprint}`)).toEqual([handle.workflowId]);

    await first.open();
    await expect.poll(async () => (await runOf(handle)).state, until).toBe('pursuing');
    expect(await runOf(handle)).toMatchObject({ struggling: [], errors: { fatal: 0 } });
    await expect.poll(() => idsOf(`state=struggling&goal=${passed.name}`), until).toEqual([]);
    expect(await attributesOf(handle)).toMatchObject({ state: 'pursuing' });

    // The second step has come to struggle, or not yet: it makes no difference to how it ends.
    await second.open();
    const { run } = await bench.closed(handle);
    expect(run).toMatchObject({ state: 'closed', outcome: 'achieved', struggling: [], errors: { fatal: 0 } });
    expect(await attributesOf(handle)).toMatchObject({ state: 'closed', cause: undefined });
    await replay(handle);
  });

  test('tells it once, however long it lasts', async () => {
    const gate = await Gate.closed();
    const handle = await bench.start(passedQuickly, { key: fresh('k'), gate: gate.path });
    // More than the worker tries by itself, so that another server attempt has taken over the ledger.
    await expect.poll(async () => (await bench.story(handle)).run.errors.pending, until).toBeGreaterThan(15);
    expect(await signalsOf(handle)).toHaveLength(1);
    await gate.open();
    const { run } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', struggling: [] });
    expect(await signalsOf(handle)).toHaveLength(1);
    await replay(handle);
  });

  test('is told while a long attempt is still under way', async () => {
    const gate = await Gate.closed();
    const handle = await bench.start(held, { key: fresh('k'), gate: gate.path });
    await expect.poll(async () => (await runOf(handle)).state, until).toBe('struggling');
    expect(await runOf(handle)).toMatchObject({
      struggling: [{ step: 'hold#1', attempts: 1, nextAttemptAt: null }],
      steps: [{ state: 'running', attempts: 2 }],
    });
    await gate.open();
    expect((await bench.closed(handle)).run).toMatchObject({ outcome: 'achieved', struggling: [] });
  });

  test('that is cancelled is closed, its errors kept, and listed as struggling no more', async () => {
    const gate = await Gate.closed();
    const handle = await bench.start(rarely, { key: fresh('k'), gate: gate.path });
    // Nothing can heal it within the minutes after which an error persists by default.
    await expect
      .poll(() => idsOf(`state=struggling&goal=${rarely.name}`), until)
      .toEqual([handle.workflowId]);
    await handle.cancel();
    const { run, errors } = await bench.closed(handle);
    expect(run).toMatchObject({
      ...{ state: 'closed', outcome: 'cancelled', struggling: [], atRisk: false, late: false },
      errors: { handled: 1, pending: 0 },
    });
    expect(await attributesOf(handle)).toEqual({
      state: 'closed',
      fingerprints: [errors[0]?.fingerprint],
      cause: undefined,
    });
    await expect.poll(() => idsOf(`state=struggling&goal=${rarely.name}`), until).toEqual([]);
    await replay(handle);
  });

  test('a run that was terminated while it struggled is not listed as struggling', async () => {
    const gate = await Gate.closed();
    const handle = await bench.start(rarely, { key: fresh('k'), gate: gate.path });
    await expect
      .poll(() => idsOf(`state=struggling&goal=${rarely.name}`), until)
      .toEqual([handle.workflowId]);
    await handle.terminate();
    await expect.poll(() => idsOf(`state=struggling&goal=${rarely.name}`), until).toEqual([]);
    expect(await runOf(handle)).toMatchObject({ state: 'closed', struggling: [], outcome: 'failed' });
  });

  // visibility.1
  test('a signal that is late, for no step, or not well formed changes nothing', async () => {
    const [first, second] = [await Gate.closed('up'), await Gate.closed()];
    const handle = await bench.start(passed, { key: fresh('k'), gate: first.path, next: second.path });
    const told = { since: new Date().toISOString(), attempts: 3, code: 'x', message: 'y', fingerprint: 'f' };
    await expect.poll(async () => (await runOf(handle)).steps.length, until).toBe(2);
    for (const given of [{ ...told, step: 'pass#1' }, { ...told, step: 'pass#9' }, { step: 7 }, null])
      await handle.signal(signalNames.struggling, given);
    await second.open();
    const { run } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', struggling: [] });
    expect((await attributesOf(handle)).fingerprints).not.toContain('f');
    await replay(handle);
  });

  test('a clean run pays nothing for it', async () => {
    const gate = await Gate.closed('up');
    const handle = await bench.start(passed, { key: fresh('k'), gate: gate.path });
    await bench.closed(handle);
    // Started; a task, a step, a task; completed.
    expect(await eventsOf(handle)).toHaveLength(11);
    expect(await attributesOf(handle)).toEqual({});
  });
});

describe('a run and its time', () => {
  const struggles = async (goal: typeof rarely) => {
    const handle = await bench.start(goal, { key: fresh('k'), gate: (await Gate.closed()).path });
    await expect.poll(async () => (await runOf(handle)).steps[0]?.nextAttemptAt, until).toBeTruthy();
    return handle;
  };

  test('is at risk when what is left of its usual duration would pass the deadline, once it goes on', async () => {
    const [long, short, unknown] = (await Promise.all(
      [rarelyAndLong, rarelyAndShort, rarely].map((goal) => struggles(goal)),
    )) as [WorkflowHandle, WorkflowHandle, WorkflowHandle];
    // Half an hour until the next attempt, and an hour in all: 50 minutes of work are too much, 5 are not.
    const atRisk = await runOf(long);
    expect(atRisk).toMatchObject({ atRisk: true, usualMs: 3_000_000, late: false });
    const [next, earliest] = [atRisk.steps[0]?.nextAttemptAt, atRisk.earliestEnd].map((at) =>
      Date.parse(at ?? ''),
    ) as [number, number];
    expect(earliest).toBeGreaterThan(Date.parse(atRisk.deadline ?? ''));
    expect((earliest - next) / 60_000).toBeGreaterThan(45);
    expect((earliest - next) / 60_000).toBeLessThan(52);
    const html = await fetch(`${gateway.url}/runs/${atRisk.id}`, { headers: { accept: 'text/html' } });
    expect(await html.text()).toContain(`at the earliest <time datetime="${atRisk.earliestEnd}"`);
    expect(await runOf(short)).toMatchObject({ atRisk: false, usualMs: 300_000 });
    expect(await runOf(short)).not.toHaveProperty('earliestEnd');
    expect(await runOf(unknown)).toMatchObject({ atRisk: false, usualMs: null });
    await Promise.all([long, short, unknown].map((handle) => handle.terminate()));
    expect(await runOf(long)).toMatchObject({ atRisk: false });
    expect(await runOf(long)).not.toHaveProperty('earliestEnd');
  });

  test('is late while it is open past the time at which it was expected, and when it was achieved after it', async () => {
    const gate = await Gate.closed();
    const handle = await bench.start(expectedSoon, { key: fresh('k'), gate: gate.path });
    // Nothing happens meanwhile: the gateway has the story already, and only time goes on.
    await expect.poll(async () => (await runOf(handle)).late, until).toBe(true);
    expect(await runOf(handle)).toMatchObject({ outcome: null, late: true });
    await gate.open();
    const { run } = await bench.closed(handle);
    expect(run).toMatchObject({ outcome: 'achieved', late: true, atRisk: false });
    expect(Date.parse(run.expected ?? '') - Date.parse(run.startedAt)).toBe(1000);

    const inTime = await bench.start(expectedLater, {
      key: fresh('k'),
      gate: (await Gate.closed('up')).path,
    });
    expect((await bench.closed(inTime)).run).toMatchObject({ outcome: 'achieved', late: false });
  });
});

describe('GET /errors', () => {
  const incident = async (fingerprint: string, query = ''): Promise<Incident | undefined> => {
    // A gateway of its own remembers nothing yet.
    const own = await gatewayAt(temporalAddress);
    try {
      const { status, body } = await answered(() => own.get(`/errors?limit=100${query}`));
      expect(status, JSON.stringify(body)).toBe(200);
      expect(body).toMatchObject({ truncated: false, since: expect.any(String) });
      return body.items.find((item: Incident) => item.fingerprint === fingerprint);
    } finally {
      await own.stop();
    }
  };

  test('an outage that hurt three goals, of which one failed and two healed, is one line', async () => {
    const word = freshWord();
    const gate = await Gate.closed(`the ${word} warehouse refused connection 4711`);
    const [failed, healed, quick] = (await Promise.all(
      [passedOrNot, passed, passedQuickly].map((goal) =>
        bench.start(goal, { key: fresh('k'), gate: gate.path }),
      ),
    )) as [WorkflowHandle, WorkflowHandle, WorkflowHandle];
    const end = await bench.closed(failed);
    const fingerprint = end.run.failure?.cause?.fingerprint ?? '';
    const running = [healed.workflowId, quick.workflowId].sort();
    await expect.poll(() => idsOf(`fingerprint=${fingerprint}&state=struggling`), until).toEqual(running);
    expect(await incident(fingerprint)).toMatchObject({ failedRuns: 1, healedRuns: 0, openRuns: 2 });

    // The same trouble, in other words.
    await gate.becomes(`the ${word} warehouse refused connection 4712`);
    await gate.open();
    const stories = [end, await bench.closed(healed), await bench.closed(quick)];
    const all = stories.map(({ run }) => run.id).sort();
    await expect.poll(() => idsOf(`fingerprint=${fingerprint}&state=closed`), until).toEqual(all);
    const times = stories.flatMap(({ errors }) => errors.map(({ at }) => at)).sort();
    const found = await incident(fingerprint);
    expect(found).toMatchObject({
      ...{ fingerprint, type: 'Error', code: 'gate_down', class: 'transient' },
      message: expect.stringContaining(`the ${word} warehouse refused connection`),
      occurrences: stories.reduce((sum, { run: { errors } }) => sum + errors.recovered + errors.fatal, 0),
      goals: [passed.name, passedOrNot.name, passedQuickly.name].sort(),
      teams: ['gates', 'others'],
      ...{ failedRuns: 1, healedRuns: 2, openRuns: 0, since: times[0], lastSeen: times.at(-1) },
    });
    expect(found?.runs[0]).toBe(failed.workflowId);
    expect(found?.runs.slice().sort()).toEqual(all);
    expect(await attributesOf(failed)).toMatchObject({ cause: fingerprint, fingerprints: [fingerprint] });

    expect(await incident(fingerprint, '&team=gates')).toMatchObject({
      failedRuns: 0,
      healedRuns: 2,
      teams: ['gates'],
    });
    expect(await incident(fingerprint, `&goal=${passedOrNot.name}`)).toMatchObject({
      failedRuns: 1,
      healedRuns: 0,
    });
    expect(await incident(fingerprint, '&team=nobody')).toBeUndefined();
    await Promise.all([failed, healed, quick].map(replay));
  });

  test('gives its lines page by page, and refuses what is no parameter', async () => {
    for (let i = 0; i < 3; i++)
      await bench.pursue(passedOrNot, {
        key: fresh('k'),
        gate: (await Gate.closed(`${freshWord()} broke`)).path,
      });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = `/errors?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { status, body } = await answered(() => gateway.get(page));
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ fingerprint }: Incident) => fingerprint));
      cursor = body.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(3);
    for (const query of ['window=1y', 'goal=No', 'limit=0', 'cursor=x.1', 'owner=tests'])
      expect((await gateway.get(`/errors?${query}`)).body.code).toBe('query_invalid');
    for (const query of ["fingerprint=' OR '1'='1", 'fingerprint=other', 'state=asleep'])
      expect((await gateway.get(`/runs?${query}`)).body.code).toBe('query_invalid');
  });
});
