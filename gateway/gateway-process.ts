// The gateway as a process: it takes the signals, writes the log, and tells its parent where it serves.

import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { CALLBACK_SECRET } from '../goals/wire/callback.ts';
import { ALERTS_ID } from '../goals/wire/names.ts';
import { hostsFrom } from '../process/known-hosts.ts';
import { logStoreFrom, logsLinkFrom } from '../process/logs-from.ts';
import { metricsPortFrom } from '../process/metrics-port.ts';
import { redactionFrom } from '../process/redaction.ts';
import type { KeyProblem } from '../process/sealing/key-problem.ts';
import { sealingFrom } from '../process/sealing/watched-keys.ts';
import { StartProblem } from '../process/start-problem.ts';
import { temporalSettings } from '../process/temporal-settings.ts';
import { unknownVariables, VARIABLE_UNKNOWN } from '../process/variables.ts';
import { watchAccess } from './access/watched-access.ts';
import { processLog } from './log.ts';
import { startGateway } from './server.ts';
import { temporalAt } from './temporal/temporal.ts';
import { troubleWith } from './temporal/temporal-trouble.ts';
import { hooksFrom } from './triggers/hooks.ts';

/** Stopping takes no longer, whatever is under way. */
const STOP_MS = 1_900;

/** Serves until it is told to stop, and ends the process: with 0 then, else with 1 and a log line that says why. */
export async function runGatewayProcess(): Promise<void> {
  const log = processLog('gateway');

  try {
    for (const warning of unknownVariables(process.env)) log.warn({ code: VARIABLE_UNKNOWN }, warning);
    const { PORT, HOST, GOALKEEPER_ALERTS_ID } = process.env;
    const settings = temporalSettings(process.env);
    const sealing = await sealingFrom(process.env, log, { unopened: saidOnce(log) });
    const temporal = temporalAt(settings.address, settings.namespace, settings, sealing);
    const { GOALKEEPER_ACCESS: accessPath } = process.env;
    const gateway = await startGateway({
      access: accessPath ? await watchAccess(accessPath, log) : null,
      publicUrl: publicUrlFrom(process.env),
      host: HOST || '127.0.0.1',
      port: portOf(PORT),
      temporal,
      alertsId: GOALKEEPER_ALERTS_ID || ALERTS_ID,
      callbackSecret: callbackSecretFrom(process.env),
      hooks: hooksFrom(process.env),
      metrics: metricsPortFrom(process.env),
      hosts: hostsFrom(process.env),
      redact: redactionFrom(process.env),
      stuckAfterMs: stuckAfterFrom(process.env),
      mcpWrites: mcpWritesFrom(process.env),
      logs: { store: await logStoreFrom(process.env), link: logsLinkFrom(process.env) },
      log,
    });
    const stop = (): void => {
      setTimeout(() => process.exit(0), STOP_MS);
      gateway
        .stop()
        .then(() => temporal.close())
        .catch((error: unknown) => log.error({ err: error }, 'the gateway did not stop in order'))
        .finally(() => process.exit(0));
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    // Whoever started this process as its child is gone.
    process.once('disconnect', stop);
    log.info({ url: gateway.url, temporal: settings.address }, 'the gateway listens');
    process.send?.({ ready: true, url: gateway.url, metricsUrl: gateway.metricsUrl });
    const trouble = await troubleWith(temporal, settings).catch(() => null);
    if (trouble !== null) log.error({ code: trouble.code }, trouble.message);
  } catch (error) {
    const problem = error instanceof StartProblem ? { code: error.code, message: error.message } : null;
    if (problem === null) log.fatal({ err: error }, 'the gateway died');
    else log.fatal({ code: problem.code }, problem.message);
    const told = { problem: problem ?? { code: 'gateway_died', message: (error as Error).message } };
    if (process.send) process.send(told, () => process.exit(1));
    else process.exit(1);
  }
}

/** Says of each key once that it is missing, or another. */
function saidOnce(log: Logger): (problem: KeyProblem) => void {
  const said = new Set<string>();
  return ({ code, message }) => {
    if (said.has(message)) return;
    said.add(message);
    log.warn({ code }, `a value is not shown: ${message}`);
  };
}

function callbackSecretFrom(environment: NodeJS.ProcessEnv): string | undefined {
  const file = environment[`${CALLBACK_SECRET}_FILE`];
  try {
    return environment[CALLBACK_SECRET] || (file ? readFileSync(file, 'utf8').trimEnd() : undefined);
  } catch (error) {
    throw new StartProblem(
      'callback_secret_unreadable',
      `${CALLBACK_SECRET}_FILE cannot be read: ${(error as Error).message}`,
    );
  }
}

function publicUrlFrom({ GOALKEEPER_PUBLIC_URL: given }: NodeJS.ProcessEnv): URL | null {
  if (!given) return null;
  const url = URL.canParse(given) ? new URL(given) : null;
  const isOrigin = url !== null && url.pathname === '/' && url.search === '' && url.username === '';
  if (isOrigin && /^https?:$/.test(url.protocol)) return url;
  throw new StartProblem(
    'public_url_invalid',
    'GOALKEEPER_PUBLIC_URL is not such as https://goals.example: a scheme and a host, and no path.',
  );
}

function mcpWritesFrom({ GOALKEEPER_MCP_WRITES: given }: NodeJS.ProcessEnv): boolean {
  if (given === 'on') return true;
  if (!given || given === 'off') return false;
  throw new StartProblem('mcp_writes_invalid', `GOALKEEPER_MCP_WRITES is '${given}'; write on or off`);
}

function stuckAfterFrom({ GOALKEEPER_STUCK_AFTER: given }: NodeJS.ProcessEnv): number | undefined {
  const [, number, unit = ''] = /^(\d+)(s|m|h)$/.exec(given ?? '') ?? [];
  if (number !== undefined) return Number(number) * ({ s: 1_000, m: 60_000 }[unit] ?? 3_600_000);
  if (!given) return undefined;
  throw new StartProblem(
    'stuck_after_invalid',
    `GOALKEEPER_STUCK_AFTER is '${given}'; write such as 60s or 2m`,
  );
}

function portOf(given: string | undefined): number {
  const port = Number(given || 3000);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new StartProblem(
    'port_invalid',
    `PORT is '${given}', which is not a port. Set it to a number up to 65535.`,
  );
}
