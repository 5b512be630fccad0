// The gateway's process: `node --import tsx gateway/main.ts`.
// TEMPORAL_… and Temporal's configuration file say where Temporal is (process/temporal-settings.ts);
// PORT, HOST, GOALKEEPER_ALERTS_ID and LOG_LEVEL where and how it serves;
// GOALKEEPER_HOSTS are names, divided by commas, by which others than this machine may ask for it: whoever reaches it is
// then let in, so its network must keep out whom it should;
// GOALKEEPER_CALLBACK_SECRET, or _FILE, is what the workers sign callbacks with;
// GOALKEEPER_REDACT are a team's own patterns of secrets, for what callbacks tell;
// GOALKEEPER_STUCK_AFTER is for how long the task of a run must have failed for it to be stuck;
// GOALKEEPER_HOOKS declares the webhooks that become events;
// METRICS_PORT and METRICS_HOST are a port for metrics alone (docs/guide/operations.md).

import { readFileSync } from 'node:fs';
import { CALLBACK_SECRET } from '../goals/wire/callback.ts';
import { ALERTS_ID } from '../goals/wire/names.ts';
import { hostsFrom } from '../process/known-hosts.ts';
import { metricsPortFrom } from '../process/metrics-port.ts';
import { redactionFrom } from '../process/redaction.ts';
import { StartProblem } from '../process/start-problem.ts';
import { temporalSettings } from '../process/temporal-settings.ts';
import { processLog } from './log.ts';
import { startGateway } from './server.ts';
import { temporalAt } from './temporal/temporal.ts';
import { troubleWith } from './temporal/temporal-trouble.ts';
import { hooksFrom } from './triggers/hooks.ts';

/** Stopping takes no longer, whatever is under way. */
const STOP_MS = 1_900;

const log = processLog('gateway');

try {
  const { PORT, HOST, GOALKEEPER_ALERTS_ID } = process.env;
  const settings = temporalSettings(process.env);
  const temporal = temporalAt(settings.address, settings.namespace, settings);
  const gateway = await startGateway({
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
    `PORT is '${given}', which is no port. Set it to a number up to 65535.`,
  );
}
