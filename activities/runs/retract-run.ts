// The activities of a retraction: they look for who used an outcome, mark runs, and have owners told.

import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { noticeOf } from '../../goals/wire/alerts.ts';
import type { Annotation } from '../../goals/wire/annotations.ts';
import { ALERTS, alertSignals, annotationsPrefix } from '../../goals/wire/names.ts';
import {
  type Doubt,
  doubtMessage,
  type FoundUser,
  type FoundUsers,
  type MarkRuns,
  type NotifyOwners,
  type SoughtUsers,
  type UsedOutcome,
} from '../../goals/wire/retraction.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { alertsStart } from '../../process/alerts-start.ts';
import { keepAnnotation, listByTags } from '../../process/keep-annotation.ts';
import type { TemporalCaller } from '../../process/start-execution.ts';
import { annotationIn, withAnnotations } from '../../views/annotations.ts';
import { usersOf } from '../../views/doubts.ts';
import { runView } from '../../views/run-view.ts';
import { listPublications } from '../catalogue/publications.ts';
import { wakeWatchers } from '../catalogue/standing.ts';
import { lastLight } from './find-light.ts';
import { histories } from './histories.ts';
import { inLanes } from './in-lanes.ts';
import { knownUsers } from './known-users.ts';

const BEAT_MS = 2_000;

/** An activity that says that its worker lives: one that was killed is waited out for seconds. */
function beating<Asked, Answer>(work: (asked: Asked) => Promise<Answer>): (asked: Asked) => Promise<Answer> {
  return async (asked) => {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), BEAT_MS);
    try {
      return await work(asked);
    } finally {
      clearInterval(beat);
    }
  };
}

/** A page of the executions that used any of these, and of those that may yet. */
export const findUsers = beating(async (asked: SoughtUsers): Promise<FoundUsers> => {
  const { used, next, begun, retraction, named } = asked;
  const { client } = Context.current();
  const { namespace } = client.options;
  const events = histories();
  const source = {
    list: (query: string, pageSize: number, nextPageToken: Uint8Array | null) =>
      client.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }),
    events,
    known: (of: readonly UsedOutcome[]) => knownUsers(client, of, events, named),
  };
  const found = await usersOf(source, await listPublications(client), used, next);
  const { open, next: then, underWay } = found;
  if (underWay > 0)
    throw ApplicationFailure.create({
      message: `${underWay} light runs that may have used it are under way`,
      category: ApplicationFailureCategory.BENIGN,
    });
  const users =
    retraction === undefined
      ? found.users
      : await inLanes(found.users, async (user) => ({ ...user, ...(await wasMarked(user, retraction)) }));
  if (begun === undefined) return { users, next: then };
  return { users, next: then, open: open.filter(({ startedAt }) => startedAt <= begun) };
});

async function wasMarked({ run, execution }: Doubt, retraction: string): Promise<Pick<FoundUser, 'before'>> {
  const { inDoubt = [] } = (await markedRun(run, execution)) ?? {};
  if (!inDoubt.some((doubt) => doubt.retraction === retraction)) return {};
  return { before: (await latestOf(run)) === execution ? 'marked' : 'superseded' };
}

/** The latest execution of a run that was achieved, light or not. */
async function latestOf(run: string): Promise<string> {
  const light = await lastLight(run);
  if (light !== null) return light.execution;
  return (await Context.current().client.workflow.getHandle(run).describe()).runId;
}

/** retraction.1: the same mark has the same request ID. */
export const markRuns = beating(async ({ retraction, terms, doubts }: MarkRuns): Promise<void> => {
  const { client } = Context.current();
  const caller: TemporalCaller = { client, call: (make) => make(client.workflowService) };
  const who = { by: terms.by, ...verifiedMark(terms) };
  const read = histories();
  if (doubts === null) {
    const { run: id, execution, reason } = terms;
    const annotation = { kind: 'retract' as const, retraction, reason, ...who };
    await mark(caller, { id, execution, isClosed: true }, annotation, read);
    return wakeWatchers(client, [id]);
  }
  for (const { run: id, execution, state, path } of doubts) {
    const { run, execution: retracted } = terms;
    const annotation = { kind: 'doubt' as const, retraction, run, execution: retracted, path, ...who };
    await mark(caller, { id, execution, isClosed: state === 'achieved' }, annotation, read);
  }
  await wakeWatchers(
    client,
    doubts.map(({ run }) => run),
  );
});

interface MarkedRun {
  id: string;
  execution: string;
  isClosed: boolean;
}

export async function mark(
  caller: TemporalCaller,
  { id, execution, isClosed }: MarkedRun,
  annotation: Extract<Annotation, { retraction: string }>,
  read = histories(),
): Promise<void> {
  const requestId = sha256(`${annotation.retraction}\n${annotation.kind}\n${execution}`).slice(0, 36);
  const state = isClosed ? ('closed' as const) : ('pursuing' as const);
  await keepAnnotation(caller, { id, execution, state, team: null }, annotation, requestId);
  const run = await markedRun(id, execution, read);
  // Its retention has ended: nobody sees it any more.
  if (run !== null) await listByTags(caller, async () => (await markedRun(id, execution, read)) ?? run);
}

/** With what was added to it after it closed. */
export async function markedRun(id: string, execution: string, read = histories()): Promise<Run | null> {
  const events = await read(id, execution);
  if (events === null) return null;
  const { run } = runView({ id, execution, events, pendingActivities: [], now: Date.now() });
  const later = (await read(`${annotationsPrefix(id)}${execution}`, '')) ?? [];
  const added = later.flatMap((event) => annotationIn(event) ?? []);
  return withAnnotations(run, added);
}

/** One notice for each of these; those of one retraction are one alert. */
export const notifyOwners = beating(
  async ({ terms, alerts, doubts, retraction }: NotifyOwners): Promise<void> => {
    const { workflow } = Context.current().client;
    for (const { goal, team, owner, run, execution, path } of doubts) {
      const notice = noticeOf(
        'in-doubt',
        { goal, team: team ?? '', owner: owner ?? '', run, execution, at: terms.at },
        {
          ...{ kind: 'retraction', code: 'in_doubt', message: doubtMessage(terms, path), path: [] },
          cause: {
            ...{ run: terms.run, code: 'retracted', message: doubtMessage(terms, []) },
            fingerprint: sha256(retraction).slice(0, 16),
          },
        },
      );
      // Where no worker has announced itself to it yet, it keeps the notice until one does.
      await workflow.signalWithStart(ALERTS, {
        ...alertsStart(alerts),
        ...{ signal: alertSignals.notice, signalArgs: [notice] },
      });
    }
  },
);
