import { expect, test } from 'vitest';
import { fresh } from '../workbench.ts';
import { innocent, misbehave } from './goals.ts';
import { FunctionTeam } from './team.ts';

const team = FunctionTeam.forThisFile();

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
