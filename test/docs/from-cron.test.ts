import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const REPO = fileURLToPath(new URL('../..', import.meta.url));
const guide = readFileSync(join(REPO, 'docs/guide/from-cron.md'), 'utf8');

const block = (name: string): string => {
  const found = new RegExp(`<!-- ${name} -->\n\`\`\`\\w+\n(.*?)\`\`\``, 's').exec(guide)?.[1];
  if (found === undefined) throw new Error(`the guide has no block ${name}`);
  return found;
};

test("the guide's crontab becomes the guide's goal, and its script a goal too", () => {
  const folder = mkdtempSync(join(tmpdir(), 'gk-from-cron-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'shop.crontab'), block('crontab'));
  const run = (line: string, out: string): string => {
    const command = line.replace(/^goalkeeper/, `"${process.execPath}" "${REPO}cli/goalkeeper.js"`);
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain(`${out}/goals.ts`);
    return readFileSync(join(folder, out, 'goals.ts'), 'utf8');
  };
  expect(run(block('import').trim(), 'goals')).toContain(block('goal'));
  const wrap = block('wrap').trim().replace(' -- ', ' --out nightly -- ');
  expect(run(wrap, 'nightly')).toContain("schedule('0 5 * * *', {");
});
