import { expect, test } from 'vitest';
import { fresh } from '../workbench.ts';
import { innocent, misbehave } from './goals.ts';
import { FunctionTeam } from './team.ts';

const team = FunctionTeam.forThisFile();

// server-attempt.3
test("what a job in the worker's own process throws where nobody catches it costs its attempt, and not the worker", async () => {
  const { bench } = team;
  const worker = await team.worker();
  for (const act of ['throws-in-a-timer', 'rejects-unhandled']) {
    const { run, errors } = await bench.pursue(misbehave, { key: fresh('k'), act, where: 'here' });
    expect(run.failure).toMatchObject({ kind: 'job', code: 'forgotten' });
    expect(errors.map(({ code }) => code)).toEqual(['forgotten']);
  }
  const late = await bench.pursue(misbehave, { key: fresh('k'), act: 'throws-late', where: 'here' });
  expect(late.run.outcome).toBe('achieved');
  await expect.poll(() => worker.output()).toContain('thrown after the attempt was over');
  expect(worker.output()).toContain(late.run.id);
  const { run } = await bench.pursue(innocent, { key: fresh('k') });
  expect(run.outcome).toBe('achieved');
  expect(await worker.end('SIGTERM')).toBe(0);
});

test('what a job writes, however it does, is in the log as lines of its attempt, redacted, and cannot be forged', async () => {
  const { bench } = team;
  const worker = await team.worker();
  for (const where of ['here', 'process'] as const) {
    const key = fresh('k');
    await bench.pursue(misbehave, { key, act: 'writes', where });
    await bench.pursue(misbehave, { key: `${key}-forged`, act: 'forges', where });
    const step = where === 'here' ? 'act-here#1' : 'act-in-process#1';
    const ofRun = (run: string) => linesOf(worker).filter((line) => line.run === run);
    const written = () => ofRun(`misbehave:${key}`);
    await expect.poll(() => written().map(({ msg }) => msg)).toContain('by stderr');
    expect(written()).toEqual(
      expect.arrayContaining(
        ['by console 7', 'an error of console', '{"password":<redacted>}', 'by stdout', 'by stderr'].map(
          (msg) => expect.objectContaining({ msg, goal: 'misbehave', step, attempt: 1 }),
        ),
      ),
    );
    await expect.poll(() => ofRun(`misbehave:${key}-forged`).map(({ msg }) => msg)).toContain('forged');
    expect(ofRun(`misbehave:${key}-forged`)).toContainEqual(
      expect.objectContaining({
        ...{ msg: 'forged', goal: 'misbehave', step, attempt: 1, level: 30, rows: 3 },
        given: expect.objectContaining({ run: 'other:victim', goal: 'other', attempt: 9, level: 60 }),
      }),
    );
  }
  expect(worker.output()).not.toContain('hunter2');
});

test('a flood of lines costs its own attempt, and no job beside it', async () => {
  const { bench } = team;
  const worker = await team.worker();
  for (const where of ['process', 'here'] as const) {
    await bench.pursue(innocent, { key: fresh('k') });
    const flood = bench.pursue(misbehave, { key: fresh('k'), act: 'floods', where });
    const key = fresh('k');
    const { run } = await bench.pursue(innocent, { key });
    expect(run.outcome).toBe('achieved');
    await flood;
    const { run: after } = await bench.pursue(innocent, { key: fresh('k') });
    expect((after.output as { ms: number }).ms).toBeLessThan(1500);
  }
  await expect.poll(() => linesOf(worker).some(({ dropped }) => Number(dropped) > 100)).toBe(true);
  const longest = Math.max(...linesOf(worker).map((line) => JSON.stringify(line).length));
  expect(longest).toBeLessThan(4000);
});

/** Every line is one of JSON. */
const linesOf = (worker: { output(): string }): Record<string, unknown>[] =>
  worker
    .output()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
