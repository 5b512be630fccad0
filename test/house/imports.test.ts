import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleGoals } from '../../activities/bundle.ts';
import { evaluated } from '../../activities/same-schemas.ts';
import { bundled } from '../bundled.ts';
import {
  ARROWS,
  circles,
  importsComputed,
  importsOf,
  REPO,
  ROOMS,
  reach,
  reachedByPath,
  readCode,
  stray,
  strayBetweenRooms,
  target,
} from './arrows.ts';

const house = readCode([...Object.keys(ARROWS), 'examples']);

/** The stray imports of one made-up file. */
const strayIn = (file: string, ...imports: string[]): string[] =>
  stray(new Map([[file, imports.join('\n')]])).map((one) => one.replace(`${file} → `, ''));

describe('reading imports', () => {
  test('finds them however they are written, and tells types apart', () => {
    const code = `
import { a } from './a.ts';
import b, * as all from "./b.ts";
import type { C } from './c.ts';
import { type D } from './d.ts';
import {
  e,
  type F,
} from './e.ts';
import './f.ts';
export { g } from './g.ts';
export type { H } from './h.ts';
export * from './i.ts';
export * as j from './j.ts';
const k = await import('./k.ts');
const l = await import(/* @vite-ignore */ './l.ts');
type M = import('./m.ts').M;
const n = require('./n.ts');
// import { no } from './comment.ts';
/* import './comment.ts'; import('./comment.ts') */
 * import { no } from './comment.ts';
const text = "from './text.ts'";
`;
    const found = importsOf(code);
    expect(found.map(({ specifier }) => specifier).sort()).toEqual(
      [...'abcdefghijklmn'].map((letter) => `./${letter}.ts`),
    );
    expect(found.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier)).toEqual([
      './c.ts',
      './h.ts',
    ]);
    expect(importsComputed('await import(path)')).toBe(true);
    expect(importsComputed("await import('./path.ts') // import(path)")).toBe(true);
    expect(importsComputed("await import('./path.ts')\n// import(path)")).toBe(false);
  });

  test('finds in every folder what its files are known to import', () => {
    for (const [file, specifier] of [
      ['goals/goal.ts', 'zod'],
      ['workflows/index.ts', '#goals'],
      ['activities/worker.ts', '@temporalio/worker'],
      ['activities/worker-activities.ts', './attempts/server-attempt.ts'],
      ['views/run-view.ts', '@temporalio/proto'],
      ['gateway/app.ts', 'hono'],
      ['examples/warehouse/goals.ts', 'goalkeeper'],
    ] as const)
      expect(importsOf(house.get(file) ?? '').map((one) => one.specifier)).toContain(specifier);
  });

  test('comes upon files that exist', () => {
    const missing = [...house].flatMap(([file, code]) =>
      importsOf(code)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => target(file, specifier))
        .filter((to) => !existsSync(join(REPO, to))),
    );
    expect(missing).toEqual([]);
  });
});

describe('the arrows between folders', () => {
  test('are all in the table: nobody imports what does not run where the code runs', () => {
    expect(stray(house)).toEqual([]);
  });

  test('let nothing into goals but zod, and nothing of goals into what crosses a process', () => {
    expect(
      strayIn(
        'goals/wire/x.ts',
        "import { z } from 'zod';",
        "import './names.ts';",
        "import '../goal.ts';",
        "import type { Goal } from '../goal.ts';",
        "import '../../views/errors.ts';",
        "import 'node:crypto';",
        "import 'crypto';",
      ),
    ).toEqual(['../goal.ts', '../goal.ts', '../../views/errors.ts', 'node:crypto', 'crypto']);
    expect(
      strayIn(
        'goals/x.ts',
        "import './wire/names.ts';",
        "import '../workflows/steps.ts';",
        "import '@temporalio/workflow';",
      ),
    ).toEqual(['../workflows/steps.ts', '@temporalio/workflow']);
  });

  test('keep Node and the jobs out of workflows', () => {
    expect(
      strayIn(
        'workflows/x.ts',
        "import '@temporalio/workflow';",
        "import '#goals';",
        "import '../goals/policy.ts';",
        "import '../activities/bind.ts';",
        "import '@temporalio/client';",
        "import 'node:fs';",
        "import '../test/engine/goals.ts';",
      ),
    ).toEqual(['../activities/bind.ts', '@temporalio/client', 'node:fs', '../test/engine/goals.ts']);
  });

  test('let activities know of workflows by path only', () => {
    expect(
      strayIn(
        'activities/x.ts',
        "import '../workflows/index.ts';",
        "const path = new URL('../workflows/index.ts', import.meta.url);",
        "import '../views/errors.ts';",
        "import '../gateway/app.ts';",
        "import '@temporalio/worker';",
        "import 'hono';",
      ),
    ).toEqual(['../workflows/index.ts', '../gateway/app.ts', 'hono']);
  });

  test("give views Temporal's types, and none of its code", () => {
    expect(
      strayIn(
        'views/x.ts',
        "import type { temporal } from '@temporalio/proto';",
        "import { temporal } from '@temporalio/proto';",
        "import '../goals/goal.ts';",
        "import '../goals/wire/ledger.ts';",
      ),
    ).toEqual(['@temporalio/proto', '../goals/goal.ts']);
  });

  test('let the gateway have neither goals nor workers, so that it needs none of them up', () => {
    expect(
      strayIn(
        'gateway/x.ts',
        "import '../goals/wire/names.ts';",
        "import 'ajv/dist/2020.js';",
        "import 'hono/body-limit';",
        "import '../goals/index.ts';",
        "import type { Goal } from '../goals/goal.ts';",
        "import '../activities/team.ts';",
        "import '../workflows/index.ts';",
        "import '../deploy/local/stack.ts';",
        "import '@temporalio/worker';",
        "await import('../activities/team.ts');",
      ),
    ).toEqual([
      '../goals/goal.ts',
      '../goals/index.ts',
      '../activities/team.ts',
      '../workflows/index.ts',
      '../deploy/local/stack.ts',
      '@temporalio/worker',
      '../activities/team.ts',
    ]);
  });

  test('let teams have what is meant for them', () => {
    expect(
      strayIn(
        'examples/mine/jobs.ts',
        "import 'goalkeeper';",
        "import 'goalkeeper/worker';",
        "import '@duckdb/node-api';",
        "import '../../goals/index.ts';",
        "import 'goalkeeper/goals/index.ts';",
        "import '../../activities/worker.ts';",
        "import '@temporalio/client';",
      ),
    ).toEqual([
      '../../goals/index.ts',
      'goalkeeper/goals/index.ts',
      '../../activities/worker.ts',
      '@temporalio/client',
    ]);
  });

  test("lead into the package by its name, as a team's do, wherever the folder is like a team's", () => {
    const likeTeams = [...readCode(['test'])].filter(([file]) => /\/(?:goals|jobs|plugins)\.ts$/.test(file));
    expect(likeTeams.length).toBeGreaterThan(50);
    expect(reachedByPath(new Map(likeTeams))).toEqual([]);
    const page = "import { goal } from '../../goals/index.ts';";
    expect(reachedByPath(new Map([['docs/guide/jobs.ts', page]]))).toHaveLength(1);
  });

  test('lead into the package by its name on every page', () => {
    const pages = ['README.md', ...readdirSync(join(REPO, 'docs'), { recursive: true, encoding: 'utf8' })]
      .filter((name) => name.endsWith('.md'))
      .map((name) => (name === 'README.md' ? name : join('docs', name)));
    const byPath = /from '(?:\.\.\/)+(?:goals|activities|program|deploy)\//;
    expect(pages.length).toBeGreaterThan(20);
    expect(pages.filter((page) => byPath.test(readFileSync(join(REPO, page), 'utf8')))).toEqual([]);
  });

  test('are never drawn by what only a run tells, but for what a team gives, and for its loader', () => {
    const computed = [...house]
      .filter(([, code]) => importsComputed(code))
      .map(([file]) => file)
      .sort();
    expect(computed.filter((file) => Object.keys(ARROWS).some((folder) => file.startsWith(folder)))).toEqual([
      'activities/load-module.ts',
      'activities/runners/isolated/isolate-channel.ts',
      'activities/runners/isolated/isolate-side.ts',
      'deploy/local/pursue-main-job.ts',
    ]);
  });
});

test("ARCHITECTURE's map is the table of arrows", () => {
  const map = readFileSync(join(REPO, 'ARCHITECTURE.md'), 'utf8');
  const rows = [...map.matchAll(/^\| `([\w/]+)` \| .* \|([^|]*)\|$/gm)].map(([, folder, imports = '']) => [
    folder,
    [...imports.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  ]);
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(ARROWS).map(([folder, { folders }]) => [folder, folders])),
  );
});

describe('the rooms of a folder', () => {
  test('are all in the table, and the table names no other', () => {
    const found = Object.keys(ROOMS).map((folder) => [
      folder,
      readdirSync(join(REPO, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort(),
    ]);
    expect(found).toEqual(
      Object.entries(ROOMS).map(([folder, rooms]) => [folder, Object.keys(rooms).sort()]),
    );
  });

  test('import each other as the table says, and no other way', () => {
    expect(strayBetweenRooms(house)).toEqual([]);
  });

  test('of workflows tell a run from its trigger to its pools, and none imports what comes before it', () => {
    const files = new Map(
      [
        [
          'workflows/run/x.ts',
          "import '../steps/steps.ts'; import '../triggers/scheduled.ts'; import './outcome.ts';",
        ],
        [
          'workflows/steps/x.ts',
          "import '../run/outcome.ts';\nimport '../index.ts';\nimport '../pools/permits.ts';",
        ],
      ].map(([file, code]) => [file as string, (code as string).replaceAll('; ', ';\n')]),
    );
    expect(strayBetweenRooms(files)).toEqual([
      'workflows/run/x.ts → ../triggers/scheduled.ts',
      'workflows/steps/x.ts → ../run/outcome.ts',
      'workflows/steps/x.ts → ../index.ts',
    ]);
  });
});

describe('circles of imports', () => {
  test('are none, but for a goal and its triggers, which say things of each other', () => {
    expect(circles(house)).toEqual([
      ['dataset-trigger', 'event', 'goal', 'outcome-trigger', 'pursuit', 'schedule', 'trigger'].map(
        (name) => `goals/${name}.ts`,
      ),
    ]);
  });

  test('would be noticed, of types and of more than two files, too', () => {
    const files = [
      ['a/one.ts', "import { two } from './two.ts';"],
      ['a/two.ts', "import type { Three } from '../b/three.ts';\nimport './four.ts';"],
      ['b/three.ts', "export { one } from '../a/one.ts';"],
      ['a/four.ts', "import 'zod';"],
    ] as const;
    expect(circles(new Map(files))).toEqual([['a/one.ts', 'a/two.ts', 'b/three.ts']]);
  });
});

describe('the files of the house', () => {
  const everything = readCode([...Object.keys(ARROWS), 'examples', 'test']);

  test('are never named for nothing in particular', () => {
    const vague = /^(?:utils?|helpers?|common|misc|types?|core|shared|lib)$/;
    const names = (path: string): string[] => [...path.split('/').slice(0, -1), basename(path, '.ts')];
    expect([...everything.keys()].filter((path) => names(path).some((name) => vague.test(name)))).toEqual([]);
  });

  test('export what they name: no `export *`, and no default but a list of goals and the entry of the bundle', () => {
    const barrels = [...house].filter(([, code]) => /^export \*/m.test(code)).map(([file]) => file);
    expect(barrels).toEqual([]);
    const defaults = [...house]
      .filter(([, code]) => /^export default\b|\bas default\b/m.test(code))
      .map(([file]) => file)
      .filter((file) => !/^examples\/[\w-]+\/goals\.ts$/.test(file));
    expect(defaults.sort()).toEqual(['workflows/index.ts', 'workflows/no-goals.ts']);
  });
});

describe('the goals of the examples', () => {
  const modules = [...house.keys()].filter((file) => /^examples\/[\w-]+\/goals\.ts$/.test(file));

  test.each(modules)('%s reaches only goals, contracts, zod and SHA-256', (module) => {
    const { files, packages } = reach(module, house);
    expect(files).toContain('goals/goal.ts');
    expect(files.filter((file) => !file.startsWith('goals/') && !file.startsWith('examples/'))).toEqual([]);
    expect(packages.filter((name) => !['zod', '@noble/hashes'].includes(name))).toEqual([]);
  });

  test('are there', () => {
    expect(modules.length).toBeGreaterThan(0);
  });
});

describe('the workflow bundle', () => {
  const goalsModule = join(REPO, 'test/engine/goals.ts');
  let folder: string;
  let strayed: string[];
  let sources: string[];

  /** The project's own files in the bundle, from the root of the repository, and the packages. */
  async function sourcesOf(module: string): Promise<string[]> {
    await bundled(module);
    const { code } = await bundleGoals(module);
    const [, map] = /sourceMappingURL=data:application\/json;[^,]*base64,([\w+/=]+)\s*$/.exec(code) ?? [];
    const { sources } = JSON.parse(Buffer.from(map as string, 'base64').toString()) as { sources: string[] };
    const real = sources.filter((source) => !source.startsWith('webpack/'));
    expect(real.length).toBeGreaterThan(50);
    return real.map((source) => source.replace(/\?.*$/, '').replace(REPO, ''));
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gk-bundle-'));
    const module = join(folder, 'goals.ts');
    await writeFile(
      module,
      `import { errorsOf } from ${JSON.stringify(join(REPO, 'views/errors.ts'))};\nexport default [errorsOf];\n`,
    );
    [sources, strayed] = await Promise.all([sourcesOf(goalsModule), sourcesOf(module)]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const isOurs = (source: string): boolean => !source.includes('node_modules/');

  test("holds goals, workflows and the team's module, and nothing else of the house", () => {
    const ours = sources.filter(isOurs);
    expect(ours).toContain('test/engine/goals.ts');
    expect(ours).toContain('workflows/run/pursue-goal.ts');
    expect(ours).toContain('goals/wire/ledger.ts');
    expect(
      ours.filter(
        (file) => !/^(?:goals|workflows)\/[\w/-]+\.ts$/.test(file) && file !== 'test/engine/goals.ts',
      ),
    ).toEqual(['workflows/index-autogenerated-entrypoint.cjs']);
  });

  test('holds nothing that the reading of imports did not find', () => {
    const files = readCode(['goals', 'workflows', 'test/engine']);
    // The bundler has the failure converter by its path.
    const entries = [
      ...['workflows/index.ts', 'workflows/shared-by-runs.ts', 'workflows/steps/failure-converter.ts'],
      'test/engine/goals.ts',
    ];
    const wire = [...files.keys()].filter((file) => file.startsWith('goals/wire/'));
    const found = [...entries, ...wire].flatMap((entry) => reach(entry, files).files);
    const unfound = sources.filter((file) => isOurs(file) && file.endsWith('.ts') && !found.includes(file));
    expect(unfound).toEqual([]);
  });

  test('holds of Temporal only what runs in its sandbox, and of others what they need', () => {
    const packages = new Set(
      sources
        .filter((source) => !isOurs(source))
        .map((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1]),
    );
    expect(packages).toContain('zod');
    for (const never of ['@temporalio/client', '@temporalio/worker', '@temporalio/activity', 'hono', 'pino'])
      expect(packages).not.toContain(never);
  });

  test('shares every module of ours among runs, wherever it lies, but for those that are named apart', async () => {
    await bundled(goalsModule);
    const run = evaluated((await bundleGoals(goalsModule)).code);
    const modules = (): string[] =>
      Object.keys(run('__webpack_module_cache__') as object).filter((name) =>
        /^(?:goalkeeper\/|team:)/.test(name),
      );
    run('__TEMPORAL__.preloadModules()');
    const shared = modules();
    run('__TEMPORAL__.importWorkflows()');
    expect(shared).toContain('goalkeeper/workflows/alerts/alert-book.ts');
    expect(modules().filter((name) => !shared.includes(name))).toEqual([
      'goalkeeper/workflows/index.ts',
      'team:goals.ts',
    ]);
  });

  test('shows a module that strays, so this test would see one', () => {
    expect(strayed.filter((file) => file.startsWith('views/'))).toEqual(['views/errors.ts']);
  });
});
