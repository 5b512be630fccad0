// Light runs as the gateway finds them, with no worker up: from the history of the host that they shared.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import {
  aboutGoal,
  lightDigest,
  lightExecution,
  lightHostsOf,
  parseLightExecution,
} from '../../goals/wire/light.ts';
import { lightHostId, searchAttributes } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { lightKeysBefore } from '../../process/light-index.ts';
import type { StartResult } from '../../process/start-run.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { type LightRunFacts, lastOfKey, lightEvents, lightRunIn } from '../../views/light-run.ts';
import { value } from '../../views/payload.ts';
import { type RunStory, runView } from '../../views/run-view.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';
import { hostEvents } from './host-events.ts';
import { knownEvents } from './known-events.ts';

export interface LightRuns {
  /** The light execution of a run, as Temporal would describe one; null where there is none, or Temporal keeps it no longer. */
  describe(id: string, execution: string): Promise<WorkflowExecutionDescription | null>;
  /** The last light execution of a run; null where it has none, or is an ordinary one by now. */
  last(id: string): Promise<WorkflowExecutionDescription | null>;
}

export function lightRunsOf(temporal: Temporal, catalogue: Pick<Catalogue, 'find'>): LightRuns {
  const { client } = temporal;
  const eventsOf = knownEvents(temporal);

  const describe: LightRuns['describe'] = async (id, execution) => {
    const address = parseLightExecution(execution);
    const goal = parseRunId(id)?.goal;
    if (address === null || goal === undefined) return null;
    const events = await hostEvents(temporal, goal, address).catch((error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
    const facts = lightRunIn(events, address);
    if (facts === null || `${facts.goal}:${facts.ask.key}` !== id) return null;
    const { answer } = facts;
    if (answer?.end === 'same') return answer.execution === execution ? null : describe(id, answer.execution);
    if (answer?.end === 'refused') return null;
    if (answer?.end === 'ordinary')
      return temporal.call(() => client.workflow.getHandle(id, answer.execution).describe());
    return described(id, execution, facts);
  };

  const last: LightRuns['last'] = async (id) => {
    const { goal, key } = parseRunId(id) ?? { goal: '', key: '' };
    const publication = await catalogue.find(goal);
    if (publication === null) return null;
    for (const n of lightHostsOf(key, publication)) {
      const found = await lastAt(id, key, n, publication);
      if (found !== null) return found;
    }
    return null;
  };

  /** The same, as one of the goal's hosts has it. */
  async function lastAt(
    id: string,
    key: string,
    n: number,
    { goal, freshMs }: Publication,
  ): Promise<WorkflowExecutionDescription | null> {
    const workflowId = lightHostId(goal, n);
    try {
      const latest = await temporal.call(() => client.workflow.getHandle(workflowId).describe());
      const { runId: host } = latest;
      const found = lastOfKey(await eventsOf(latest), key);
      if (found !== null) return await describe(id, lightExecution({ n, host, ...found }));
      const since = freshMs === undefined ? 0 : Date.now() - freshMs;
      const digests = [lightDigest(key)];
      const [before] = await lightKeysBefore(temporal, { host: workflowId, from: host, since, digests });
      return before?.end === 'a' ? await describe(id, before.execution) : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  return { describe, last };
}

/** The story of a light run that this gateway has just begun, and that is achieved: nothing is read. */
export function storyOfPlain(
  publication: Publication,
  { id, execution }: Pick<StartResult, 'id' | 'execution'>,
  { ask, answer }: NonNullable<StartResult['plain']>,
): RunStory {
  const { goal, taskQueue } = publication;
  const about = aboutGoal(publication);
  const events = lightEvents({ goal, taskQueue, about, ask, answer, acceptedAt: answer.begun });
  return runView({ id, execution, events, pendingActivities: [], now: answer.closed });
}

/** As Temporal describes an execution, as far as anybody asks. */
function described(id: string, execution: string, facts: LightRunFacts): WorkflowExecutionDescription {
  const events = lightEvents(facts);
  const start = events[0]?.workflowExecutionStartedEventAttributes;
  const achieved = facts.answer?.end === 'achieved' ? facts.answer : null;
  const startTime = new Date(millisecondsOf(events[0]?.eventTime) ?? 0);
  const { owner, team } = facts.about;
  return {
    workflowId: id,
    runId: execution,
    type: facts.goal,
    taskQueue: facts.taskQueue,
    status: achieved === null ? { code: 1, name: 'RUNNING' } : { code: 2, name: 'COMPLETED' },
    historyLength: events.length,
    startTime,
    executionTime: startTime,
    ...(achieved === null ? {} : { closeTime: new Date(achieved.closed) }),
    memo: Object.fromEntries(
      Object.entries(start?.memo?.fields ?? {}).map(([name, payload]) => [name, value(payload)]),
    ),
    searchAttributes: { [searchAttributes.owner]: [owner], [searchAttributes.team]: [team] },
    raw: { workflowExecutionInfo: { firstRunId: execution }, pendingActivities: [] },
  } as unknown as WorkflowExecutionDescription;
}
