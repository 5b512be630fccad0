import { Command } from 'commander';

/** `goalkeeper worker`: exit code 0 once it was told to stop, 1 when it cannot start or dies. */
export const workerCommand = (): Command =>
  new Command('worker')
    .summary('run the worker of a team, in production')
    .description(
      'Runs the worker of one team until SIGTERM or Ctrl-C; then it takes no more jobs and lets those under way end. Environment\n' +
        'variables say where Temporal is, and all else (docs/reference/configuration.md). Logs are lines of JSON on stdout.',
    )
    .argument('[folder]', "the team's folder, or a project of one team", '.')
    .option(
      '--bundle <folder>',
      'what `goalkeeper build` wrote; default: GOALKEEPER_BUNDLE, else it bundles itself',
    )
    .action(async (folder: string, { bundle }: { bundle?: string }) => {
      if (bundle !== undefined) process.env.GOALKEEPER_BUNDLE = bundle;
      const { runWorkerProcess } = await import('../../activities/worker-process.ts');
      await runWorkerProcess(folder);
    });
