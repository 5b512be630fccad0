import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { teamFile } from '../../activities/team-files.ts';

function folderOf(...files: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'gk-team-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

test.each(['goals.ts', 'goals.mts', 'goals.js', 'goals.mjs', 'goals/index.ts', 'goals/index.mjs'])(
  "%s is a team's file of goals",
  (file) => {
    const folder = folderOf(file, 'jobs.ts');
    expect(teamFile(folder, 'goals')).toBe(join(folder, file));
  },
);

test('where a folder has none it is said so, and what only looks like one is none', () => {
  expect(teamFile(folderOf('goals.json', 'my-goals.ts', 'goals.d.ts'), 'goals')).toBeNull();
});
