// What the suite needs of this machine beside Temporal, had before its first test: installing and compiling take all cores for
// minutes, and whoever waits for an answer beside them waits in vain. A part of the suite gets what it needs by itself.

import type { TestProject } from 'vitest/node';
import { findPostgres } from '../deploy/cluster/postgres.ts';
import { findTemporalServer } from '../deploy/cluster/temporal-server-binary.ts';
import { chromium } from './chromium.ts';
import { installFromDebian } from './debian.ts';

/** What is missing after all is told by the tests that need it. */
export default async function machine({ vitest }: TestProject): Promise<void> {
  const isPart =
    process.argv.some((argument) => /\btest\//.test(argument)) || vitest.config.project.length > 0;
  if (isPart) return;
  await chromium().catch(() => undefined);
  await findPostgres().catch(() => installFromDebian('postgresql').catch(() => undefined));
  await findTemporalServer({ onProgress: (line) => process.stdout.write(`${line}\n`) }).catch(
    () => undefined,
  );
}
