// One run by its ID: described, found, told, cancelled.

import { randomUUID } from 'node:crypto';
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { actorText } from '../../goals/wire/actor.ts';
import { hasLight, parseLightExecution } from '../../goals/wire/light.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import type { RunStory } from '../../views/run-view.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { Problem } from '../http/problems.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';
import { cannotEnd, endStuck, goesOn } from './end-stuck.ts';
import { lightRunsOf } from './light-runs.ts';

/** So often, and so far apart, it is looked whether a light run has become an ordinary one. */
const LIGHT_LOOKS = 10;
const LIGHT_LOOK_MS = 200;

export interface CancelAsked {
  reason: string;
  by?: string | undefined;
  /** Whether the gateway knows that it is `by`. */
  verified: boolean;
}

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
  cancel(id: string, asked: CancelAsked): Promise<Run>;
}

export function unknownRun(id: string, execution: string | undefined): Problem {
  const which = execution === undefined ? 'run' : `execution ${execution} of the run`;
  return new Problem('run_unknown', `There is no ${which} ${id}, or Temporal keeps it no longer.`);
}

export function runsOf(temporal: Temporal, catalogue: Catalogue, story: Runs['story']): Runs {
  const { client, namespace } = temporal;

  const light = lightRunsOf(temporal, catalogue);

  const describe: Runs['describe'] = async (id, execution) => {
    if (execution === undefined || parseLightExecution(execution) === null)
      return temporal.call(() => client.workflow.getHandle(id, execution).describe());
    const found = await light.describe(id, execution);
    if (found === null) throw new WorkflowNotFoundError('there is no such light run', id, execution);
    return found;
  };

  /** The latest of a run, which may be an ordinary execution or a light one. */
  const latest = async (id: string, goal: string): Promise<WorkflowExecutionDescription> => {
    const ordinary = describe(id);
    // Its refusal is heard below; until then it is nobody's, and would end the process.
    ordinary.catch(() => undefined);
    const published = await catalogue.find(goal);
    if (published === null || !hasLight(published)) return ordinary;
    const [one, other] = await Promise.allSettled([ordinary, light.last(id)]);
    const last = other.status === 'fulfilled' ? other.value : null;
    if (one.status === 'rejected' && last === null) throw one.reason;
    if (one.status === 'fulfilled' && (last === null || one.value.startTime > last.startTime))
      return one.value;
    return last as WorkflowExecutionDescription;
  };

  const find: Runs['find'] = async (id, execution) => {
    const parsed = parseRunId(id);
    if (parsed === null)
      throw new Problem(
        'run_id_malformed',
        "A run's ID is a goal's name, a colon and a key, like load-day:2026-11-20.",
      );
    try {
      const described = await (execution === undefined ? latest(id, parsed.goal) : describe(id, execution));
      // A workflow that only looks like a run is nobody's business here.
      const isOwned = described.searchAttributes[searchAttributes.owner] !== undefined;
      if (described.type === parsed.goal && (isOwned || (await catalogue.find(parsed.goal)) !== null))
        return described;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    throw unknownRun(id, execution);
  };

  /** A light run that is open has no workflow that could be cancelled: within a moment it is over, or has one. */
  const settled = async (id: string): Promise<WorkflowExecutionDescription> => {
    for (let n = 0; n < LIGHT_LOOKS; n++) {
      const found = await find(id);
      if (found.status.name !== 'RUNNING' || parseLightExecution(found.runId) === null) return found;
      await new Promise((resolve) => setTimeout(resolve, LIGHT_LOOK_MS));
    }
    throw new Problem('worker_unavailable', `The run ${id} has begun, and no worker goes on with it.`);
  };

  const cancel: Runs['cancel'] = async (id, { reason, by = client.options.identity, verified }) => {
    const found = await settled(id);
    const isClosed = new Problem('run_closed', `The run ${id} is closed; there is nothing to cancel.`);
    if (found.status.name !== 'RUNNING') throw isClosed;
    try {
      await temporal.call((service) =>
        service.requestCancelWorkflowExecution({
          namespace,
          // Not whatever execution there may be by then.
          workflowExecution: { workflowId: id, runId: found.runId },
          // In the history, beside the reason: who, when and why.
          identity: actorText(by, { verified }),
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
    await endStuck(temporal, await story(await find(id, found.runId)), { by, verified, reason });
    return (await story(await find(id, found.runId))).run;
  };

  return { describe, find, story, cancel };
}
