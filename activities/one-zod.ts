import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { StartProblem } from '../process/start-problem.ts';

interface Copy {
  folder: string;
  version: string;
}

/** The copy of zod that a file gets; null where it gets none, which its import says better. */
function zodOf(file: string | URL): Copy | null {
  try {
    const manifest = createRequire(file).resolve('zod/package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return { folder: dirname(realpathSync(manifest)), version };
  } catch {
    return null;
  }
}

/**
 * Goals and goalkeeper have one zod: schemas of another copy are of another type, and both would be in the bundle.
 * @throws StartProblem `zod_twice` where the goals' module gets another copy than goalkeeper does.
 */
export function requireOneZod(goalsModule: string): void {
  const [ours, theirs] = [zodOf(import.meta.url), zodOf(goalsModule)];
  if (ours === null || theirs === null || ours.folder === theirs.folder) return;
  throw new StartProblem(
    'zod_twice',
    `there are two copies of zod: goalkeeper has ${ours.version} (${ours.folder}), ${goalsModule} has ${theirs.version} ` +
      `(${theirs.folder}). Depend on "zod": "^${ours.version}" and run \`npm dedupe\`, so that both have one.`,
  );
}
