// A run that a workflow of goalkeeper's own, or another run, asks for: by the same rules as one asked for at the gateway.

import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { AskedRun, StartedRun } from '../../goals/wire/start.ts';
import { StartRefused, startRun as start } from '../../process/start-run.ts';
import { publishedGoalOf } from '../catalogue/publications.ts';

/** Starts or joins the run; a failure of the type of its code, not to be retried, when it can never be started as asked. */
export async function startRun({ goal, unmade, ...asked }: AskedRun): Promise<StartedRun> {
  if (unmade !== undefined) throw refused(unmade.code, unmade.message);
  const { client } = Context.current();
  const publication = await publishedGoalOf(client, goal);
  if (publication === null) throw refused('goal_unknown', `No goal '${goal}' is published.`);
  try {
    const { id, execution, how } = await start(
      { client, call: (make) => make(client.workflowService) },
      { publication, ...asked },
    );
    return { id, execution, how };
  } catch (error) {
    // One that is being cancelled ends: the server asks again until then.
    if (!(error instanceof StartRefused) || error.code === 'run_ending') throw error;
    throw refused(error.code, error.message);
  }
}

const refused = (code: string, message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message, nonRetryable: true });
