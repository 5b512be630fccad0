// The store of whole logs that a worker writes to. It deletes there what is old.

import type { Logger } from 'pino';
import type { LogStore } from '../../process/log-store.ts';
import { logStoreFrom } from '../../process/logs-from.ts';
import { StartProblem } from '../../process/start-problem.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const EXPIRE_EVERY_MS = 3_600_000;

/** The store that the environment names; null where none is named. Throws a `StartProblem`. */
export async function keptLogs(
  environment: Record<string, string | undefined>,
  log: Logger,
): Promise<LogStore | null> {
  const store = await logStoreFrom(environment);
  const days = daysFrom(environment);
  if (store === null) return null;
  const expire = (): void => {
    store.expire(Date.now() - days * DAY_MS).catch((error: unknown) => {
      log.warn({ err: error }, 'logs that are old could not be deleted');
    });
  };
  expire();
  setInterval(expire, EXPIRE_EVERY_MS).unref();
  return store;
}

function daysFrom({ GOALKEEPER_LOGS_DAYS: given }: Record<string, string | undefined>): number {
  if (!given) return DEFAULT_DAYS;
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new StartProblem(
    'logs_days_invalid',
    `GOALKEEPER_LOGS_DAYS is '${given}'; write a number of days from 1, such as 30`,
  );
}
