// The manifest of the package that is published, derived from the clone's own: what is source there is JavaScript here.

/** The package's name; whoever publishes first looks whether it is free, and else takes a scope. */
export const PACKAGE_NAME = 'goalkeeper';

/** The package behind `npm create goalkeeper`. */
const CREATE_NAME = `create-${PACKAGE_NAME}`;

/** One copy of each for the team and for goalkeeper: schemas of another zod are of another type. */
const PEERS: Record<string, string> = { zod: '^4.6.0' };

/** What a team installs itself where it wants it. What is missing, a `StartProblem` names. */
const OPTIONAL_PEERS = [
  '@aws-sdk/client-s3',
  '@temporalio/external-storage-s3',
  '@temporalio/external-storage-s3-aws-sdk',
];

/** What the examples and the installation on one machine need, which are not in the package. */
const NOT_SHIPPED = ['@duckdb/node-api', 'vega-datasets'];

/** What is packed beside `dist`. */
export const SHIPPED_BESIDE = [
  'docs',
  'program/python',
  'AGENTS.md',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'tsconfig.goals.json',
];

export interface RootManifest {
  name: string;
  version: string;
  description: string;
  license: string;
  bin: Record<string, string>;
  engines: Record<string, string>;
  exports: Record<string, string>;
  imports: Record<string, string>;
  dependencies: Record<string, string>;
}

export interface StagedManifest {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  [field: string]: unknown;
}

const built = (source: string, extension: string): string =>
  source.replace(/^(?:\.\/)?/, './dist/').replace(/\.ts$/, extension);

const mapped = <To>(record: Record<string, string>, to: (value: string) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));

/**
 * The staged manifest. A package of `dependencies` stays one unless a list above says otherwise. `repository` is GitHub's
 * `owner/name`, which provenance is compared with.
 */
export function stagedManifest(
  root: RootManifest,
  repository = process.env.GITHUB_REPOSITORY,
): StagedManifest {
  const { version, description, license, engines, dependencies } = root;
  const elsewhere = new Set([...Object.keys(PEERS), ...OPTIONAL_PEERS, ...NOT_SHIPPED]);
  const optional = Object.fromEntries(
    OPTIONAL_PEERS.map((name) => [name, `^${dependencies[name]?.split('.').slice(0, 2).join('.')}.0`]),
  );
  return {
    name: PACKAGE_NAME,
    version,
    description,
    license,
    type: 'module',
    keywords: ['temporal', 'workflow', 'orchestration', 'goals', 'durable-execution'],
    ...(repository ? { repository: { type: 'git', url: `git+https://github.com/${repository}.git` } } : {}),
    engines,
    bin: mapped(root.bin, (file) => `dist/${file}`),
    files: ['dist', ...SHIPPED_BESIDE],
    sideEffects: true,
    exports: mapped(root.exports, (file) =>
      file.endsWith('.ts') ? { types: built(file, '.d.ts'), default: built(file, '.js') } : file,
    ),
    imports: mapped(root.imports, (file) => built(file, '.js')),
    dependencies: Object.fromEntries(Object.entries(dependencies).filter(([name]) => !elsewhere.has(name))),
    peerDependencies: { ...optional, ...PEERS },
    peerDependenciesMeta: Object.fromEntries(OPTIONAL_PEERS.map((name) => [name, { optional: true }])),
  };
}

/** The manifest of the package that makes a project; it is of the same version, and gives that to the project. */
export function createManifest({ version, license, engines }: RootManifest): Record<string, unknown> {
  return {
    name: CREATE_NAME,
    version,
    description: 'npm create goalkeeper: a project of goals',
    license,
    type: 'module',
    engines,
    bin: { [CREATE_NAME]: 'cli/create/create-goalkeeper.js' },
    files: ['cli', 'create', 'LICENSE', 'README.md'],
  };
}
