import { Command } from 'commander';
import { isError, issueLine } from './check-issue.ts';
import type { CheckReport } from './check-project.ts';

interface Options {
  watch?: boolean;
  json?: boolean;
}

/** `goalkeeper check`. Exit code 0 when nothing is wrong, 1 when something is; a warning alone is 0. */
export const checkCommand = (): Command =>
  new Command('check')
    .summary('find all that is wrong with a project, at once')
    .description(
      'Loads the goals, jobs and config of a project and says all that is wrong with them, each with file:line:column: what does\n' +
        'not load, what goals and jobs declare, jobs that are bound not at all or twice, what Temporal’s sandbox refuses, two\n' +
        'copies of zod. It needs no server. Exit code 0: nothing is wrong, though there may be warnings; 1: something is.',
    )
    .argument('[folder]', 'the project, or the folder of one team', '.')
    .option('--watch', 'check again whenever a file of the project is saved, until Ctrl-C')
    .option('--json', 'write a JSON object { ok, issues, teams }; with --watch one a line')
    .action(async (folder: string, { watch = false, json = false }: Options) => {
      const shown = json ? asJson : asText;
      if (watch) {
        const { watchProject } = await import('./watch-project.ts');
        await watchProject(folder, (report) => process.stdout.write(shown(report)));
        return;
      }
      // What the project's modules write must not come between.
      for (const method of ['log', 'info', 'debug'] as const) console[method] = console.error;
      const { checkProject } = await import('./check-project.ts');
      const report = await checkProject(folder, false);
      // Modules of jobs may hold connections open.
      process.stdout.write(shown(report), () => process.exit(report.issues.some(isError) ? 1 : 0));
    });

const asJson = ({ issues, teams }: CheckReport): string =>
  `${JSON.stringify({ ok: !issues.some(isError), issues, teams })}\n`;

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function asText({ issues, teams }: CheckReport): string {
  const errors = issues.filter(isError).length;
  const of = teams.map(
    ({ name, goals, jobs }) => `${name} (${counted(goals.length, 'goal')}, ${counted(jobs.length, 'job')})`,
  );
  const found = `${counted(errors, 'error')}, ${counted(issues.length - errors, 'warning')}`;
  return [...issues.map(issueLine), `checked ${of.join(', ') || 'nothing'}: ${found}`, ''].join('\n');
}
