import { Command } from 'commander';

/** `goalkeeper gateway`: exit code 0 once it was told to stop, 1 when it cannot start. */
export const gatewayCommand = (): Command =>
  new Command('gateway')
    .summary('run the gateway, in production')
    .description(
      'Serves the HTTP API until SIGTERM or Ctrl-C. It runs no code of a team and reads no config: environment variables say where\n' +
        'Temporal is, and all else (docs/reference/configuration.md). Logs are lines of JSON on stdout.',
    )
    .option('--port <port>', 'where it serves; default: PORT, else 3000')
    .action(async ({ port }: { port?: string }) => {
      if (port !== undefined) process.env.PORT = port;
      const { runGatewayProcess } = await import('../../gateway/gateway-process.ts');
      await runGatewayProcess();
    });
