import { inject } from 'vitest';

/** Resolves once the suite's bundler has made the bundle, so that no process makes it by itself. */
export async function bundled(goalsModule: string): Promise<void> {
  // Under another configuration than the suite's there is none.
  const bundler: string | undefined = inject('bundler');
  if (bundler !== undefined) await fetch(bundler, { method: 'POST', body: goalsModule });
}
