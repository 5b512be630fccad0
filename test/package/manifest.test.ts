import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RootManifest, stagedManifest } from '../../package/manifest.ts';

const root = JSON.parse(readFileSync('package.json', 'utf8')) as RootManifest;

test('one number is the version: of the manifest, and of the head of the changelog', () => {
  const [, head] = /^## (\S+)/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
  expect(root.version).toBe(head);
});

test('the staged manifest is the derived one: JavaScript with its types, zod a peer, what only examples need left out', () => {
  const staged = stagedManifest(root, 'owner/name');
  expect(Object.keys(staged.exports)).toEqual(Object.keys(root.exports));
  expect(staged.exports['.']).toEqual({ types: './dist/goals/index.d.ts', default: './dist/goals/index.js' });
  expect(staged.peerDependencies).toHaveProperty('zod');
  for (const name of ['zod', 'vega-datasets', '@duckdb/node-api', '@aws-sdk/client-s3'])
    expect(staged.dependencies).not.toHaveProperty(name);
  expect(JSON.stringify([staged.exports, staged.imports, staged.bin])).not.toMatch(/(?<!\.d)\.ts"/);
});

test('no shipped file names another of ours with its `.ts`: the package has JavaScript only', () => {
  // As text for authors, whose own files are TypeScript.
  const texts = ['activities/runners/isolated.ts'];
  const wrong = [
    'goals',
    'workflows',
    'activities',
    'process',
    'views',
    'gateway',
    'program',
    'cli',
    'testing',
    'client',
  ]
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts') && !texts.includes(file))
    .filter((file) =>
      /^(?!\s*(?:\/\/|\*)).*new URL\(\s*['"`][^'"`]*\.ts['"`]/m.test(readFileSync(file, 'utf8')),
    );
  expect(wrong).toEqual([]);
});
