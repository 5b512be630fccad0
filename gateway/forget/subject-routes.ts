// The route by which all closed runs of a subject are forgotten. The subject stands in the body, and so in no access log.

import { z } from 'zod';
import { type Deletion, type SubjectDeletion, subjectDeletionSchema } from '../../goals/wire/deletion.ts';
import { subjectDigest } from '../../goals/wire/subject.ts';
import { actorField, goalField, neededReasonField } from '../http/request-fields.ts';
import { type RouteDeps, route } from '../route-deps.ts';
import { runsOfSubject } from './runs-of-subject.ts';

const bodySchema = z.strictObject({
  subject: z
    .string()
    .min(1)
    .max(1_000)
    .describe('the value that stands at a `personal` path of the input, as a text'),
  goals: z.array(goalField).min(1).max(50).optional().describe('only runs of these; default: of every goal'),
  by: actorField,
  reason: neededReasonField,
  dryRun: z.boolean().default(false).describe('only says which runs would be deleted'),
});

export const deleteSubject = route({
  method: 'POST',
  path: '/subjects/delete',
  role: 'admin',
  summary: 'Deletes the closed runs of a subject for good, up to 20 at once, or says which they are.',
  body: { schema: bodySchema },
  answers: {
    200: {
      description: 'the plan, or: nothing is left that goalkeeper knows of',
      schema: subjectDeletionSchema,
    },
    202: { description: 'what was deleted, and what is yet to do: ask again', schema: subjectDeletionSchema },
  },
  async handle({ body: { subject, goals, dryRun }, c }, deps) {
    const answer = await deletionOf(deps, subject, goals, dryRun);
    if (!dryRun) deps.log.info({ runs: answer.runs.length }, 'runs of a subject were deleted');
    return c.json(answer, dryRun || answer.complete ? 200 : 202);
  },
});

async function deletionOf(
  deps: RouteDeps,
  subject: string,
  goals: readonly string[] | undefined,
  dryRun: boolean,
): Promise<SubjectDeletion> {
  const { closed, open, more } = await runsOfSubject(deps, subject, goals);
  const name = [`subject ${subjectDigest(subject)}`];
  const rest = { dryRun, open, more };
  const runs = closed.map(({ doomed }) => doomed.run);
  if (dryRun) return { ...nothing, runs, ...rest };
  const deletion =
    closed.length > 0
      ? await deps.deletions.begin(closed, name)
      : ((await deps.deletions.earlier(name, deps.scope.holds)) ?? { ...nothing, complete: true });
  return { ...deletion, runs, ...rest, complete: deletion.complete && !more && open.length === 0 };
}

const nothing: Deletion = {
  runs: [],
  deleted: { executions: 0, shards: 0, leases: 0, requests: 0 },
  complete: false,
  waiting: [],
  unreached: [],
  places: {},
  elsewhere: [],
  key: 'counts as never pursued',
};
