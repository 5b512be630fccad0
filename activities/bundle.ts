// Bundles the workflow code and a team's goals for Temporal's sandbox. The worker does so once, when it starts.

import { createHash } from 'node:crypto';
import { readdir, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BundleOptions,
  type BundlerPlugin,
  bundleWorkflowCode,
  DefaultLogger,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { StartProblem } from '../process/start-problem.ts';
import { BundleCache, type Ingredients } from './bundle-cache.ts';
import { namedModules } from './bundle-modules.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Of our own modules: sources in the clone, JavaScript in the package. */
const EXTENSION = extname(fileURLToPath(import.meta.url));

const pathOf = (module: string): string =>
  fileURLToPath(new URL(`../${module}${EXTENSION}`, import.meta.url));

const WORKFLOWS = pathOf('workflows/index');
const GOALS_ALONE = pathOf('workflows/goals-alone');
const GOALS = pathOf('goals/index');
const WIRE = join(ROOT, 'goals', 'wire');
const PROGRAMS = join(ROOT, 'workflows');
const SHARED_BY_RUNS = pathOf('workflows/shared-by-runs');
const PAYLOAD_CONVERTER = pathOf('workflows/steps/payload-converter');
const FAILURE_CONVERTER = pathOf('workflows/steps/failure-converter');

/** The goals import what the sandbox has not, or cannot be bundled. */
export class GoalsImpure extends StartProblem {
  /** What the bundler complained of, each with the chain of imports that led there. */
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[], message: string) {
    super('goals_impure', message);
    this.complaints = complaints;
  }
}

/** In place of a team's module: for the workflows that belong to no team. */
export const NO_GOALS = pathOf('workflows/no-goals');

/** Not shared by runs: the entry, which has the goals, what stands in for them, and what is named apart. */
const APART = [WORKFLOWS, GOALS_ALONE, NO_GOALS, PAYLOAD_CONVERTER, FAILURE_CONVERTER, SHARED_BY_RUNS];

/**
 * Bundles the workflow code together with a team's goals module, and with what plugins add, for Temporal's sandbox. A worker does
 * it by itself; a build does it to find mistakes before a deploy.
 *
 * @param goalsModule Its absolute path.
 * @param cache Where bundles are kept. Default: the user's cache directory.
 * @param plugins Default: none.
 * @throws StartProblem that names what in the module cannot run in the sandbox.
 * @example
 * ```ts
 * import { resolve } from 'node:path';
 * import { bundleGoals } from 'goalkeeper/worker';
 *
 * const { code } = await bundleGoals(resolve('teams/shop/goals.ts'));
 * console.log(`${code.length} characters`);
 * ```
 */
export async function bundleGoals(
  goalsModule: string,
  cache = new BundleCache(),
  plugins: readonly BundlerPlugin[] = [],
): Promise<WorkflowBundleWithSourceMap> {
  return bundled(goalsModule, cache, plugins, false);
}

/**
 * Bundles a team's goals without what pursues them, in about half the time: what is wrong with the goals is the same. Takes
 * a worker's bundle where one is kept.
 * @throws StartProblem as `bundleGoals` does.
 */
export async function bundleGoalsAlone(
  goalsModule: string,
  cache = new BundleCache(),
  plugins: readonly BundlerPlugin[] = [],
): Promise<WorkflowBundleWithSourceMap> {
  return bundled(goalsModule, cache, plugins, true);
}

async function bundled(
  goalsModule: string,
  cache: BundleCache,
  plugins: readonly BundlerPlugin[],
  isAlone: boolean,
): Promise<WorkflowBundleWithSourceMap> {
  const configured = configuredBy(plugins);
  // Reached by a link it is the same module, and comes to the same bundle.
  const module = await realpath(goalsModule).catch(() => goalsModule);
  const inputs = [
    module,
    WORKFLOWS,
    PAYLOAD_CONVERTER,
    FAILURE_CONVERTER,
    ...bundlerVersions(),
    process.version,
    ...configured.inputs,
  ];
  const ownInputs = isAlone ? [...inputs, GOALS_ALONE] : inputs;
  const kept = configured.mayBeKept
    ? ((await cache.read(inputs)) ?? (isAlone ? await cache.read(ownInputs) : null))
    : null;
  if (kept !== null) return { code: kept, sourceMap: 'deprecated: this is no longer in use\n' };
  let complaints = '';
  let ingredients: Ingredients = { files: [], missing: [] };
  try {
    const shared = isAlone
      ? []
      : [GOALS, ...(await modulesIn(WIRE)), ...(await modulesIn(PROGRAMS)), SHARED_BY_RUNS];
    const bundle = await bundleWorkflowCode({
      ...configured.options,
      ...(isAlone
        ? { workflowsPath: GOALS_ALONE }
        : { payloadConverterPath: PAYLOAD_CONVERTER, failureConverterPath: FAILURE_CONVERTER }),
      preloadModules: [...(configured.options.preloadModules ?? []), ...shared],
      logger: new DefaultLogger('ERROR', ({ message }) => {
        complaints += `${message}\n`;
      }),
      webpackConfigHook: (given) => {
        const config = configured.options.webpackConfigHook?.(given) ?? given;
        return {
          ...config,
          // Which nobody reads of goals alone, and which take long.
          ...(isAlone ? { devtool: false as const } : {}),
          // The names of what is left to webpack are relative to it.
          context: ROOT,
          // In comments, it would write where each module lies.
          output: { ...config.output, pathinfo: false },
          // Else webpack leaves out modules that packages declare free of side effects, and 5.113 then takes some of zod's
          // functions for others of the same name.
          optimization: { ...config.optimization, sideEffects: false },
          resolve: {
            ...config.resolve,
            alias: { ...config.resolve?.alias, '#goals$': module },
            extensionAlias: { ...config.resolve?.extensionAlias, '.mjs': ['.mts', '.mjs'] },
          },
          module: {
            ...config.module,
            rules: (config.module?.rules ?? [])
              .filter((rule) => !isAlone || !readsSourceMaps(rule))
              .map(modern),
          },
          plugins: [
            ...(config.plugins ?? []),
            namedModules(module === NO_GOALS ? null : module),
            {
              apply: (compiler) =>
                compiler.hooks.done.tap('goalkeeper', ({ compilation }) => {
                  ingredients = {
                    files: compilation.fileDependencies,
                    missing: compilation.missingDependencies,
                  };
                }),
            },
          ],
        };
      },
    });
    // With other settings than this file's, the same files come to another bundle.
    const files = [...ingredients.files, fileURLToPath(import.meta.url), pathOf('activities/bundle-modules')];
    if (configured.mayBeKept) await cache.write(ownInputs, bundle.code, { ...ingredients, files });
    return bundle;
  } catch (error) {
    const errors = complaints.split(/^(?=ERROR in )/m).slice(1);
    throw new GoalsImpure(
      errors,
      `${goalsModule} cannot run in Temporal's sandbox, where goals live: import nothing there but zod and goalkeeper, ` +
        `and leave files, network and clocks to jobs.\n${errors.length > 0 ? errors.map(firstLines).join('\n') : (error as Error).message}`,
    );
  }
}

/** Temporal's rule that reads the source maps of packages. */
const readsSourceMaps = (rule: unknown): boolean =>
  isRecord(rule) && String(rule.use).includes('source-map-loader');

/**
 * Temporal's rule for TypeScript, which knows `.ts` alone, and would write what JavaScript has learned since 2017 in the words of then: spread
 * objects and private fields, which are in all that runs here, cost a fifth of a light run's time by that.
 */
function modern<Rule>(rule: Rule): Rule {
  if (!isRecord(rule) || String(rule.test) !== String(/\.ts$/)) return rule;
  const { loader, options } = rule.use as { loader: string; options: { jsc: object } };
  return {
    ...rule,
    test: /\.m?ts$/,
    use: { loader, options: { ...options, jsc: { ...options.jsc, target: 'es2022' } } },
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Paths of the modules in a folder, however deep, but of those that are named apart. */
const modulesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true, recursive: true }))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.endsWith(EXTENSION) && !path.endsWith('.d.ts') && !APART.includes(path))
    .sort();

/** Of what bundles: with another the same files may come to another bundle. */
export function bundlerVersions(): string[] {
  const [here, worker] = [createRequire(import.meta.url), '@temporalio/worker/package.json'];
  const ofWorker = createRequire(here.resolve(worker));
  return [worker, 'webpack/package.json', '@swc/core/package.json'].map(
    (path) => `${path} ${(ofWorker(path) as { version: string }).version}`,
  );
}

/** The options as plugins change them. What they do by functions cannot be told apart: such a bundle is made each time. */
function configuredBy(plugins: readonly BundlerPlugin[]) {
  let given: BundleOptions = {
    workflowsPath: WORKFLOWS,
    payloadConverterPath: PAYLOAD_CONVERTER,
    failureConverterPath: FAILURE_CONVERTER,
  };
  for (const plugin of plugins) given = plugin.configureBundler?.(given) ?? given;
  const { payloadConverterPath, failureConverterPath, ...options } = given;
  const hasOurs = payloadConverterPath === PAYLOAD_CONVERTER && failureConverterPath === FAILURE_CONVERTER;
  if (options.workflowsPath !== WORKFLOWS || !hasOurs)
    throw new StartProblem(
      'plugin_unfit',
      `one of the plugins ${plugins.map(({ name }) => name).join(', ')} brings its own workflows or converter; goals need goalkeeper's`,
    );
  const mayBeKept = Object.values(options).every((value) => typeof value !== 'function');
  return { options, mayBeKept, inputs: plugins.length === 0 ? [] : [JSON.stringify(options)] };
}

/**
 * The digest of a bundle's code, 24 hexadecimal digits. It is the same wherever the same code lies, so it says whether a deploy
 * changes what open runs replay.
 *
 * @example
 * ```ts
 * import { resolve } from 'node:path';
 * import { bundleGoals, codeDigest } from 'goalkeeper/worker';
 *
 * console.log(codeDigest(await bundleGoals(resolve('teams/shop/goals.ts'))));
 * ```
 */
export function codeDigest({ code }: { code: string }): string {
  const [bare = ''] = code.split('\n//# sourceMappingURL=');
  return createHash('sha256').update(bare).digest('hex').slice(0, 24);
}

/** What webpack complains of and who imports it, without its stack. */
const firstLines = (complaint: string): string =>
  complaint
    .split('\n')
    .filter((line, i) => i < 2 || line.startsWith(' @ '))
    .slice(0, 3)
    .map((line) => `  ${line.trim()}`)
    .join('\n');
