// What the modules of a bundle are called in it: `package/path`, `goalkeeper/path` and `team:path`. So the same code has the
// same digest however its packages lie on the disk: npm's layout, pnpm's, a workspace.

import { basename, dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BundleOptions } from '@temporalio/worker';

type WebpackConfig = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];
type WebpackPlugin = Exclude<
  NonNullable<WebpackConfig['plugins']>[number],
  null | undefined | false | '' | 0
>;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = `${sep}node_modules${sep}`;
const IGNORED = 'ignored|';

const slashed = (path: string): string => path.replaceAll('\\', '/');

/** Whether it lies in the folder, and in no package that is installed there. */
const isOf = (path: string, folder: string): boolean =>
  path.startsWith(`${folder}${sep}`) && !path.slice(folder.length).includes(PACKAGES);

/** The name of the module at `path`: its place in its package, in goalkeeper, or as seen from the team's folder. */
export function moduleName(path: string, team: string | null, root = ROOT): string {
  const own = root.endsWith(sep) ? root.slice(0, -1) : root;
  if (team !== null && isOf(path, team)) return `team:${slashed(relative(team, path))}`;
  // Goalkeeper lies in somebody's `node_modules` itself, once it is installed.
  if (isOf(path, own)) return `goalkeeper/${slashed(relative(own, path))}`;
  const at = path.lastIndexOf(PACKAGES);
  if (at !== -1) return slashed(path.slice(at + PACKAGES.length));
  return team === null ? basename(path) : `team:${slashed(relative(team, path))}`;
}

/** Of what webpack leaves out, by `ignored|<folder>|<request>`: by the folder's name in its package. */
function ignoredName(identifier: string, team: string | null): string {
  const [, folder = '', request = ''] = identifier.split('|');
  return `ignored:${moduleName(`${folder}${sep}`, team)}${request}`;
}

/** Names the modules of a bundle for the goals in `goalsModule`; null for a bundle that is no team's. */
export function namedModules(goalsModule: string | null): WebpackPlugin {
  const team = goalsModule === null ? null : dirname(goalsModule);
  return {
    apply(compiler) {
      compiler.hooks.compilation.tap('goalkeeper', (compilation) => {
        compilation.hooks.beforeModuleIds.tap('goalkeeper', (modules) => {
          const taken = new Map<string, number>();
          const sorted = [...modules].sort((a, b) => (a.identifier() < b.identifier() ? -1 : 1));
          for (const module of sorted) {
            const path = 'resource' in module && typeof module.resource === 'string' ? module.resource : null;
            const identifier = module.identifier();
            if (path === null && !identifier.startsWith(IGNORED)) continue;
            const name = path === null ? ignoredName(identifier, team) : moduleName(path, team);
            // A second copy of a package: another version, or one that lies elsewhere.
            const copies = taken.get(name) ?? 0;
            taken.set(name, copies + 1);
            compilation.chunkGraph.setModuleId(module, copies === 0 ? name : `${name}~${copies}`);
          }
        });
      });
    },
  };
}
