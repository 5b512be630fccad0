// Whoever takes an outcome that is in doubt is in doubt, too: marked as it takes it, however long ago the retraction looked.

import { Context } from '@temporalio/activity';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { LOOK_AGAIN, RETRACTION } from '../../goals/wire/names.ts';
import type { ExecutionOfRun } from '../../goals/wire/recovery.ts';
import { pathTo, type RetractionStart } from '../../goals/wire/retraction.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { marksBeside } from '../../process/marks-beside.ts';
import { retractionStart } from '../../process/retraction-start.ts';
import type { TemporalCaller } from '../../process/start-execution.ts';
import { firstValue } from '../../views/payload.ts';
import { wakeWatchers } from '../catalogue/standing.ts';
import { mark, markedRun } from './retract-run.ts';

/** Whether the outcome of an achieved execution was retracted. `user` takes it: if it is marked, that is marked as in doubt. */
export async function isRetractedFor(
  taken: ExecutionOfRun,
  user: ExecutionOfRun | undefined,
  takes: 'sound' | 'any' = 'sound',
): Promise<boolean> {
  const { client } = Context.current();
  const caller: TemporalCaller = { client, call: (make) => make(client.workflowService) };
  const marks = await marksBeside(caller, taken.run, taken.execution);
  const isRetracted = marks.includes('retracted');
  if (user !== undefined && marks.length > 0 && (!isRetracted || takes === 'any'))
    await spread(caller, taken, user);
  return isRetracted;
}

async function spread(caller: TemporalCaller, taken: ExecutionOfRun, user: ExecutionOfRun): Promise<void> {
  const { retracted, inDoubt = [] } = (await markedRun(taken.run, taken.execution)) ?? {};
  // A light run is over when its host answers.
  const isClosed = parseLightExecution(user.execution) !== null;
  const own = retracted === undefined ? [] : [{ ...retracted, ...taken, path: [taken.run] }];
  for (const { retraction, run, execution, path, by, verified } of [...own, ...inDoubt]) {
    await mark(
      caller,
      { id: user.run, execution: user.execution, isClosed },
      {
        ...{ kind: 'doubt', retraction, run, execution, path: pathTo(path, user.run), by },
        ...(verified && { verified }),
      },
    );
    await tell(caller, retraction, user);
  }
  // Of one that is open they look when it has closed.
  if (isClosed) await wakeWatchers(caller.client, [user.run]);
}

/** The retraction follows it on from there, and begins anew for that where it is over. */
async function tell({ client }: TemporalCaller, retraction: string, user: ExecutionOfRun): Promise<void> {
  try {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      ...{ namespace: client.options.namespace, execution: { workflowId: retraction }, maximumPageSize: 1 },
    });
    const begun = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    const { terms, alerts } = firstValue(begun?.input) as RetractionStart;
    await client.workflow.signalWithStart(RETRACTION, {
      ...retractionStart(retraction, { terms, alerts, isAgain: true }),
      ...{ signal: LOOK_AGAIN, signalArgs: [user] },
    });
  } catch (error) {
    // Temporal keeps it no longer: its marks are kept by the runs.
    if (!isNotFound(error)) throw error;
  }
}
