// Who may import what: a folder is a place where code runs, and what it imports runs there too. Three
// guards stand on this table: the graph of all imports, the list of files in the workflow bundle, and lint.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';

export const REPO = fileURLToPath(new URL('../..', import.meta.url));

/** What the files of a folder may import beside each other: other folders, and packages. */
export interface Arrows {
  folders: readonly string[];
  packages: readonly string[];
  /** Packages of which only types may be had, which leave nothing in the code. */
  types?: readonly string[];
}

export const ARROWS: Record<string, Arrows> = {
  'goals/wire': { folders: [], packages: ['zod', '@noble/ed25519', '@noble/hashes'] },
  goals: { folders: ['goals/wire'], packages: ['zod'] },
  workflows: {
    folders: ['goals', 'goals/wire'],
    packages: ['@temporalio/workflow', '@temporalio/common', 'zod', '#goals'],
  },
  // What a project says of itself: types, and what is wrong with one.
  config: { folders: [], packages: [], types: ['@temporalio/common', '@temporalio/worker'] },
  // It knows workflows/ by the path of its entry only, which it gives to the bundler.
  activities: {
    folders: ['goals', 'goals/wire', 'views', 'process', 'config'],
    packages: [
      ...[
        '@temporalio/*',
        '@temporalio/common/lib/proto-utils.js',
        '@aws-sdk/client-s3',
        '@eslint-community/regexpp',
        'pino',
        'prom-client',
        'zod',
      ],
      'node:*',
    ],
  },
  // Any process with a client of Temporal: the one way in which runs are started.
  process: {
    folders: ['goals/wire'],
    packages: [
      ...['@temporalio/client', '@temporalio/common', '@temporalio/envconfig', '@temporalio/proto', 'node:*'],
      '@aws-sdk/client-s3',
    ],
  },
  views: { folders: ['goals/wire'], packages: [], types: ['@temporalio/proto'] },
  gateway: {
    folders: ['goals/wire', 'views', 'process'],
    packages: [
      ...['@temporalio/client', '@temporalio/common', '@temporalio/proto', 'hono', '@hono/node-server'],
      '@modelcontextprotocol/server',
      ...[
        'ajv',
        'ajv-formats',
        'jose',
        'lru-cache',
        'markdown-it',
        'openid-client',
        'prom-client',
        'pino',
        'zod',
        'node:*',
      ],
    ],
  },
  // It starts the others as processes, so that what one of them imports is no matter of the others.
  // Whether there is a Temporal to go to, it reads as they will.
  'deploy/local': {
    folders: ['goals', 'goals/wire', 'process', 'config'],
    packages: ['@temporalio/client', 'node:*'],
  },
  // A team's installation on one machine: it starts the others as processes, and holds its one-shots.
  'deploy/cluster': {
    folders: ['goals', 'goals/wire', 'process', 'activities', 'deploy/local'],
    packages: ['@temporalio/client', 'yaml', 'zod', 'node:*'],
  },
  // A job's own process, which a worker started: it has nothing of the worker.
  program: { folders: ['goals', 'goals/wire'], packages: ['node:*'] },
  // A team's tests: a goal pursued without Temporal. The whole engine it starts by the launcher, and only when asked.
  testing: {
    folders: ['goals', 'goals/wire', 'views', 'deploy/local'],
    packages: ['zod', 'node:*'],
  },
  // Whoever asks a gateway, in a browser too: of the wire it has the types alone, and so no zod.
  client: { folders: ['goals/wire'], packages: [] },
  // The command-line program. It runs a team's jobs as a worker does, and so with the worker's own code.
  cli: {
    folders: ['goals', 'goals/wire', 'activities', 'process', 'gateway', 'deploy/local', 'client'],
    packages: ['commander', 'tsx', 'pino', 'node:*'],
  },
};

/**
 * The rooms of a folder, and which of its other rooms each may import; `.` is the landing, whose files may import every room,
 * and a file's name is that file of the landing. In `workflows` they stand in the order of a run's story, and no arrow goes
 * back up but to the table of patches.
 */
export const ROOMS: Record<string, Record<string, readonly string[]>> = {
  'goals/wire': { text: [] },
  workflows: {
    triggers: ['run', 'patches.ts'],
    light: ['run', 'steps', 'patches.ts'],
    run: ['maps', 'steps', 'patches.ts'],
    maps: ['steps', 'patches.ts'],
    steps: ['pools', 'patches.ts', 'readable.ts'],
    pools: ['readable.ts'],
    alerts: ['patches.ts'],
  },
  activities: {
    runners: ['.', 'attempts'],
    attempts: ['.'],
    runs: ['catalogue', 'storage'],
    catalogue: [],
    records: ['.'],
    alerts: ['.', 'catalogue', 'runs'],
    storage: [],
    deletion: ['storage'],
    preflight: ['.', 'catalogue', 'storage'],
    versioning: ['.', 'catalogue', 'preflight', 'storage'],
  },
  gateway: {
    triggers: ['.', 'runs', 'catalogue', 'access', 'http', 'temporal'],
    streams: ['.', 'runs', 'catalogue', 'access', 'http', 'temporal'],
    datasets: ['.', 'runs', 'catalogue', 'access', 'http', 'temporal'],
    due: ['.', 'light', 'access', 'catalogue', 'http', 'temporal'],
    forget: ['.', 'runs', 'catalogue', 'access', 'http', 'temporal'],
    recoveries: ['.', 'runs', 'catalogue', 'access', 'http', 'temporal'],
    runs: ['.', 'light', 'catalogue', 'access', 'http', 'temporal'],
    catalogue: ['.', 'light', 'access', 'http', 'temporal'],
    light: ['http', 'temporal'],
    access: ['http'],
    dashboard: ['http'],
    described: ['.', 'access', 'http'],
    audit: ['.', 'access', 'http', 'temporal'],
    codec: ['.', 'access', 'http'],
    assistants: ['.', 'http'],
    temporal: ['http', 'access'],
    http: [],
  },
  process: { sealing: ['.'] },
  cli: { conform: [], import: [], author: [], create: [], operator: [] },
};

const { name: OWN_NAME, exports: EXPORTS } = JSON.parse(readFileSync(join(REPO, 'package.json'), 'utf8')) as {
  name: string;
  exports: Record<string, string>;
};

/** What the package exports, by the name it is imported by: the file. Of ours a team's code may import nothing else. */
const FOR_TEAMS: ReadonlyMap<string, string> = new Map(
  Object.entries(EXPORTS).map(([path, file]) => [join(OWN_NAME, path), normalize(file)]),
);

export interface Import {
  specifier: string;
  typeOnly: boolean;
}

const STATIC = /^(?:import|export)\s+(type\b)?[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const FOR_ITS_EFFECT = /^import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]/g;
const COMPUTED = /\b(?:import|require)\(\s*[^'"`\s)]/;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** Everything that a file imports, however it does. */
export function importsOf(code: string): Import[] {
  const bare = code.replace(COMMENT, '');
  return [
    ...[...bare.matchAll(STATIC)].map(([, type, specifier]) => ({
      specifier: specifier as string,
      typeOnly: type !== undefined,
    })),
    ...[...bare.matchAll(FOR_ITS_EFFECT), ...bare.matchAll(DYNAMIC)].map(([, specifier]) => ({
      specifier: specifier as string,
      typeOnly: false,
    })),
  ];
}

/** Whether a file imports what only its run will tell. */
export const importsComputed = (code: string): boolean => COMPUTED.test(code.replace(COMMENT, ''));

const FOLDERS = [...Object.keys(ARROWS), 'examples'].sort((a, b) => b.length - a.length);

const folderOf = (file: string): string => FOLDERS.find((folder) => file.startsWith(`${folder}/`)) ?? '';

/** The room of a file in its folder: `.` for one on the landing. */
function roomOf(file: string, folder: string): string {
  const [first = '', ...rest] = file.slice(folder.length + 1).split('/');
  return rest.length === 0 ? '.' : first;
}

/** The imports from one room into another that the table of rooms does not allow, as `file → specifier`. */
export const strayBetweenRooms = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([file, code]) => {
    const folder = folderOf(file);
    const rooms = ROOMS[folder];
    const from = roomOf(file, folder);
    if (rooms === undefined || from === '.') return [];
    return importsOf(code)
      .filter(({ specifier }) => isRelative(specifier) && folderOf(target(file, specifier)) === folder)
      .filter(({ specifier }) => {
        const to = roomOf(target(file, specifier), folder);
        const reached = rooms[from] ?? [];
        return to !== from && !reached.includes(to) && !(to === '.' && reached.includes(basename(specifier)));
      })
      .map(({ specifier }) => `${file} → ${specifier}`);
  });

const isRelative = (specifier: string): boolean => /^\.{1,2}\//.test(specifier);

/** The imports of a team's folder that lead into the house by a path, as `file → specifier`: it has the package by its name. */
export const reachedByPath = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([file, code]) =>
    importsOf(code)
      .filter(
        ({ specifier }) => isRelative(specifier) && [...FOR_TEAMS.values()].includes(target(file, specifier)),
      )
      .map(({ specifier }) => `${file} → ${specifier}`),
  );

/** The file that a relative import names, from the root of the repository. */
export const target = (file: string, specifier: string): string => normalize(join(dirname(file), specifier));

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:*';
  const [scope, name] = specifier.split('/');
  return specifier.startsWith('@') ? `${scope}/${name}` : (scope as string);
}

const holds = (packages: readonly string[], name: string): boolean =>
  packages.some((one) => one === name || (one.endsWith('/*') && name.startsWith(one.slice(0, -1))));

function mayImport(file: string, { specifier, typeOnly }: Import): boolean {
  const from = folderOf(file);
  if (from === 'examples') {
    if (isRelative(specifier)) return folderOf(target(file, specifier)) === 'examples';
    const name = packageOf(specifier);
    return name === OWN_NAME ? FOR_TEAMS.has(specifier) : !name.startsWith('@temporalio/');
  }
  const arrows = ARROWS[from];
  if (arrows === undefined) return false;
  if (isRelative(specifier)) {
    const to = folderOf(target(file, specifier));
    return to === from || arrows.folders.includes(to);
  }
  const name = packageOf(specifier);
  return holds(arrows.packages, name) || (typeOnly && holds(arrows.types ?? [], name));
}

/** The imports that the table does not allow, as `file → specifier`. */
export const stray = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([file, code]) =>
    importsOf(code)
      .filter((one) => !mayImport(file, one))
      .map(({ specifier }) => `${file} → ${specifier}`),
  );

/** All TypeScript of these folders, by its path from the root of the repository. */
export function readCode(folders: readonly string[]): Map<string, string> {
  const files = folders.flatMap((folder) =>
    readdirSync(join(REPO, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(REPO.length)),
  );
  return new Map([...new Set(files)].map((file) => [file, readFileSync(join(REPO, file), 'utf8')]));
}

/** The files that a file reaches through its imports, itself included, and the packages. */
export function reach(
  file: string,
  files: ReadonlyMap<string, string>,
): { files: string[]; packages: string[] } {
  const [seen, packages] = [new Set([file]), new Set<string>()];
  for (const at of seen)
    for (const { specifier, typeOnly } of importsOf(files.get(at) ?? '')) {
      if (typeOnly) continue;
      const own = FOR_TEAMS.get(specifier);
      if (own !== undefined) seen.add(own);
      else if (isRelative(specifier)) seen.add(target(at, specifier));
      else packages.add(packageOf(specifier));
    }
  return { files: [...seen], packages: [...packages] };
}

/** Files that import each other in a circle, by however many steps, types too: each circle in the order of names. */
export function circles(files: ReadonlyMap<string, string>): string[][] {
  const imported = new Map(
    [...files].map(([file, code]) => [
      file,
      importsOf(code).flatMap(({ specifier }) => {
        const to = isRelative(specifier) ? target(file, specifier) : '';
        return files.has(to) ? [to] : [];
      }),
    ]),
  );
  const reached = new Map(
    [...files.keys()].map((file) => {
      const seen = new Set<string>();
      const waiting = [file];
      for (let at = waiting.pop(); at !== undefined; at = waiting.pop())
        for (const to of imported.get(at) ?? []) {
          if (seen.has(to)) continue;
          seen.add(to);
          waiting.push(to);
        }
      return [file, seen];
    }),
  );
  const found = new Map<string, string[]>();
  for (const [file, seen] of reached) {
    if (!seen.has(file)) continue;
    const circle = [...seen].filter((other) => reached.get(other)?.has(file)).sort();
    found.set(circle.join(), circle);
  }
  return [...found.values()];
}
