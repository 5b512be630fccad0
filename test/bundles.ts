// One bundler for the whole suite.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { NO_GOALS } from '../activities/bundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    bundler: string;
  }
}

export default async function bundles(project: TestProject): Promise<() => Promise<void>> {
  const child = fork(fileURLToPath(new URL('./bundler.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
  });
  const died = once(child, 'exit').then(([code]): never => {
    throw new Error(`the bundler exited with ${code}`);
  });
  died.catch(() => undefined);
  const [port] = (await Promise.race([once(child, 'message'), died])) as [number];
  const url = `http://127.0.0.1:${port}`;
  project.provide('bundler', url);
  // Every worker has it.
  await fetch(url, { method: 'POST', body: NO_GOALS });
  return async () => {
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
  };
}
