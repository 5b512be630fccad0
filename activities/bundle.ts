import { createHash } from 'node:crypto';
import { readdir, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
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

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKFLOWS = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
const GOALS = fileURLToPath(new URL('../goals/index.ts', import.meta.url));
const WIRE = fileURLToPath(new URL('../goals/wire/', import.meta.url));
const PROGRAMS = fileURLToPath(new URL('../workflows/', import.meta.url));
const SHARED_BY_RUNS = fileURLToPath(new URL('../workflows/shared-by-runs.ts', import.meta.url));
const PAYLOAD_CONVERTER = fileURLToPath(new URL('../workflows/steps/payload-converter.ts', import.meta.url));

/** In place of a team's module: for the workflows that belong to no team. */
export const NO_GOALS = fileURLToPath(new URL('../workflows/no-goals.ts', import.meta.url));

/** Not shared by runs: the entry, which has the goals, what stands in for them, and what is named apart. */
const APART = [WORKFLOWS, NO_GOALS, PAYLOAD_CONVERTER, SHARED_BY_RUNS];

/** Of what bundles: with another the same files may come to another bundle. */
const VERSIONS = versionsOfBundlers();

/**
 * Bundles the workflow code together with a team's goals module (absolute path) and what plugins put into it, for the
 * sandbox. Throws a `StartProblem` that names what in the module cannot run there.
 */
export async function bundleGoals(
  goalsModule: string,
  cache = new BundleCache(),
  plugins: readonly BundlerPlugin[] = [],
): Promise<WorkflowBundleWithSourceMap> {
  const configured = configuredBy(plugins);
  // Reached by a link it is the same module, and comes to the same bundle.
  const module = await realpath(goalsModule).catch(() => goalsModule);
  const inputs = [module, WORKFLOWS, PAYLOAD_CONVERTER, ...VERSIONS, process.version, ...configured.inputs];
  const kept = configured.mayBeKept ? await cache.read(inputs) : null;
  if (kept !== null) return { code: kept, sourceMap: 'deprecated: this is no longer in use\n' };
  let complaints = '';
  let ingredients: Ingredients = { files: [], missing: [] };
  try {
    const shared = [GOALS, ...(await modulesIn(WIRE)), ...(await modulesIn(PROGRAMS)), SHARED_BY_RUNS];
    const bundle = await bundleWorkflowCode({
      ...configured.options,
      preloadModules: [...(configured.options.preloadModules ?? []), ...shared],
      logger: new DefaultLogger('ERROR', ({ message }) => {
        complaints += `${message}\n`;
      }),
      webpackConfigHook: (given) => {
        const config = configured.options.webpackConfigHook?.(given) ?? given;
        return {
          ...config,
          // The names of modules are relative to it: the same code has the same digest, wherever the worker is started.
          context: ROOT,
          // Else webpack leaves out modules that packages declare free of side effects, and 5.113 then takes some of zod's
          // functions for others of the same name.
          optimization: { ...config.optimization, sideEffects: false },
          resolve: { ...config.resolve, alias: { ...config.resolve?.alias, '#goals$': module } },
          plugins: [
            ...(config.plugins ?? []),
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
    const files = [...ingredients.files, fileURLToPath(import.meta.url)];
    if (configured.mayBeKept) await cache.write(inputs, bundle.code, { ...ingredients, files });
    return bundle;
  } catch (error) {
    const errors = complaints
      .split(/^(?=ERROR in )/m)
      .slice(1)
      .map(firstLines);
    throw new StartProblem(
      'goals_impure',
      `${goalsModule} cannot run in Temporal's sandbox, where goals live: import nothing there but zod and goalkeeper, ` +
        `and leave files, network and clocks to jobs.\n${errors.length > 0 ? errors.join('\n') : (error as Error).message}`,
    );
  }
}

/** Paths of the modules in a folder, however deep, but of those that are named apart. */
const modulesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true, recursive: true }))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !APART.includes(path))
    .sort();

function versionsOfBundlers(): string[] {
  const [here, worker] = [createRequire(import.meta.url), '@temporalio/worker/package.json'];
  const ofWorker = createRequire(here.resolve(worker));
  return [worker, 'webpack/package.json', '@swc/core/package.json'].map(
    (path) => `${path} ${(ofWorker(path) as { version: string }).version}`,
  );
}

/** The options as plugins change them. What they do by functions cannot be told apart: such a bundle is made each time. */
function configuredBy(plugins: readonly BundlerPlugin[]) {
  let options: BundleOptions = { workflowsPath: WORKFLOWS, payloadConverterPath: PAYLOAD_CONVERTER };
  for (const plugin of plugins) options = plugin.configureBundler?.(options) ?? options;
  if (options.workflowsPath !== WORKFLOWS || options.payloadConverterPath !== PAYLOAD_CONVERTER)
    throw new StartProblem(
      'plugin_unfit',
      `one of the plugins ${plugins.map(({ name }) => name).join(', ')} brings its own workflows or payload converter; goals need goalkeeper's`,
    );
  const mayBeKept = Object.values(options).every((value) => typeof value !== 'function');
  return { options, mayBeKept, inputs: plugins.length === 0 ? [] : [JSON.stringify(options)] };
}

/** Beginning of the SHA-256 of the bundled code, without its source map, which tells of the machine that bundled it. */
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
