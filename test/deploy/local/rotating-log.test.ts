import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startChild } from '../../../deploy/local/child-process.ts';
import { openLog } from '../../../deploy/local/rotating-log.ts';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'goalkeeper-log-'));
  path = join(root, 'a.log');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const sizes = (): number[] => [path, `${path}.1`].map((file) => (existsSync(file) ? statSync(file).size : 0));

test('a flood of a process leaves two bounded files, the newest lines whole in the first', async () => {
  const script =
    "for (let i = 0; i < 40000; i++) console.log('line', i, 'x'.repeat(100)); console.error('aside'); console.log('the end');";
  const child = await startChild(process.execPath, ['-e', script], { env: {}, log: path, logBytes: 100_000 });
  expect(await child.exited).toEqual({ code: 0, signal: null });
  for (const size of sizes()) expect(size).toBeLessThanOrEqual(100_000);
  expect(sizes()[1]).toBeGreaterThan(50_000);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^line \d+ x{100}$|^the end$|^aside$/);
  expect(lines).toContain('the end');
  expect(child.tail()).toContain('the end');
});

test('a line without an end is bounded as well, and nothing is lost of what fits', () => {
  const log = openLog(path, 1000);
  log.write(Buffer.from('before\n'));
  log.write(Buffer.alloc(2500, 'x'));
  expect(sizes().every((size) => size <= 1000)).toBe(true);
  log.write(Buffer.from('\nafter\n'));
  log.close();
  expect(readFileSync(path, 'utf8')).toMatch(/x\nafter\n$/);
});

test('it goes on after what was there, for its user alone, also where it was for everybody', () => {
  writeFileSync(path, 'before\n');
  chmodSync(path, 0o644);
  const log = openLog(path, 1000);
  log.write(Buffer.from('after\n'));
  log.close();
  expect(readFileSync(path, 'utf8')).toBe('before\nafter\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('where it cannot be set aside it begins again, so that it is bounded in any case', () => {
  mkdirSync(join(`${path}.1`, 'in the way'), { recursive: true });
  const log = openLog(path, 1000);
  for (let i = 0; i < 500; i++) log.write(Buffer.from(`line ${i}\n`));
  log.close();
  expect(statSync(path).size).toBeLessThanOrEqual(1000);
  expect(readFileSync(path, 'utf8')).toContain('line 499\n');
});
