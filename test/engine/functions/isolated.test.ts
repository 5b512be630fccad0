// Whatever an isolated job does costs its attempt and nothing else.

import { expect, test } from 'vitest';
import { fresh } from '../workbench.ts';
import { innocent, misbehave, takeTurns } from './goals.ts';
import { FunctionTeam, isAlive } from './team.ts';

const team = FunctionTeam.forThisFile();
const soon = { timeout: 60_000 };

/** The process in which an act is under way, as it noted itself. */
async function processOf(run: string, act: string, nth = 0): Promise<number> {
  const lines = async () => (await team.notes(run)).filter((line) => line.startsWith(`${act} `));
  await expect.poll(async () => (await lines()).length, soon).toBeGreaterThan(nth);
  return Number((await lines())[nth]?.split(' ')[1]);
}

test('a busy loop, a late throw, an unhandled rejection, an exit and a leak, beside an innocent goal', async () => {
  const { bench } = team;
  const worker = await team.worker();
  // The start of a worker holds it up; from here on nothing may.
  await bench.pursue(innocent, { key: fresh('k') });
  const misdeeds = {
    busy: 'timeout',
    'throws-late': null,
    'throws-in-a-timer': 'forgotten',
    'rejects-unhandled': 'forgotten',
    exit: 'isolate_exited',
    'leaks-heap': 'out_of_memory',
  };
  const cases = (['process', 'thread'] as const).flatMap((where) =>
    Object.entries(misdeeds).map(([act, code]) => ({ where, act, code })),
  );
  const started = await Promise.all(
    cases.map(async ({ where, act, code }) => ({
      code,
      act,
      handle: await bench.start(misbehave, { key: fresh('k'), act, where }),
    })),
  );
  const loops = started.filter(({ act }) => act === 'busy').map(({ handle }) => handle);
  const pids = await Promise.all(loops.map(({ workflowId }) => processOf(workflowId, 'busy')));
  expect(pids[1]).toBe(worker.pid);
  for (let n = 0; n < 10; n++) {
    const { run, errors } = await bench.pursue(innocent, { key: fresh('k') });
    expect(run).toMatchObject({ outcome: 'achieved', output: { ms: expect.any(Number) } });
    expect((run.output as { ms: number }).ms).toBeLessThan(3000);
    expect(errors).toEqual([]);
  }
  for (const { handle, act, code } of started) {
    const { run, errors } = await bench.closed(handle);
    expect([act, run.failure?.code ?? null]).toEqual([act, code]);
    expect(errors.map((error) => error.code)).toEqual(code === null ? [] : [code]);
  }
  const { run } = await bench.pursue(innocent, { key: fresh('k') });
  expect(run).toMatchObject({ outcome: 'achieved', output: { ms: expect.any(Number) } });
  expect((run.output as { ms: number }).ms).toBeLessThan(3000);
  await expect.poll(() => isAlive(pids[0] as number), soon).toBe(false);
  expect(worker.isRunning).toBe(true);
});

test('what waits for its turn longer than the server would bear is neither lost nor late, and no error', async () => {
  const { bench } = team;
  await team.worker();
  const long = await bench.start(takeTurns, { key: fresh('k'), act: 'takes-8-seconds', how: 'long' });
  await processOf(long.workflowId, 'takes-8-seconds');
  const short = await bench.start(takeTurns, { key: fresh('k'), act: 'where', how: 'short' });
  const { run, errors } = await bench.closed(short);
  expect(run).toMatchObject({ outcome: 'achieved', steps: [{ attempts: 1 }] });
  expect(errors).toEqual([]);
  const { events } = await short.fetchHistory();
  const started = events?.find((event) => event.activityTaskStartedEventAttributes);
  expect(started?.activityTaskStartedEventAttributes?.attempt).toBeGreaterThan(1);
  expect((await bench.closed(long)).run.outcome).toBe('achieved');
});

test('a worker that is killed leaves no process behind, though it never gives way', async () => {
  const { bench } = team;
  const worker = await team.worker();
  const handle = await bench.start(misbehave, { key: fresh('k'), act: 'busy', where: 'long' });
  const pid = await processOf(handle.workflowId, 'busy');
  expect(pid).not.toBe(worker.pid);
  await worker.end('SIGKILL');
  await expect.poll(() => isAlive(pid), soon).toBe(false);
  await handle.terminate();
});

test('a worker that is told to stop ends a deaf job, and hands its attempt on; so does a cancellation', async () => {
  const { bench } = team;
  const worker = await team.worker();
  const [stopped, cancelled] = await Promise.all(
    [1, 2].map(() => bench.start(misbehave, { key: fresh('k'), act: 'deaf', where: 'long' })),
  );
  if (!stopped || !cancelled) throw new Error('both have been started');
  const pids = await Promise.all([stopped, cancelled].map((run) => processOf(run.workflowId, 'deaf')));
  await cancelled.cancel();
  await processOf(cancelled.workflowId, 'told');
  expect(await worker.end('SIGTERM')).toBe(0);
  for (const pid of pids) await expect.poll(() => isAlive(pid), soon).toBe(false);
  const { errors } = await bench.story(stopped);
  expect(errors).toMatchObject([{ code: 'worker_stopped', disposition: 'pending' }]);
  await stopped.terminate();
  await team.worker();
  expect(await bench.closed(cancelled)).toMatchObject({ run: { outcome: 'cancelled' }, errors: [] });
});
