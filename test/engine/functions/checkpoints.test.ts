import { appendFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { fresh } from '../workbench.ts';
import { counted, followed } from './goals.ts';
import { FunctionTeam } from './team.ts';

const team = FunctionTeam.forThisFile();
const soon = { timeout: 60_000 };

/** From where each attempt of a step began. */
const begun = async (run: string, step: string): Promise<string[]> =>
  (await team.notes(run)).flatMap((line) => {
    const [, attempt, from] = /^(\S+) (\d+) from (\d+) /.exec(line)?.slice(1) ? line.split(/ from | /) : [];
    return line.startsWith(`${step} `) && from !== undefined ? [`${attempt} from ${from}`] : [];
  });

test('the last checkpoint comes to the next attempt: of the worker, of the server, after a SIGKILL, after a deploy; what cannot be kept is refused', async () => {
  const { bench } = team;
  const first = await team.worker();
  const script = ['fail@2', 'later@4', 'hang@6', 'hang@8'];
  const handle = await bench.start(counted, { key: fresh('k'), to: 10, script });
  const run = handle.workflowId;
  await expect.poll(() => team.notes(run), soon).toContain('count#1 3 at 6');
  // The moment that its checkpoint was awaited.
  await first.end('SIGKILL');
  const second = await team.worker();
  await expect.poll(() => team.notes(run), soon).toContain('count#1 4 at 8');
  expect(await second.end('SIGTERM')).toBe(0);
  await team.worker();
  const { run: story, errors } = await bench.closed(handle);
  expect(story).toMatchObject({ outcome: 'achieved', output: { n: [10, 1] } });
  expect(errors.map(({ code }) => code)).toEqual([
    'unclassified',
    'retry_after',
    'worker_lost',
    'worker_stopped',
  ]);
  expect(await begun(run, 'count#1')).toEqual(['1 from 0', '2 from 2', '3 from 4', '4 from 6', '5 from 8']);
  // Of the next use of the same job it is none of the business.
  expect(await begun(run, 'count#2')).toEqual(['1 from 0']);
  const keys = (await team.notes(run)).flatMap((line) => / from \d+ (.*)$/.exec(line)?.[1] ?? []);
  expect(new Set(keys).size).toBe(2);
  for (const [what, message] of [
    ['huge', 'the checkpoint has 20020 bytes; 16384 at most'],
    ['circle', 'again is a part of itself, which JSON cannot carry'],
  ]) {
    const input = { key: fresh('k'), to: 5, script: [`${what}@3`] };
    const refused = await bench.pursue(counted, input);
    expect(refused.run.failure).toMatchObject({ kind: 'job', code: 'checkpoint_invalid' });
    expect(refused.errors).toMatchObject([
      { code: 'checkpoint_invalid', class: 'data', message: expect.stringContaining(message as string) },
    ]);
  }
});

test('a job that reads a stream for days goes on where it was, over several workers: each line counts once', async () => {
  const { bench } = team;
  const file = team.path('stream');
  let sum = 0;
  let lines = 0;
  const grow = async (count: number): Promise<void> => {
    const numbers = Array.from({ length: count }, () => ++lines);
    sum += numbers.reduce((total, n) => total + n, 0);
    await appendFile(file, numbers.map((n) => `${n}\n`).join(''));
  };
  await writeFile(file, '');
  let worker = await team.worker();
  const handle = await bench.start(followed, { key: fresh('k'), file });
  const read = async (): Promise<number | undefined> =>
    (await bench.story(handle)).run.steps[0]?.progress?.done;
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await grow(100);
    await expect.poll(read, soon).toBeGreaterThan(lines - 100);
    await grow(100);
    await worker.end(signal);
    worker = await team.worker();
  }
  await expect.poll(read, soon).toBe(lines);
  expect((await bench.story(handle)).run.steps[0]).toMatchObject({
    state: 'running',
    progress: { done: 400, total: null, note: expect.stringMatching(/^at byte \d+$/) },
  });
  await appendFile(file, 'end\n');
  const { run, errors } = await bench.closed(handle);
  expect(run).toMatchObject({ outcome: 'achieved', output: { lines, sum }, steps: [{ progress: null }] });
  // No `timeout` among them: a month is longer than a timer of Node's can be.
  expect(errors.map(({ code }) => code)).toEqual(['worker_lost', 'worker_stopped']);
});
