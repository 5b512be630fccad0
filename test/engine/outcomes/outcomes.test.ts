import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Goal } from '../../../goals/index.ts';
import type { RunStory } from '../../../views/run-view.ts';
import { ChildWorker } from '../child-worker.ts';
import { fresh, Workbench } from '../workbench.ts';
import { afterFailure, afterSuccess, heard, misfit, whenLate } from './goals.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** Workflows of the system are any worker's: one that another test kills may have the next task of this, for ten seconds. */
const patient = { timeout: 90_000, interval: 200 };
vi.setConfig({ testTimeout: 240_000 });

let bench: Workbench;
let worker: ChildWorker;

const startWorker = () => ChildWorker.start(folder, { GOALKEEPER_TASK_QUEUE: bench.taskQueue });

beforeAll(async () => {
  bench = await Workbench.open();
  worker = await startWorker();
});
afterAll(async () => {
  await worker.end('SIGTERM');
  await bench.close();
});

const runOf = ({ name }: Goal, key: string) => ({ workflowId: `${name}:${key}` });

/** The run that a goal was started for, once it is closed. */
async function heardBy(goal: Goal, key: string): Promise<RunStory['run']> {
  const closed = async () => (await bench.story(runOf(goal, key)).catch(() => null))?.run.state;
  await expect.poll(closed, patient).toBe('closed');
  return (await bench.story(runOf(goal, key))).run;
}

const executionsOf = async (goal: Goal, key: string): Promise<number> =>
  (await bench.client.workflow.count(`WorkflowId = '${goal.name}:${key}'`)).count;

test('an achieved run starts the goal that listens, with the outcome as its input', async () => {
  const key = fresh('k');
  const run = await bench.start(heard, { key, how: 'well' });
  expect(await heardBy(afterSuccess, key)).toMatchObject({
    ...{ outcome: 'achieved', input: { key, rows: 7 } },
    why: { kind: 'outcome', reason: 'outcomes-heard achieved', ref: run.workflowId },
  });
  // What did not fit is seen, and not lost.
  expect(await heardBy(misfit, key)).toMatchObject({ outcome: 'failed', failure: { kind: 'input' } });
  expect(await executionsOf(afterFailure, key)).toBe(0);
});

test('a failed run starts the goal that listens for that, and so does one that was terminated', async () => {
  const [key, ended] = [fresh('k'), fresh('k')];
  await bench.start(heard, { key, how: 'badly' });
  const slow = await bench.start(heard, { key: ended, how: 'slowly' });
  await slow.terminate('by hand');
  expect(await heardBy(afterFailure, key)).toMatchObject({ input: { key, code: 'pursue_threw' } });
  expect(await heardBy(afterFailure, ended)).toMatchObject({ input: { key: ended, code: 'terminated' } });
  expect(await executionsOf(afterSuccess, key)).toBe(0);
});

test('a late run starts the goal that listens for that once, while it is still open', async () => {
  const key = fresh('k');
  const run = await bench.start(heard, { key, how: 'slowly' });
  expect(await heardBy(whenLate, key)).toMatchObject({ why: { reason: 'outcomes-heard is late' } });
  await run.result();
  await heardBy(afterSuccess, key);
  expect(await executionsOf(whenLate, key)).toBe(1);
});

// outcome-listener.1
test('no outcome is lost, and none heard twice, when workers are killed meanwhile', async () => {
  const keys = Array.from({ length: 12 }, () => fresh('k'));
  await Promise.all(keys.map((key) => bench.start(heard, { key, how: 'well' })));
  await bench.client.workflow.getHandle(`${heard.name}:${keys[0]}`).result();
  await worker.end('SIGKILL');
  worker = await startWorker();
  for (const key of keys) expect(await heardBy(afterSuccess, key)).toMatchObject({ outcome: 'achieved' });
  for (const key of keys) expect(await executionsOf(afterSuccess, key)).toBe(1);
});
