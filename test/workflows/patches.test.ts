import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { patches } from '../../workflows/patches.ts';
import { patchesIn } from '../histories/patches-in.ts';
import { REPO, readCode } from '../house/arrows.ts';

const all = Object.values(patches);
const read = (path: string): string => readFileSync(join(REPO, path), 'utf8');

/** Calls of `patched` with anything but a row of the table, as `file: call`. */
const callsBeside = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([file, code]) =>
    [...code.matchAll(/\b(?:patched|deprecatePatch)\(([^)]*)\)/g)]
      .filter(([, given = '']) => !/^patches\.\w+$/.test(given))
      .map(([call]) => `${file}: ${call}`),
  );

/** Files that have the SDK's own `patched`. */
const importers = (files: ReadonlyMap<string, string>): string[] =>
  [...files]
    .filter(([, code]) =>
      /import \{[^}]*\b(?:patched|deprecatePatch)\b[^}]*\} from '@temporalio\//.test(code),
    )
    .map(([file]) => file);

describe('the patches', () => {
  const files = readCode(['goals', 'workflows']);
  const apart = ['workflows/patches.ts', 'workflows/run/goal-patches.ts', 'goals/pursuit.ts'];
  const others = new Map([...files].filter(([file]) => !apart.includes(file)));

  test('have an ID each', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  test('are what the workflows ask for, by the table and by no other way', () => {
    expect(callsBeside(others)).toEqual([]);
    expect(importers(files).sort()).toEqual(['workflows/patches.ts', 'workflows/run/goal-patches.ts']);
    const code = [...others.values()].join('\n');
    expect(Object.keys(patches).filter((name) => !code.includes(`patched(patches.${name})`))).toEqual([]);
  });

  test('asked for by a literal would be noticed', () => {
    const bad = new Map([
      ['workflows/a.ts', "import { patched, sleep } from '@temporalio/workflow';\npatched('gk-other');"],
      ['workflows/b.ts', "const PATCH = 'gk-b';\nif (patched(PATCH)) deprecatePatch(PATCH);"],
    ]);
    expect(callsBeside(bad)).toEqual([
      "workflows/a.ts: patched('gk-other')",
      'workflows/b.ts: patched(PATCH)',
      'workflows/b.ts: deprecatePatch(PATCH)',
    ]);
    expect(importers(bad)).toEqual(['workflows/a.ts']);
  });

  test('are in docs/reference/patches.md as they are in the table, and no other is', () => {
    const rows = [...read('docs/reference/patches.md').matchAll(/^\| `(.*) \|$/gm)].map(
      ([, row = '']) => row,
    );
    expect(rows).toEqual(
      all.map(({ id, changes, because, since, removable }) =>
        [`${id}\``, changes, because, since, removable].join(' | '),
      ),
    );
  });

  test('each have a recorded history that was written with it, which a replay without it would fail', () => {
    const root = join(REPO, 'test/histories');
    const recorded = (readdirSync(root, { recursive: true }) as string[])
      .filter((file) => file.endsWith('.history.json'))
      .flatMap((file) => patchesIn(JSON.parse(readFileSync(join(root, file), 'utf8'))));
    expect([...new Set(recorded)].sort()).toEqual(all.map(({ id }) => id).sort());
  });
});
