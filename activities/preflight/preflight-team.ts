// Preflight of a team's folder, as a pipeline runs it: no worker is started, and nothing is written.

import { withClient } from '../with-client.ts';
import { type Preflight, preflight, preflightFolder } from './preflight.ts';
import { teamCode } from './team-code.ts';

export interface PreflightTeamOptions {
  /** Most runs of a goal that are replayed. Default: 200. */
  sample?: number;
  /** A folder of histories that are replayed in place of the open runs; no server is asked then. */
  histories?: string;
}

/**
 * Replays open runs by the code in a team's folder. The environment is that of the team's worker: where Temporal is, the
 * queue, the storage.
 * @throws StartProblem
 */
export async function preflightTeam(
  folder: string,
  { sample, histories }: PreflightTeamOptions = {},
  given: NodeJS.ProcessEnv = process.env,
): Promise<Preflight> {
  const { environment, taskQueue, ...by } = await teamCode(folder, given);
  if (histories !== undefined) return preflightFolder(histories, by);
  return withClient(environment, (client) =>
    preflight(client, { ...by, taskQueue, ...(sample === undefined ? {} : { sample }) }),
  );
}
