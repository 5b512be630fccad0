import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGoals, bundleGoalsAlone } from '../../activities/bundle.ts';
import { BundleCache } from '../../activities/bundle-cache.ts';
import { bundled } from '../bundled.ts';

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
  // The suite's own bundler compiles once what all bundles have, which changes nothing.
  await bundled(join(home, 'goals.ts'));
  expect((await bundleGoals(join(home, 'goals.ts'))).code).toBe(made.code);
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
}, 600_000);

test('goals alone have nothing of how they are pursued, are kept apart, and are taken from a whole bundle once there is one', async () => {
  const cache = new Counted(join(folder, 'alone'));
  const module = join(await team('lonely-word'), 'goals.ts');
  const alone = await bundleGoalsAlone(module, cache);
  expect(alone.code).toContain('lonely-word');
  expect(alone.code).not.toContain('goalkeeper/workflows/run/');
  expect((await bundleGoalsAlone(module, cache)).code).toBe(alone.code);
  const whole = await bundleGoals(module, cache);
  expect(whole.code).toContain('goalkeeper/workflows/run/');
  expect((await bundleGoalsAlone(module, cache)).code).toBe(whole.code);
  expect(cache.taken).toBe(2);
});

test('one that imports goalkeeper by its name, as a team does, is made once as well', async () => {
  const cache = new Counted(join(folder, 'by-name'));
  const module = fileURLToPath(new URL('../../examples/first-goal/goals.ts', import.meta.url));
  const made = await bundleGoals(module, cache);
  expect((await bundleGoals(module, cache)).code).toBe(made.code);
  expect(cache.taken).toBe(1);
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

const NOTHING = { files: [], missing: [] };
const kept = (cache: BundleCache, names: readonly string[]) =>
  Promise.all(names.map(async (name) => ((await cache.read([name])) === null ? [] : [name]))).then((all) =>
    all.flat(),
  );

test('a file whose time has changed and nothing else is the same, as after another checkout', async () => {
  const cache = new BundleCache(join(folder, 'checkouts'));
  const word = join(await team('same-word'), 'word.ts');
  const ingredients = { files: [word], missing: [join(folder, 'nowhere')] };
  await cache.write(['word'], 'code', ingredients);
  const later = new Date(Date.now() + 60_000);
  await utimes(word, later, later);
  expect(await cache.read(['word'])).toBe('code');
  // As long as it was.
  await writeFile(word, "export const word = 'some-word';\n");
  expect(await cache.read(['word'])).toBeNull();
  await cache.write(['word'], 'code', ingredients);
  await rm(word);
  expect(await cache.read(['word'])).toBeNull();
  await cache.write(['word'], 'code', ingredients);
  await writeFile(word, '');
  expect(await cache.read(['word'])).toBeNull();
});

test('what nobody has used for a week is removed', async () => {
  const directory = join(folder, 'old');
  await mkdir(directory);
  const old = join(directory, 'old.gz');
  await writeFile(old, '');
  const then = new Date(Date.now() - 8 * 86_400_000);
  await utimes(old, then, then);
  await new BundleCache(directory).write(['new'], 'code', NOTHING);
  expect(await readdir(directory)).toHaveLength(1);
  expect(await readdir(directory)).not.toContain('old.gz');
});

test('beyond a count or a size the bundles go that were used least recently', async () => {
  const used = async (cache: BundleCache, name: string, minutesAgo: number) => {
    const at = new Date(Date.now() - minutesAgo * 60_000);
    await utimes(cache.fileOf([name]), at, at);
  };
  const three = new BundleCache(join(folder, 'three'), { count: 3 });
  for (const name of ['a', 'b', 'c']) await three.write([name], name, NOTHING);
  for (const [i, name] of ['a', 'b', 'c'].entries()) await used(three, name, 3 - i);
  expect(await three.read(['a'])).toBe('a');
  await three.write(['d'], 'd', NOTHING);
  expect(await kept(three, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd']);
  expect(await three.excess()).toEqual([]);

  const small = new BundleCache(join(folder, 'small'), { bytes: 2_500 });
  // Nothing is smaller once it is packed.
  const code = (bytes: number) => randomBytes(bytes).toString('hex');
  for (const name of ['a', 'b']) await small.write([name], code(1_000), NOTHING);
  for (const [i, name] of ['a', 'b'].entries()) await used(small, name, 3 - i);
  await small.write(['c'], code(1_000), NOTHING);
  expect(await kept(small, ['a', 'b', 'c'])).toEqual(['b', 'c']);
  for (const name of ['b', 'c']) await used(small, name, 1);
  await small.write(['large'], code(4_000), NOTHING);
  expect(await kept(small, ['b', 'c', 'large'])).toEqual(['large']);
});

test('several processes write into one cache and keep its bounds', async () => {
  const directory = join(folder, 'shared');
  const caches = Array.from({ length: 6 }, () => new BundleCache(directory, { count: 4 }));
  await Promise.all(
    caches.map(async (cache, i) => {
      for (let n = 0; n < 10; n++) {
        await cache.write([`${i}`, `${n}`], 'code', NOTHING);
        await kept(cache, ['never']);
      }
    }),
  );
  expect(await new BundleCache(directory, { count: 4 }).excess()).toEqual([]);
  expect((await readdir(directory)).filter((name) => name.endsWith('.part'))).toEqual([]);
});
