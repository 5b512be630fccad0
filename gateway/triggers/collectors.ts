// Events on their way into a batch: given to the workflow that collects them, as long as it can carry more.

import { BATCHED_BYTES, type BatchedEvent, type BatchState } from '../../goals/wire/event-batch.ts';
import type { EventTerms } from '../../goals/wire/events.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { EVENT_BATCH, eventBatchId, SYSTEM_TASK_QUEUE, signalNames } from '../../goals/wire/names.ts';
import type { PublishedGoal } from '../../goals/wire/pause.ts';
import { canonicalJson } from '../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { Problem } from '../http/problems.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { refusingFull } from './full-workflows.ts';

export interface Collectors {
  /** A `Problem` when the goal is paused or the event too large for a batch; one of 503 when the collector is full. */
  collect(
    publication: PublishedGoal,
    terms: EventTerms,
    event: Pick<BatchedEvent, 'digest' | 'item' | 'type'>,
  ): Promise<{ how: 'batched'; batch: string }>;
}

export function collectorsOf(temporal: Temporal): Collectors {
  const refuseFull = refusingFull(temporal);

  return {
    async collect({ goal, paused }, { batch, ...which }, event) {
      if (paused)
        throw new Problem('goal_paused', `${goal} is paused since ${paused.at}. No event is taken for it.`);
      const bytes = jsonBytes(event.item);
      if (bytes > BATCHED_BYTES)
        throw new Problem(
          'input_too_large',
          `What ${goal} takes of the event has ${bytes} bytes; ${BATCHED_BYTES} at most in a batch. Pass a reference to the data.`,
        );
      const id = eventBatchId(goal, sha256(canonicalJson(which)).slice(0, 12));
      await refuseFull(id);
      const told: BatchedEvent = { ...event, size: batch?.size ?? 1, afterMs: batch?.afterMs ?? 0 };
      const begin: BatchState = { goal, waiting: [], seen: [] };
      await temporal.call(() =>
        temporal.client.workflow.signalWithStart(EVENT_BATCH, {
          workflowId: id,
          taskQueue: SYSTEM_TASK_QUEUE,
          args: [begin],
          signal: signalNames.batched,
          signalArgs: [told],
          staticSummary: `events for ${goal}, until there are enough for a run`,
        }),
      );
      return { how: 'batched', batch: id };
    },
  };
}
