import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGoals } from '../../activities/bundle.ts';
import { BundleCache } from '../../activities/bundle-cache.ts';

const GOALS = fileURLToPath(new URL('../../goals/index.ts', import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundles-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A cache that counts what it gives. */
class Counted extends BundleCache {
  taken = 0;
  override async read(inputs: readonly string[]): Promise<string | null> {
    const code = await super.read(inputs);
    if (code !== null) this.taken++;
    return code;
  }
}

async function team(word: string): Promise<string> {
  const home = await mkdtemp(join(folder, 'team-'));
  await writeFile(join(home, 'word.ts'), `export const word = '${word}';\n`);
  await writeFile(
    join(home, 'goals.ts'),
    `import { goal } from '${GOALS}';\nimport { word } from './word.ts';\nexport default [goal, word];\n`,
  );
  return home;
}

test('a bundle is made once, by whichever link it is asked for, and again when a file has changed that it imports, but for no other', async () => {
  const cache = new Counted(join(folder, 'cache'));
  const home = await team('first-word');
  const made = await bundleGoals(join(home, 'goals.ts'), cache);
  expect(made.code).toContain('first-word');
  expect((await bundleGoals(join(home, 'goals.ts'), cache)).code).toBe(made.code);
  await writeFile(join(home, 'notes.txt'), 'no part of it');
  await bundleGoals(join(home, 'goals.ts'), cache);
  expect(cache.taken).toBe(2);
  await symlink(home, `${home}-linked`);
  expect((await bundleGoals(join(`${home}-linked`, 'goals.ts'), cache)).code).toBe(made.code);
  expect(cache.taken).toBe(3);

  await writeFile(join(home, 'word.ts'), "export const word = 'other-word';\n");
  const changed = await bundleGoals(join(home, 'goals.ts'), cache);
  expect(cache.taken).toBe(3);
  expect(changed.code).toContain('other-word');
  expect(changed.code).not.toContain('first-word');
});

test('where it cannot be kept, or what was kept is broken, it is made', async () => {
  const home = await team('kept-word');
  await writeFile(join(folder, 'no-directory'), '');
  const made = await bundleGoals(join(home, 'goals.ts'), new BundleCache(join(folder, 'no-directory')));
  expect(made.code).toContain('kept-word');

  const directory = join(folder, 'broken');
  await bundleGoals(join(home, 'goals.ts'), new BundleCache(directory));
  for (const name of await readdir(directory)) await writeFile(join(directory, name), 'half of it');
  const again = new Counted(directory);
  expect((await bundleGoals(join(home, 'goals.ts'), again)).code).toBe(made.code);
  expect(again.taken).toBe(0);
});

test('what nobody has used for a week is removed', async () => {
  const directory = join(folder, 'old');
  await mkdir(directory);
  const old = join(directory, 'old.gz');
  await writeFile(old, '');
  const then = new Date(Date.now() - 8 * 86_400_000);
  await utimes(old, then, then);
  await new BundleCache(directory).write(['new'], 'code', { files: [], missing: [] });
  expect(await readdir(directory)).toHaveLength(1);
  expect(await readdir(directory)).not.toContain('old.gz');
});
