// The execution of a run that goes on from a closed one, for what acts on many runs: a bulk act, a recovery.

import { Context } from '@temporalio/activity';
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { memoNames } from '../../goals/wire/names.ts';
import type { ExecutionOfRun } from '../../goals/wire/recovery.ts';
import type { Resume } from '../../goals/wire/resume.ts';
import type { OperatorAction } from '../../goals/wire/run-record.ts';
import { actorsSchema, actorsWith } from '../../goals/wire/run-start.ts';
import { type Run, whySchema } from '../../goals/wire/run-view.ts';
import { storedSchema } from '../../goals/wire/stored.ts';
import { type AskedAgain, startAgain, storedInput } from '../../process/start-again.ts';
import { runView } from '../../views/run-view.ts';
import { currentGoalOf } from '../catalogue/publications.ts';
import { achievedAsLight } from './find-light.ts';
import { readHistory } from './histories.ts';

/** A closed execution, as its history has it. */
export interface ClosedStory {
  run: Run;
  actions: OperatorAction[];
  events: readonly temporal.api.history.v1.IHistoryEvent[];
}

/** What it keeps, and the recovery that wants it. */
export type Keeping = Pick<Resume, 'seed' | 'exclude' | 'recovery'>;

/** The execution that goes on, or why none does; `open`: another that is under way, whoever started it. */
export type WentOn = { execution: string } | { skipped: string; open?: string };

export const skipped = (code: string): WentOn => ({ skipped: code });

/** Starts it, unless it is there already; `keeps` says what it keeps, or that there is nothing left to do. */
export async function goOnFrom(
  { run: id, execution }: ExecutionOfRun,
  asked: AskedAgain,
  keeps: (story: ClosedStory) => Promise<Keeping> | 'achieved',
): Promise<WentOn> {
  const { client } = Context.current();
  const latest = await describe(id);
  if (latest === null) return skipped('run_unknown');
  if (latest.runId !== execution) return afterwards(latest, execution);
  if (latest.status.name === 'RUNNING') return { skipped: 'run_open', open: execution };
  const [asLight = null] = await achievedAsLight([id]);
  // A host remembers whole seconds; it would not have pursued a key again that was open as an ordinary run.
  if (asLight !== null && asLight + 1_000 > (latest.closeTime?.getTime() ?? 0))
    return skipped('run_achieved');
  const story = await storyOf(id, execution);
  if (story === null) return skipped('run_unknown');
  const { run, events } = story;
  const keeping = keeps(story);
  if (keeping === 'achieved') return skipped('run_achieved');
  const publication = await currentGoalOf(client, run.goal);
  if (publication === null || publication.retired)
    throw refused('goal_retired', `${run.goal} is no longer declared: no more of its runs are started.`);
  const isStored = storedSchema.safeParse(run.input).success;
  const input = isStored ? storedInput(events[0], latest.memo) : { value: run.input, memo: {} };
  const actors = actorsWith(actorsSchema.safeParse(latest.memo?.[memoNames.actors]).data ?? [], run.why);
  const { outcome, failure } = run;
  const started = await startAgain(
    { client, call: (make) => make(client.workflowService) },
    publication,
    { run, input, actors },
    { from: execution, outcome: outcome ?? 'failed', failure, ...(await keeping), supply: [] },
    asked,
  );
  if (started !== null) return { execution: started };
  const quicker = await describe(id);
  return quicker === null ? skipped('run_unknown') : afterwards(quicker, execution);
}

/** It may have been this request that started the one after it, before its answer was lost. */
export function afterwards(latest: WorkflowExecutionDescription, execution: string): WentOn {
  const { kind, ref } = whySchema.safeParse(latest.memo?.[memoNames.why]).data ?? {};
  if (kind === 'resume' && ref === execution) return { execution: latest.runId };
  if (latest.status.name === 'COMPLETED') return skipped('run_achieved');
  const isOpen = latest.status.name === 'RUNNING';
  return { ...skipped('execution_superseded'), ...(isOpen && { open: latest.runId }) };
}

export async function describe(id: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await Context.current().client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** A closed execution, light or not, as its history tells it; null where Temporal keeps it no longer. */
export async function storyOf(id: string, execution: string): Promise<ClosedStory | null> {
  const events = await readHistory(id, execution);
  if (events === null) return null;
  const { run, actions } = runView({ id, execution, events, pendingActivities: [], now: Date.now() });
  return { run, actions, events };
}

/** Of what can never be done. */
export const refused = (code: string, message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message, nonRetryable: true });
