// Projects in a folder of their own, as a team has them: goalkeeper and zod are installed there.

import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPO = fileURLToPath(new URL('../../..', import.meta.url));
export const GOALKEEPER = join(REPO, 'cli', 'goalkeeper.js');

/** Writes a project into a new folder; the caller removes it. */
export async function projectOf(files: Record<string, string>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'gk-project-')));
  await mkdir(join(folder, 'node_modules'));
  await symlink(REPO, join(folder, 'node_modules', 'goalkeeper'));
  await symlink(join(REPO, 'node_modules', 'zod'), join(folder, 'node_modules', 'zod'));
  for (const [path, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

export const goals = (name = 'greeted', extra = ''): string => `import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const greet = job({
  name: 'greet',
  input: z.object({ who: z.string() }),
  output: z.object({ said: z.string() }),
});

export const greeted = goal({
  name: '${name}',
  outcome: 'Somebody is greeted',
  owner: 'ada',
  team: 'tests',
  input: z.object({ who: z.string() }),
  output: greet.output,
  key: ['who'],
  deadline: '1m',
  jobs: [greet],
  criteria: { said: ({ said }) => said !== '' },
  pursue: ({ who }, { run }) => run(greet, { who }),
});
${extra}
export default [greeted];
`;

export const jobs = (greeting = 'hello'): string => `import { bind } from 'goalkeeper/worker';
import { greet } from './goals.ts';

export const jobs = [bind(greet, async ({ who }) => ({ said: \`${greeting} \${who}\` }))];
`;
