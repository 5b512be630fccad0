// One bundler for the whole suite.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

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
  project.provide('bundler', `http://127.0.0.1:${port}`);
  return async () => {
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
  };
}
