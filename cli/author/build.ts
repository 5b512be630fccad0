import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { isError, issueLine } from './check-issue.ts';

/** `goalkeeper build`: exit code 0 when it is written, 1 when `check` finds an error; then nothing is written. */
export const buildCommand = (): Command =>
  new Command('build')
    .summary('bundle the goals for production')
    .description(
      'Checks a project, then writes goals.bundle.js, system.bundle.js and manifest.json: with several teams into a folder for each. A\n' +
        'worker with `--bundle` or GOALKEEPER_BUNDLE runs the very code that was built, and starts without bundling. The digest\n' +
        'in the manifest is the one that the same code has on every machine.',
    )
    .argument('[folder]', 'the project, or the folder of one team', '.')
    .option('--out <folder>', 'where to write it', 'dist')
    .action(async (folder: string, { out }: { out: string }) => {
      for (const method of ['log', 'info', 'debug'] as const) console[method] = console.error;
      const { checkProject } = await import('./check-project.ts');
      const { issues, teams } = await checkProject(folder, true);
      const lines = issues.map(issueLine);
      const code = issues.some(isError) ? 1 : 0;
      if (code === 0) {
        const { buildTeam } = await import('./build-team.ts');
        for (const team of teams) {
          const into = resolve(teams.length === 1 ? out : join(out, team.name));
          const { code: digest } = await buildTeam(folder, team, into);
          lines.push(`built ${team.name} into ${relative(process.cwd(), into) || '.'}: code ${digest}`);
        }
      }
      process.stdout.write(`${lines.join('\n')}\n`, () => process.exit(code));
    });
