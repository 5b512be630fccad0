// One run by its ID: described, found, told, cancelled.

import { randomUUID } from 'node:crypto';
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { searchAttributes } from '../../goals/wire/names.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import type { RunStory } from '../../views/run-view.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { Problem } from '../http/problems.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';
import { cannotEnd, endStuck, goesOn } from './end-stuck.ts';

export interface Runs {
  /** What Temporal says of the workflow with this ID; throws `WorkflowNotFoundError`. */
  describe(id: string, execution?: string): Promise<WorkflowExecutionDescription>;
  /** The execution of a run, by default its latest. A `Problem` when the ID cannot be one, or there is none. */
  find(id: string, execution?: string): Promise<WorkflowExecutionDescription>;
  story(described: WorkflowExecutionDescription): Promise<RunStory>;
  /**
   * Asks for the run's cancellation and returns the run as it is then; one that cannot go on is ended. `by` is who asks: by default, this
   * gateway.
   */
  cancel(id: string, reason: string, by?: string): Promise<Run>;
}

export function runsOf(temporal: Temporal, catalogue: Catalogue, story: Runs['story']): Runs {
  const { client, namespace } = temporal;

  const describe: Runs['describe'] = (id, execution) =>
    temporal.call(() => client.workflow.getHandle(id, execution).describe());

  const find: Runs['find'] = async (id, execution) => {
    const parsed = parseRunId(id);
    if (parsed === null)
      throw new Problem(
        'run_id_malformed',
        "A run's ID is a goal's name, a colon and a key, like load-day:2026-11-20.",
      );
    try {
      const described = await describe(id, execution);
      // A workflow that only looks like a run is nobody's business here.
      const isOwned = described.searchAttributes[searchAttributes.owner] !== undefined;
      if (described.type === parsed.goal && (isOwned || (await catalogue.find(parsed.goal)) !== null))
        return described;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    const which = execution === undefined ? 'run' : `execution ${execution} of the run`;
    throw new Problem('run_unknown', `There is no ${which} ${id}, or Temporal keeps it no longer.`);
  };

  const cancel: Runs['cancel'] = async (id, reason, by = client.options.identity) => {
    const found = await find(id);
    const isClosed = new Problem('run_closed', `The run ${id} is closed; there is nothing to cancel.`);
    if (found.status.name !== 'RUNNING') throw isClosed;
    try {
      await temporal.call((service) =>
        service.requestCancelWorkflowExecution({
          namespace,
          // Not whatever execution there may be by then.
          workflowExecution: { workflowId: id, runId: found.runId },
          // In the history, beside the reason: who, when and why.
          identity: by,
          requestId: randomUUID(),
          reason: boundedText(reason, 500),
        }),
      );
    } catch (error) {
      throw isNotFound(error) ? isClosed : error;
    }
    const asked = await find(id, found.runId);
    if (!cannotEnd((await story(asked)).run) || (await goesOn(temporal, asked)))
      return (await story(await find(id, found.runId))).run;
    await endStuck(temporal, await story(await find(id, found.runId)), { by, reason });
    return (await story(await find(id, found.runId))).run;
  };

  return { describe, find, story, cancel };
}
