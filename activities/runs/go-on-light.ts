// A light run pursued once more: its host is asked for its key again, and begins a light run, which is an ordinary one as soon as it is not plain.

import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { verifiedMark } from '../../goals/wire/actor.ts';
import type { ExecutionOfRun } from '../../goals/wire/recovery.ts';
import type { Why } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import type { AskedAgain } from '../../process/start-again.ts';
import { goesOnFrom } from '../../process/start-light.ts';
import { StartRefused } from '../../process/start-refused.ts';
import { startRun } from '../../process/start-run.ts';
import { currentGoalOf } from '../catalogue/publications.ts';
import { lastLight } from './find-light.ts';
import { afterwards, describe, refused, skipped, storyOf, type WentOn } from './go-on.ts';

/** Starts it, unless it is there already. Nothing of it is kept. */
export async function goOnFromLight(
  { run: id, execution }: ExecutionOfRun,
  { by, verified, reason }: AskedAgain,
): Promise<WentOn> {
  const { client } = Context.current();
  const story = await storyOf(id, execution);
  if (story === null) return skipped('run_unknown');
  const { run } = story;
  const last = await lastLight(id);
  if (last !== null && last.execution !== execution) {
    const later = await storyOf(id, last.execution);
    // It may have been this request that began it, before its answer was lost.
    return isOf(later?.run.why, execution) ? { execution: last.execution } : skipped('run_achieved');
  }
  const ordinary = await describe(id);
  if (ordinary !== null && ordinary.startTime.getTime() > Date.parse(run.closedAt ?? ''))
    return afterwards(ordinary, execution);
  const publication = await currentGoalOf(client, run.goal);
  if (publication === null || publication.retired)
    throw refused('goal_retired', `${run.goal} is no longer declared: no more of its runs are started.`);
  const why: Why = {
    ...{ kind: 'resume', at: new Date().toISOString(), ref: execution, ...verifiedMark({ verified }) },
    by: by === undefined ? null : boundedText(by, 100),
    reason: reason === undefined ? null : boundedText(reason, 500),
  };
  try {
    const started = await startRun(
      { client, call: (make) => make(client.workflowService) },
      {
        // A pause keeps back new runs, and no operator.
        publication: { ...publication, paused: null },
        ...{ input: run.input, why, force: true, identity: goesOnFrom(id, execution) },
      },
    );
    return { execution: started.execution };
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error;
    // Of one that is under way it is looked again what became of it.
    if (error.code === 'run_open' || error.code === 'run_ending')
      throw ApplicationFailure.create({
        message: error.message,
        category: ApplicationFailureCategory.BENIGN,
      });
    throw refused(error.code, error.message);
  }
}

const isOf = (why: Why | undefined, execution: string): boolean =>
  why?.kind === 'resume' && why.ref === execution;
