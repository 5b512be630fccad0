import { Command } from 'commander';

/** `goalkeeper dev`: exit code 0 after Ctrl-C, 1 when it cannot start or go on. */
export const devCommand = (): Command =>
  new Command('dev')
    .summary('develop goals: Temporal, gateway and worker, anew with each save')
    .description(
      'Starts Temporal, the gateway and a worker for each team of a project on this machine, until Ctrl-C. After each save it checks\n' +
        'the project: new code serves within seconds; code with a mistake is told with file:line:column, and the code before\n' +
        'goes on. It notifies no owner. With TEMPORAL_ADDRESS it uses the Temporal there. Data and logs are in .goalkeeper.',
    )
    .argument('[folder]', 'the project, or the folder of one team', '.')
    .option('--port <port>', "the gateway's port; default: PORT, else 3000")
    .action(async (folder: string, { port }: { port?: string }) => {
      const { develop } = await import('./develop.ts');
      process.exitCode = await develop(folder, port ?? process.env.PORT);
    });
