import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type ProjectManifest, readTemplate, type Template, wrongWithName } from './template.ts';

/** What `goalkeeper init` did, a line each. */
export interface InitReport {
  /** What was added: a file, or what of package.json. */
  added: string[];
  /** What was there and was left as it is, with what to do about it where something is. */
  left: string[];
}

/** The files of the example: they belong together, and a project that has goals wants none of them. */
const EXAMPLE = ['goals.ts', 'jobs.ts', 'goals.test.ts', 'orders.csv', 'goalkeeper.config.ts'];

/** Other names of a file of the template: where one of them is there, the file is. */
const ALSO_CALLED: Record<string, string[]> = {
  'compose.yaml': ['compose.yml', 'docker-compose.yml', 'docker-compose.yaml'],
  'AGENTS.md': ['CLAUDE.md'],
};

/** What is still to be done by hand, by the file that was left. */
const BY_HAND: Record<string, string> = {
  'tsconfig.json':
    'let it leave out goals.ts and refer to the tsconfig.goals.json: { "references": [{ "path": "./tsconfig.goals.json" }] }',
  '.gitignore': 'add .goalkeeper/',
  '.dockerignore': 'add node_modules and .goalkeeper',
};

/**
 * Adds to a project what it lacks to have goals. No file is overwritten; of package.json what is there stays as it is.
 * @throws Error when package.json cannot be read.
 */
export function initProject(folder: string, version: string): InitReport {
  const root = resolve(folder);
  const report: InitReport = { added: [], left: [] };
  const own = ownManifest(join(root, 'package.json'));
  const template = readTemplate(projectName(own, root), version);
  const goals = placeOfGoals(root);
  if (goals !== null) report.left.push(`${goals}: the project has goals, so it gets no example`);
  for (const [file, text] of template.files) {
    if (goals !== null && EXAMPLE.includes(file)) continue;
    const there = [file, ...(ALSO_CALLED[file] ?? [])].find((name) => existsSync(join(root, name)));
    if (there === undefined) {
      writeFileSync(join(root, file), text, { flag: 'wx' });
      report.added.push(file);
    } else report.left.push(BY_HAND[there] === undefined ? there : `${there}: ${BY_HAND[there]}`);
  }
  addToManifest(root, own, template, report);
  return report;
}

function ownManifest(file: string): ProjectManifest | null {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProjectManifest;
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The name in package.json without its scope, else the folder's, as far as it can be one. */
function projectName(own: ProjectManifest | null, root: string): string {
  const names = [own?.name?.replace(/^@[^/]*\//, ''), basename(root)].map((name) =>
    (name ?? '').toLowerCase().replace(/[^a-z0-9]+/g, '-'),
  );
  return names.find((name) => wrongWithName(name) === null) ?? 'my-goals';
}

/** Where the project has goals: in its own folder, or in one below it. Null: nowhere. */
function placeOfGoals(root: string): string | null {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(?:\.|node_modules$|dist$)/.test(entry.name))
    .map((entry) => entry.name);
  const files = ['', ...folders].flatMap((folder) =>
    ['goals', 'jobs', join('goals', 'index')].flatMap((name) =>
      ['ts', 'mts', 'js', 'mjs'].map((extension) => join(folder, `${name}.${extension}`)),
    ),
  );
  return files.find((file) => existsSync(join(root, file))) ?? null;
}

function addToManifest(
  root: string,
  own: ProjectManifest | null,
  { manifest }: Template,
  report: InitReport,
): void {
  const merged: ProjectManifest = own === null ? { ...manifest } : { ...own };
  if (own === null) report.added.push('package.json');
  else {
    const had = new Set(Object.keys({ ...own.dependencies, ...own.devDependencies }));
    for (const field of ['scripts', 'dependencies', 'devDependencies'] as const) {
      const missing = Object.entries(manifest[field] ?? {}).filter(([name]) =>
        field === 'scripts' ? own.scripts?.[name] === undefined : !had.has(name),
      );
      if (missing.length > 0) merged[field] = { ...own[field], ...Object.fromEntries(missing) };
      report.added.push(...missing.map(([name]) => `package.json: ${field}.${name}`));
    }
    if (own.scripts !== undefined)
      report.left.push(
        ...Object.keys(manifest.scripts ?? {})
          .filter((name) => own.scripts?.[name] !== undefined)
          .map((name) => `package.json: scripts.${name}`),
      );
    if (own.type !== 'module')
      report.left.push(
        'package.json: it has no "type": "module", and goals are ES modules; set it, or keep goals in a folder with a package.json of its own that does',
      );
  }
  const text = `${JSON.stringify(merged, null, 2)}\n`;
  if (JSON.stringify(merged) !== JSON.stringify(own)) writeFileSync(join(root, 'package.json'), text);
}
