// What webpack has compiled of a module, it keeps for every bundle that this process makes after: bundles of the tests differ
// in their goals alone, and the rest of one takes three quarters of its time. The code comes out as it does without.

import { createRequire } from 'node:module';

interface CacheHooks {
  get: { tap(options: { name: string; stage: number }, find: (id: string, etag: unknown) => unknown): void };
  store: {
    tap(
      options: { name: string; stage: number },
      keep: (id: string, etag: unknown, made: unknown) => void,
    ): void;
  };
}

interface Compiler {
  options: { module: { unsafeCache: unknown } };
  cache: { hooks: CacheHooks };
  run(...args: unknown[]): void;
}

/** Of these what is kept is of one module. The rest is of a whole bundle, and large. */
const KINDS = [
  'ResolverCachePlugin|',
  'Compilation/modules|',
  'FlagDependencyExportsPlugin|',
  'Compilation/codeGeneration|',
];
/** Before webpack's own cache, which is of one compiler. */
const TAP = { name: 'shared', stage: -100 };

/** `#goals` is another module in each bundle. */
const isShared = (id: string): boolean => KINDS.some((kind) => id.startsWith(kind)) && !id.includes('#goals');

/** Afterwards compilers must run one at a time: a module is of the one that uses it now. */
export function shareCompilations(): void {
  const ofWorker = createRequire(createRequire(import.meta.url).resolve('@temporalio/worker'));
  const { Compiler } = ofWorker('webpack') as { Compiler: { prototype: Compiler } };
  const made = new Map<string, { etag: unknown; value: unknown }>();
  const run = Compiler.prototype.run;
  Compiler.prototype.run = function (...args) {
    const { get, store } = this.cache.hooks;
    // Else a module that is kept imports for ever what it imported first, where that lies in `node_modules`.
    this.options.module.unsafeCache = false;
    store.tap(TAP, (id, etag, value) => {
      if (isShared(id)) made.set(id, { etag, value });
    });
    get.tap(TAP, (id, etag) => {
      const found = made.get(id);
      return found?.etag === etag ? found?.value : undefined;
    });
    run.apply(this, args);
  };
}
