import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('simulate works under node:test', async () => {
  const args = ['--import', 'tsx', '--test', '--test-reporter=tap', 'test/testing/on-node-test.ts'];
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout).toMatch(/^# pass 3$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
}, 60_000);
