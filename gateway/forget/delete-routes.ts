// The routes by which closed runs are forgotten.

import { type Deletion, deletionSchema } from '../../goals/wire/deletion.ts';
import { hasLight, parseLightExecution } from '../../goals/wire/light.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { Problem } from '../http/problems.ts';
import { reasonedActSchema } from '../http/request-fields.ts';
import { type RouteDeps, route } from '../route-deps.ts';
import { doomedRun, type Found } from './doomed.ts';

export const deletionAnswers = {
  200: { description: 'what was deleted: nothing is left that goalkeeper knows of', schema: deletionSchema },
  202: {
    description: 'what was deleted, and what workers have yet to do, or could not; ask again to see it done',
    schema: deletionSchema,
  },
} as const;

export const deleteRun = route({
  method: 'DELETE',
  path: '/runs/:id',
  role: 'admin',
  summary: 'Deletes a closed run for good, wherever something of it is kept.',
  params: { id: 'ID of the run' },
  body: { schema: reasonedActSchema },
  answers: deletionAnswers,
  problems: ['run_id_malformed', 'run_unknown', 'run_open', 'run_light'],
  async handle({ params: { id }, c }, deps) {
    const deletion = await deletionOf(deps, id);
    // Who asked, and why, is in the audit. The ID may say much of a person, so the log has its digest.
    deps.log.info({ run: sha256(id).slice(0, 16), complete: deletion.complete }, 'a run was deleted');
    return c.json(deletion, deletion.complete ? 200 : 202);
  },
});

/** Begins it, or tells how an earlier one stands. */
async function deletionOf(deps: RouteDeps, id: string): Promise<Deletion> {
  try {
    return await deps.deletions.begin([await closedRun(deps, id)]);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'run_unknown') throw error;
    const earlier = await deps.deletions.earlier([id], deps.scope.admits);
    if (earlier === null) throw error;
    return earlier;
  }
}

async function closedRun({ runs, temporal, catalogue }: RouteDeps, id: string): Promise<Found> {
  const latest = await runs.find(id);
  // An ordinary one was asked for at a host as well.
  const published = await catalogue.find(latest.type);
  const isLight = parseLightExecution(latest.runId) !== null || (published !== null && hasLight(published));
  if (isLight)
    throw new Problem(
      'run_light',
      `The goal ${latest.type} is light: the run ${id} cannot be deleted by itself.`,
      {
        members: { run: id, execution: latest.runId },
      },
    );
  const [team = null] = (latest.searchAttributes[searchAttributes.team] as string[] | undefined) ?? [];
  const found = await doomedRun(temporal, latest, { goal: latest.type, team, taskQueue: latest.taskQueue });
  if (found.open !== null)
    throw new Problem(
      'run_open',
      `The run ${id} is under way; only a closed run can be deleted. Cancel it first.`,
      {
        members: { run: id, execution: found.open },
      },
    );
  return found;
}
