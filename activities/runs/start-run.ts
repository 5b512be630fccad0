// A run that a workflow of goalkeeper's own, or another run, asks for: by the same rules as one asked for at the gateway.

import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { AchievedLight } from '../../goals/wire/light-update.ts';
import { inputDigest } from '../../goals/wire/run-id.ts';
import type { AskedRun, StartedRun } from '../../goals/wire/start.ts';
import { StartRefused } from '../../process/start-refused.ts';
import { startRun as start } from '../../process/start-run.ts';
import { currentGoalOf } from '../catalogue/publications.ts';

/** Starts or joins the run; a failure of the type of its code, not to be retried, when it can never be started as asked. */
export async function startAskedRun({ goal, unmade, need, ...asked }: AskedRun): Promise<StartedRun> {
  if (unmade !== undefined) throw refused(unmade.code, unmade.message);
  const { client } = Context.current();
  const publication = await currentGoalOf(client, goal);
  if (publication === null) throw refused('goal_unknown', `No goal '${goal}' is published.`);
  try {
    const { id, execution, how, plain } = await start(
      { client, call: (make) => make(client.workflowService) },
      { publication, ...asked },
    );
    const achievement = plain && achievementOf(plain.answer);
    return {
      ...{ id, execution, how },
      ...(need && {
        need: { path: need, input: inputDigest(asked.input), ...(achievement && { achievement }) },
      }),
    };
  } catch (error) {
    // One that is being cancelled ends: the server asks again until then.
    if (!(error instanceof StartRefused) || error.code === 'run_ending') throw error;
    throw refused(error.code, error.message);
  }
}

const achievementOf = ({ output, criteria }: AchievedLight): object => ({
  ...(output === undefined ? {} : { output }),
  criteria,
});

const refused = (code: string, message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message, nonRetryable: true });
