import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Step } from '../../../goals/wire/run-view.ts';
import { fresh } from '../workbench.ts';
import { told } from './goals.ts';
import { FunctionTeam } from './team.ts';

const team = FunctionTeam.forThisFile();

/** Pursues `told`; what its step shows once it shows what is expected, and the whole story of its end. */
async function telling(what: 'a-million' | 'garbage' | 'nothing' | 'a-secret', expected: Step['progress']) {
  const until = team.path(fresh('until'));
  const handle = await team.bench.start(told, { key: fresh('k'), what, until });
  const step = async () => (await team.bench.story(handle)).run.steps[0];
  await expect.poll(async () => (await step())?.state, { timeout: 60_000 }).toBe('running');
  await expect.poll(async () => (await step())?.progress, { timeout: 60_000 }).toEqual(expected);
  await writeFile(until, '');
  return team.bench.closed(handle);
}

test('a step shows while it is open how far its job is, though it tells so a million times', async () => {
  await team.worker();
  const done = { done: 1_000_000, total: 1_000_000, note: 'rows of the day' };
  const { run, errors } = await telling('a-million', done);
  expect(run).toMatchObject({ outcome: 'achieved', steps: [{ state: 'succeeded', progress: null }] });
  expect(errors).toEqual([]);
});

test('what is no progress is not shown, nor does it harm: none, garbage, a secret in its note', async () => {
  await team.worker();
  await telling('nothing', null);
  const garbage = await telling('garbage', { done: 3, total: null, note: null });
  expect(garbage).toMatchObject({ run: { outcome: 'achieved' }, errors: [] });
  const secret = await telling('a-secret', {
    done: 1,
    total: 2,
    note: 'connecting to postgres://<redacted>@db/x',
  });
  expect(secret.run.outcome).toBe('achieved');
});
