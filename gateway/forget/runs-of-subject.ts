// The runs that hold the data of a subject: those whose goal says so, by the digest that they are listed with, and by their key, where
// the subject is the whole of it.

import { familyOf, namesOf } from '../../goals/wire/former-names.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import { parseRunId, runId, runKey } from '../../goals/wire/run-id.ts';
import { subjectDigest } from '../../goals/wire/subject.ts';
import { concurrently } from '../http/concurrently.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Page } from '../temporal/pages.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { visibilityQuery } from '../temporal/visibility-query.ts';
import { describe, doomedRun, type Found } from './doomed.ts';

/** Runs that one request deletes. */
const AT_ONCE = 20;
/** Executions that one request looks through, and runs looked for by their keys. */
const LOOK = 500;
const READS_AT_ONCE = 8;

/** `goals`: only runs of these. Of the caller's teams only, by the query. */
export async function runsOfSubject(
  { temporal, catalogue, scope }: RouteDeps,
  subject: string,
  goals: readonly string[] | undefined,
): Promise<{ closed: Found[]; open: string[]; more: boolean }> {
  const all = await catalogue.all();
  const wanted = goals && new Set(goals.flatMap((goal) => familyOf(goal, all)));
  const query = `${visibilityQuery({ teams: scope.teams }, all)} AND ${searchAttributes.subjects} = '${subjectDigest(subject)}'`;
  const page: Page = await temporal
    .call((service) =>
      service.listWorkflowExecutions({ namespace: temporal.namespace, query, pageSize: LOOK }),
    )
    .catch((error: unknown) => {
      // No worker has registered the attribute yet, so no run has it.
      if (isInvalidArgument(error)) return {} as Page;
      throw error;
    });
  const listed = (page.executions ?? []).map(({ execution }) => execution?.workflowId ?? '');
  const key = runKey({ subject }, ['subject']).id;
  const byKey = all
    .filter((goal) => goal.key.length === 1 && goal.personal?.includes(goal.key[0] ?? ''))
    .flatMap((goal) => namesOf(goal).map((name) => runId(name, key)))
    .slice(0, LOOK);
  const ids = [...new Set([...listed, ...byKey])].filter((id) => {
    const goal = parseRunId(id)?.goal;
    return goal !== undefined && (wanted === undefined || wanted.has(goal));
  });
  const found = await concurrently(READS_AT_ONCE, ids, async (id) => {
    const latest = await describe(temporal, id);
    if (latest === null || latest.type !== parseRunId(id)?.goal) return [];
    const [team = null] = (latest.searchAttributes[searchAttributes.team] as string[] | undefined) ?? [];
    if (!scope.holds(team)) return [];
    return [{ latest, of: { goal: latest.type, team, taskQueue: latest.taskQueue } }];
  });
  const runs = found.flat();
  const isOpen = ({ latest }: (typeof runs)[number]): boolean => latest.status.name === 'RUNNING';
  const closed = runs.filter((run) => !isOpen(run));
  const doomed = await concurrently(READS_AT_ONCE, closed.slice(0, AT_ONCE), ({ latest, of }) =>
    doomedRun(temporal, latest, of),
  );
  return {
    closed: doomed.filter(({ open }) => open === null),
    open: runs.filter(isOpen).map(({ latest }) => latest.workflowId),
    more: closed.length > AT_ONCE || (page.nextPageToken?.length ?? 0) > 0,
  };
}
