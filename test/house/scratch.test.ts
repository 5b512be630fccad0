import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { REPO } from './arrows.ts';

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

test('the suite begins on a new machine, where nothing is in the temporary directory', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'empty-'));
  onTestFinished(() => rm(empty, { recursive: true }));
  const file = 'test/process/grpc-codes.test.ts';
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, 'run', '--project', 'real', file], {
    ...{ cwd: REPO, encoding: 'utf8', env: { ...process.env, TMPDIR: empty } },
  });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/^[1-9]\d* passed, 0 failed$/m);
});
