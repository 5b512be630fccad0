// The activity by which a sink forgets runs that were deleted.

import { Context } from '@temporalio/activity';
import type { RecordActivities } from '../../goals/wire/engine-activities.ts';
import type { activityNames } from '../../goals/wire/names.ts';
import type { RecordSink } from './record-sink.ts';

export const forgetRecords =
  (sink: RecordSink): RecordActivities[typeof activityNames.forgetRecords] =>
  async ({ runs }) => {
    const { info, cancellationSignal } = Context.current();
    let deleted = 0;
    const refused: string[] = [];
    for (const { run, goal, team } of runs) {
      // A later deletion of the same run is another word: the receiver may have had a record of it in between.
      const message = `${info.workflowExecution?.runId}.${runs.findIndex((one) => one.run === run)}`;
      const told = await sink.forget({ run, goal, team, message }, cancellationSignal);
      if (told === 'refused') refused.push(run);
      else deleted += told ?? 0;
    }
    return {
      deleted,
      ...(refused.length === 0
        ? {}
        : { refused: `it refuses the word that ${refused.length} runs were deleted` }),
    };
  };
