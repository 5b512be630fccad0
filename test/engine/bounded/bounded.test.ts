import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonBytes, LEDGER_BYTES, stepResultSchema } from '../../../goals/wire/ledger.ts';
import { firstValue } from '../../../views/payload.ts';
import { gatewayForTest } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { patient } from './ignores-abort/goals.ts';
import { jobs } from './ignores-abort/jobs.ts';

const TIMES = Number(process.env.FAILURES ?? 3_000);
let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(fileURLToPath(new URL('./ignores-abort/goals.ts', import.meta.url)), goals, jobs);
});
afterAll(() => bench.close());

test('a step that fails thousands of times has a small ledger and history, and a view that loads at once', {
  timeout: 180_000,
}, async () => {
  const begun = performance.now();
  const handle = await bench.start(patient, { key: fresh('k'), times: TIMES });
  await handle.result();
  const tookMs = performance.now() - begun;
  const { historySize = 0, historyLength, runId } = await handle.describe();
  const { events } = await bench.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
  const completed = events?.find((event) => event.activityTaskCompletedEventAttributes);
  const { ledger } = stepResultSchema.parse(
    firstValue(completed?.activityTaskCompletedEventAttributes?.result),
  );
  const gateway = await gatewayForTest(temporalAddress);
  const asked = performance.now();
  const { body: run } = await gateway.get(`/runs/${handle.workflowId}`);
  const viewMs = performance.now() - asked;
  const { body: told } = await gateway.get(`/runs/${handle.workflowId}/errors`);
  console.log(
    `bounded: ${JSON.stringify({ failures: TIMES, tookMs: Math.round(tookMs), perAttemptMs: tookMs / TIMES, ledgerBytes: jsonBytes(ledger), historyBytes: historySize, historyLength, viewMs: Math.round(viewMs) })}`,
  );
  expect(run).toMatchObject({
    outcome: 'achieved',
    output: { attempt: TIMES + 1 },
    errors: { recovered: TIMES, pending: 0, handled: 0, fatal: 0 },
  });
  expect(jsonBytes(ledger)).toBeLessThan(LEDGER_BYTES / 2);
  expect(Object.values(ledger?.tallies ?? {}).reduce((sum, { n }) => sum + n, 0)).toBe(TIMES);
  expect(Object.values(ledger?.hours ?? {}).reduce((sum, n) => sum + n, 0)).toBe(TIMES);
  expect(historySize).toBeLessThan(32 * 1024);
  expect(historyLength).toBeLessThan(30);
  // A busy machine takes a second; a view that reads each attempt takes minutes.
  expect(viewMs).toBeLessThan(10_000);
  expect(told.items.map(({ attempt }: { attempt: number }) => attempt)).toEqual([
    ...[1, 2, 3],
    ...[4, 3, 2, 1, 0].map((n) => TIMES - n),
  ]);
  expect(told.omitted.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(TIMES - 8);
  expect(told.hourly).toEqual([{ step: 'fail-often#1', hours: ledger?.hours }]);
});
