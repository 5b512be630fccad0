// A process whose bundler runs on another webpack: `bundle-on.ts <package> <goals module> <Temporal's address> <task queue>`.
// It tells how the schemas compare as goalkeeper bundles, and what a worker says whose webpack is left to itself.

import { mkdtempSync, rmSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , webpack, goalsModule, address, taskQueue] = process.argv as [
  string,
  string,
  ...string[],
] as string[];

// Node's own way to find a module, which `@temporalio/worker` goes, has no other name.
const resolution = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
const find = resolution._resolveFilename;
resolution._resolveFilename = function (request, ...rest) {
  return find.call(this, request.replace(/^webpack(?=$|\/)/, webpack as string), ...rest);
};

const { bundleGoals } = await import('../../../activities/bundle.ts');
const { BundleCache } = await import('../../../activities/bundle-cache.ts');
const { requireSameSchemas } = await import('../../../activities/same-schemas.ts');
const { startWorker } = await import('../../../activities/worker.ts');
const { bind } = await import('../../../activities/bind.ts');
const { pino } = await import('pino');
const { version } = Module.createRequire(Module.createRequire(import.meta.url).resolve('@temporalio/worker'))(
  'webpack',
);
const goals = (await import(pathToFileURL(goalsModule as string).href)).default;

const directory = mkdtempSync(join(tmpdir(), 'gk-bundles-'));
const told = { version, ours: 'the same', leftToItself: 'it starts' };
try {
  requireSameSchemas(await bundleGoals(goalsModule as string, new BundleCache(directory)), goals, 'goals.ts');
} catch (error) {
  told.ours = (error as Error).message;
} finally {
  rmSync(directory, { recursive: true });
}

/** Undoes what `bundleGoals` sets. */
const undoing = {
  apply(compiler: { options: { optimization: { sideEffects?: unknown } } }) {
    compiler.options.optimization.sideEffects = true;
  },
};
const plugin = {
  name: 'undoing',
  configureBundler: (options: object) => ({
    ...options,
    webpackConfigHook: (config: { plugins?: unknown[] }) => ({
      ...config,
      plugins: [...(config.plugins ?? []), undoing],
    }),
  }),
};
try {
  const log = pino({ level: 'silent' });
  const more = { version: 1, address: address as string, taskQueue: taskQueue as string, log };
  const plugins = [plugin as never];
  const jobs = goals[0].jobs.map((job: never) => bind(job, () => null as never));
  const worker = await startWorker({ goalsModule: goalsModule as string, goals, jobs, plugins, ...more });
  await worker.stop();
} catch (error) {
  const { code, message } = error as Error & { code: string };
  told.leftToItself = `${code}: ${message}`;
}
process.send?.(told);
process.disconnect?.();
