// Acts on one run for a bulk act, and records who asked as the single act at the gateway does.

import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { actorText, verifiedMark } from '../../goals/wire/actor.ts';
import type { Accept } from '../../goals/wire/alerts.ts';
import type { ActedOn, ActOnRun, BulkActKind } from '../../goals/wire/bulk-act.ts';
import { alertSignals, annotationsPrefix } from '../../goals/wire/names.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { keepAnnotation, listByTags } from '../../process/keep-annotation.ts';
import type { TemporalCaller } from '../../process/start-execution.ts';
import { tagsBeyond, withLaterEvents } from '../../views/later-annotations.ts';
import { type ClosedStory, goOnFrom, refused, storyOf } from './go-on.ts';

const skipped = (code: string): ActedOn => ({ how: 'skipped', code });

/** A failure of the type of its code where it can never be done. */
export async function actOnRun(asked: ActOnRun): Promise<ActedOn> {
  // A gateway may be newer than this worker.
  if (!Object.hasOwn(acts, asked.act))
    throw refused('bulk_act_impossible', `This worker knows no act '${asked.act}'.`);
  return acts[asked.act](asked);
}

async function cancel({ run, execution, request, by, verified, reason }: ActOnRun): Promise<ActedOn> {
  const { client } = Context.current();
  try {
    await client.workflowService.requestCancelWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: run, runId: execution },
      identity: actorText(by, { verified }),
      // The same when it is tried again: one request in the history.
      requestId: sha256(request).slice(0, 36),
      reason: boundedText(reason ?? 'asked for at the gateway', 500),
    });
    return { how: 'done' };
  } catch (error) {
    if (isNotFound(error)) return skipped('run_closed');
    throw error;
  }
}

async function accept({ run, execution, by, verified, reason, at, alerts }: ActOnRun): Promise<ActedOn> {
  const { client } = Context.current();
  const found = await storyOf(run, execution);
  if (found === null) return skipped('run_unknown');
  if (found.run.outcome !== 'failed') return skipped('run_not_failed');
  const mark = {
    at,
    by: boundedText(by, 100),
    ...verifiedMark({ verified }),
    reason: reason && boundedText(reason, 300),
  };
  const accepted: Accept = { run, execution, ...mark };
  try {
    await client.workflow.getHandle(alerts).signal(alertSignals.accept, accepted);
    return { how: 'done' };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw refused('alerts_absent', 'No worker has started the alerts of this namespace yet. Start one.');
  }
}

async function resume({ run, execution, by, verified, reason }: ActOnRun): Promise<ActedOn> {
  const went = await goOnFrom(
    { run, execution },
    { by, verified, ...(reason === null ? {} : { reason }) },
    ({ run: { outcome } }) =>
      outcome === 'achieved' ? 'achieved' : Promise.resolve({ seed: true, exclude: [] }),
  );
  return 'execution' in went ? { how: 'done' } : skipped(went.skipped);
}

async function tag({ run: id, execution, by, verified, add = [], remove = [] }: ActOnRun): Promise<ActedOn> {
  const { client } = Context.current();
  const caller: TemporalCaller = { client, call: (make) => make(client.workflowService) };
  const read = async (): Promise<AnnotatedRunStory | null> => {
    const told = await storyOf(id, execution);
    return told === null ? null : withLater(told, client);
  };
  const told = await read();
  if (told === null) return skipped('run_unknown');
  const { run, actions } = told;
  if (tagsBeyond({ tags: run.tags ?? [], actions }, { add, remove }) !== null)
    return skipped('annotations_full');
  await keepAnnotation(caller, run, { kind: 'tag', add, remove, by, ...verifiedMark({ verified }) });
  await listByTags(caller, async () => (await read())?.run ?? run);
  return { how: 'done' };
}

/** With what the workflow beside a closed run has. */
async function withLater(told: AnnotatedRunStory, client: Client): Promise<AnnotatedRunStory> {
  const { id, execution, state } = told.run;
  if (state !== 'closed') return told;
  try {
    const { events } = await client.workflow.getHandle(`${annotationsPrefix(id)}${execution}`).fetchHistory();
    return withLaterEvents(told, events ?? []);
  } catch (error) {
    if (isNotFound(error)) return told;
    throw error;
  }
}

const acts: Record<BulkActKind, (asked: ActOnRun) => Promise<ActedOn>> = { cancel, resume, accept, tag };

type AnnotatedRunStory = Pick<ClosedStory, 'run' | 'actions'>;
