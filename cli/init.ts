import { createRequire } from 'node:module';
import { Command } from 'commander';
import { initProject } from './create/init-project.ts';

/** `goalkeeper init`. Exit code 0, also where nothing was missing; 1 when package.json cannot be read. */
export const initCommand = (): Command =>
  new Command('init')
    .summary('add to a project what it lacks to have goals')
    .description(
      'Adds to an existing project what a new one has: an example of a goal with its test, settings of TypeScript, a Dockerfile and\n' +
        'a compose file, scripts and dependencies. It overwrites nothing, and says what it added and what it left.\n' +
        'A new project is made by `npm create goalkeeper@latest my-goals`.',
    )
    .argument('[folder]', 'the project', '.')
    .action((folder: string) => {
      const { version } = createRequire(import.meta.url)('goalkeeper/package.json') as { version: string };
      try {
        const { added, left } = initProject(folder, version);
        const lines = [
          ...(added.length === 0 ? ['nothing was missing'] : added.map((one) => `added  ${one}`)),
          ...left.map((one) => `left   ${one}`),
          ...(added.some((one) => one.startsWith('package.json')) ? ['next:  npm install'] : []),
        ];
        process.stdout.write(`${lines.join('\n')}\n`);
      } catch (error) {
        process.stderr.write(`${(error as Error).message}\n`);
        process.exitCode = 1;
      }
    });
