// The record of real runs, told from their real histories.

import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunRecord, runRecordSchema } from '../../goals/wire/run-record.ts';
import { recordOf } from '../../views/run-record.ts';
import goals, { inParallel, inSequence, judged, withDeadline, withFallback } from './goals.ts';
import { elsewhere, jobs } from './jobs.ts';
import { fresh, Workbench } from './workbench.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(fileURLToPath(new URL('./goals.ts', import.meta.url)), goals, [...jobs, ...elsewhere]);
});
afterAll(() => bench.close());

async function recorded(handle: WorkflowHandle): Promise<RunRecord> {
  const record = recordOf(await bench.closed(handle));
  const asRead = JSON.parse(JSON.stringify(record));
  expect(runRecordSchema.parse(asRead)).toEqual(asRead);
  return record;
}

/** A run that waits an hour for the next attempt of its only step. */
async function waiting(): Promise<WorkflowHandle> {
  const handle = await bench.start(inParallel, {
    key: fresh('k'),
    steps: [{ label: 'rarely', script: ['fail:upstream_down'] }],
  });
  await expect.poll(async () => (await bench.story(handle)).errors.length, { timeout: 60_000 }).toBe(1);
  return handle;
}

test('of an achieved run: what was wanted and why, the path, what pursue coped with, each criterion', async () => {
  const input = {
    key: fresh('k'),
    first: { script: ['permanent:closed'] },
    second: { script: ['fail', 'ok'] },
  };
  const record = await recorded(await bench.start(withFallback, input));
  expect(Object.keys(record.intention)[0]).toBe('why');
  expect(record).toMatchObject({
    version: 1,
    run: `with-fallback:${input.key}`,
    intention: {
      why: { kind: 'request' },
      ...{ goal: 'with-fallback', outcome: 'One of two ways was walked', owner: 'tests', team: 'tests' },
      ...{ key: input.key, input },
    },
    path: [
      { path: 'act#1', state: 'failed', attempts: 1 },
      { path: 'act#2', state: 'succeeded', attempts: 2 },
    ],
    decisions: [
      { kind: 'gave-up', step: 'act#1', reason: 'permanent' },
      { kind: 'handled', step: 'act#1', message: 'no retry will heal this' },
      { kind: 'criterion', name: 'a way was found', met: true },
    ],
    actions: [],
    errors: { counts: { recovered: 1, handled: 1, fatal: 0, pending: 0 }, omitted: [] },
    outcome: { outcome: 'achieved', failure: null, output: { way: 'second', code: 'closed' } },
  });
  for (const { startedAt, closedAt } of record.path)
    expect(Date.parse(closedAt as string)).toBeGreaterThanOrEqual(Date.parse(startedAt));
});

test('of a failed run: every error, also how many are omitted, and the failure with its cause', async () => {
  const script = [...Array.from({ length: 9 }, () => 'fail:upstream_down'), 'permanent:gone_for_good'];
  const steps = [{ script: ['ok'] }, { label: 'steadily', script }];
  const record = await recorded(await bench.start(inSequence, { key: fresh('k'), steps }));
  const omitted = record.errors.omitted.reduce((sum, { count }) => sum + count, 0);
  expect(record.errors.counts.fatal).toBe(10);
  expect(record.errors.entries.length + omitted).toBe(10);
  expect(omitted).toBeGreaterThan(0);
  expect(record.decisions).toMatchObject([{ kind: 'gave-up', step: 'act-steadily#1', reason: 'permanent' }]);
  expect(record.outcome).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'job', path: ['act-steadily#1'], cause: { code: 'gone_for_good', attempt: 10 } },
  });
});

test('of a run that missed its criteria or its deadline: the verdicts, and that time was over', async () => {
  const criteria = await recorded(await bench.start(judged, { key: fresh('k'), rows: 3, drift: 0.5 }));
  expect(criteria.decisions).toMatchObject([
    { kind: 'criterion', name: 'rows arrived', met: true },
    { kind: 'criterion', name: 'agrees with the ledger', met: false, message: 'the drift is 0.5' },
    { kind: 'criterion', name: 'is no trap', met: true },
  ]);
  expect(criteria.outcome).toMatchObject({ outcome: 'failed', failure: { kind: 'criteria' } });

  const steps = [
    { label: 'rarely', script: ['fail:upstream_down'] },
    { label: 'sleep', script: [] },
  ];
  const late = await recorded(await bench.start(withDeadline, { key: fresh('k'), steps: steps.slice(1) }));
  expect(late.decisions.map(({ kind }) => kind)).toEqual(['torn-down', 'deadline']);
  expect(late.decisions[1]).toMatchObject({ deadline: late.intention.deadline });
});

test('of a cancelled run: who asked for it, when and why, and what was torn down', async () => {
  const handle = await waiting();
  await bench.client.workflowService.requestCancelWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId },
    identity: 'ada@operations',
    reason: 'the source was withdrawn',
    requestId: fresh('request'),
  });
  const record = await recorded(handle);
  expect(record).toMatchObject({
    decisions: [{ kind: 'torn-down', step: 'act-rarely#1' }],
    actions: [{ kind: 'cancel', by: 'ada@operations', reason: 'the source was withdrawn' }],
    errors: { counts: { handled: 1 }, entries: [{ code: 'upstream_down', disposition: 'handled' }] },
    outcome: { outcome: 'cancelled', failure: null },
  });
  const [action] = record.actions;
  expect(Date.parse(action?.at as string)).toBeGreaterThanOrEqual(Date.parse(record.intention.startedAt));
  expect(Date.parse(action?.at as string)).toBeLessThanOrEqual(Date.parse(record.outcome.closedAt as string));
});

test('of a terminated run: by whom and why, and the signals that operators sent before', async () => {
  const handle = await waiting();
  await handle.signal('note', { by: 'grace', reason: 'asked the supplier' });
  await handle.signal('gk-between-ourselves', { what: 'is no action of an operator' });
  await handle.terminate('hangs since Tuesday');
  const record = await recorded(handle);
  expect(record.actions).toMatchObject([
    { kind: 'signal', name: 'note', by: 'grace', reason: 'asked the supplier' },
    { kind: 'terminate', by: bench.client.options.identity, reason: 'hangs since Tuesday' },
  ]);
  expect(record.outcome).toMatchObject({
    outcome: 'failed',
    failure: { kind: 'engine', code: 'terminated' },
  });
});
