// The gate before a worker's first task: new code that would break open runs serves none.

import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { StartProblem } from '../../process/start-problem.ts';
import { publicationOf } from '../catalogue/publications.ts';
import { describePreflight } from './describe-preflight.ts';
import { type PreflightOptions, preflight } from './preflight.ts';

/** `refuse`: the worker does not start. `warn`: it logs what would break, and starts. `off`: nothing is replayed. */
export type PreflightMode = 'refuse' | 'warn' | 'off';

const MODES: readonly string[] = ['refuse', 'warn', 'off'] satisfies PreflightMode[];

/**
 * What GOALKEEPER_PREFLIGHT says; by default `refuse` where NODE_ENV is `production`, else `warn`.
 * @throws StartProblem `preflight_invalid`
 */
export function preflightFrom(environment: NodeJS.ProcessEnv): PreflightMode {
  const given = environment.GOALKEEPER_PREFLIGHT;
  if (!given) return environment.NODE_ENV === 'production' ? 'refuse' : 'warn';
  if (MODES.includes(given)) return given as PreflightMode;
  throw new StartProblem(
    'preflight_invalid',
    `GOALKEEPER_PREFLIGHT is '${given}'; give one of ${MODES.join(', ')}`,
  );
}

export interface NewCode extends PreflightOptions {
  /** Digest of the team's bundle. */
  code: string;
  /** Names of its goals. */
  goals: readonly string[];
}

/**
 * Code that the team's newest workers have published already serves, and is not replayed: a worker that is started again
 * works at once.
 *
 * @throws StartProblem `preflight_failed` where the mode is `refuse` and open runs would break.
 */
export async function passPreflight(
  mode: PreflightMode,
  client: Client,
  options: NewCode,
  log: Logger,
): Promise<void> {
  if (mode === 'off') return;
  if (await serves(client, options)) return;
  const found = await preflight(client, options);
  if (found.broken === 0) return;
  const message = `the new code would break ${found.broken} open runs:\n${describePreflight(found)}`;
  if (mode === 'refuse') throw new StartProblem('preflight_failed', message);
  log.warn({ code: 'preflight_failed', broken: found.broken }, message);
}

async function serves(client: Client, { goals: [goal], code, taskQueue }: NewCode): Promise<boolean> {
  const published = goal === undefined ? null : await publicationOf(client, goal);
  return published?.code === code && published.taskQueue === taskQueue;
}
