// An event that cancels the open run which it names. Which execution that was is remembered by a workflow of no step, so that
// the event, sent again, cancels none that began later.

import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { actorText } from '../../goals/wire/actor.ts';
import type { Effect } from '../../goals/wire/answers.ts';
import { type CloudEvent, eventDigest } from '../../goals/wire/events.ts';
import { memoNames, REQUEST, requestRecordId, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { inputPath, runId, runKey } from '../../goals/wire/run-id.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { type MatchedEvents, matchedInEvent } from '../../goals/wire/waits.ts';
import { startExecution } from '../../process/start-execution.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';

/** Cancels the open run of the goal that the event names; null when there is none. */
export async function cancelByEvent(
  temporal: Temporal,
  publication: Publication,
  terms: MatchedEvents,
  event: CloudEvent,
): Promise<Effect | null> {
  const values = matchedInEvent(terms, event);
  if (values === null) return null;
  const { goal, key, formerly = [] } = publication;
  const byPath = new Map(Object.entries(terms.match).map(([path, inInput]) => [inInput, values[path]]));
  const { id } = runKey({ of: key.map((path) => byPath.get(inputPath(path))) }, placesOf(key));
  for (const name of [goal, ...formerly]) {
    const run = runId(name, id);
    const execution = await executionFor(temporal, run, event);
    if (execution === null) continue;
    const asked = await cancelled(temporal, { run, execution }, event);
    if (asked) return { goal, how: 'cancelled', run, execution };
  }
  return null;
}

/** Where the values of the key stand in what it is made of here; a secret one stays one. */
const placesOf = (key: readonly string[]): string[] =>
  key.map((path, i) => `${path.slice(0, path.length - inputPath(path).length)}of.${i}`);

/** The execution that was open when the event came first; null when none was. */
async function executionFor(temporal: Temporal, run: string, event: CloudEvent): Promise<string | null> {
  const described = (id: string) => temporal.call(() => temporal.client.workflow.getHandle(id).describe());
  const open = await described(run).then(
    ({ status, runId: execution }) => (status.name === 'RUNNING' ? execution : null),
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    },
  );
  const workflowId = requestRecordId(sha256(`cancel\n${run}\n${eventDigest(event)}`).slice(0, 32));
  const begun = await startExecution(temporal, {
    start: {
      workflowId,
      memo: { [memoNames.cancels]: open ?? '' },
      typedSearchAttributes: [],
      staticSummary: `an event that cancels ${run}`,
    },
    ...{ type: REQUEST, taskQueue: SYSTEM_TASK_QUEUE, args: [], requestId: randomUUID() },
    ...{ after: 'none', whenRunning: 'refuse' },
  });
  if (begun !== null) return open;
  const before = (await described(workflowId)).memo?.[memoNames.cancels];
  return typeof before === 'string' && before !== '' ? before : null;
}

async function cancelled(
  temporal: Temporal,
  { run, execution }: { run: string; execution: string },
  event: CloudEvent,
): Promise<boolean> {
  try {
    await temporal.call((service) =>
      service.requestCancelWorkflowExecution({
        namespace: temporal.namespace,
        workflowExecution: { workflowId: run, runId: execution },
        identity: actorText(boundedText(event.source, 300), { verified: false }),
        requestId: eventDigest(event),
        reason: boundedText(`the event ${event.type} with the ID ${event.id}`, 500),
      }),
    );
    return true;
  } catch (error) {
    // It has closed meanwhile.
    if (isNotFound(error)) return false;
    throw error;
  }
}
