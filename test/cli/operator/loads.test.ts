import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ARROWS, reach, readCode } from '../../house/arrows.ts';

test("the commands of operators load no more than they need: whoever presses Tab waits for none of Temporal's packages", () => {
  const code = readCode(Object.keys(ARROWS));
  const files = readdirSync('cli/operator').map((name) => `cli/operator/${name}`);
  const packages = new Set(files.flatMap((file) => reach(file, code).packages));
  expect(files.length).toBeGreaterThan(20);
  expect([...packages].sort()).toEqual(['@noble/hashes', 'commander', 'node:*', 'zod']);
});

test("no command makes another wait for Temporal's worker: what needs it loads it when it runs", () => {
  const script = `
    import { createRequire } from 'node:module';
    await import('./cli/command-line.ts');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify(loaded.filter((path) => path.includes('@temporalio'))));
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  expect(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))).toEqual([]);
});
