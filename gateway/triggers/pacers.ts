// Events on their way to a run that is held back: given to the workflow that debounces or throttles those of their key.

import type { Effect } from '../../goals/wire/answers.ts';
import {
  PACED_BYTES,
  type PacedEvent,
  type PacerState,
  type PaceTerms,
} from '../../goals/wire/event-pace.ts';
import { type CloudEvent, type EventTerms, eventDigest } from '../../goals/wire/events.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { EVENT_PACER, eventPacerId, SYSTEM_TASK_QUEUE, signalNames } from '../../goals/wire/names.ts';
import type { PublishedGoal } from '../../goals/wire/pause.ts';
import { runKey, valueAt } from '../../goals/wire/run-id.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { canonicalJson } from '../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { Problem } from '../http/problems.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { refusingFull } from './full-workflows.ts';

export interface Pacers {
  /** A `Problem` when the goal is paused or the input too large; an `EventsFull` when the pacer is full. */
  hold(
    publication: PublishedGoal,
    terms: EventTerms & { pace: PaceTerms },
    event: CloudEvent,
    item: unknown,
  ): Promise<Omit<Effect, 'goal'>>;
}

export function pacersOf(temporal: Temporal): Pacers {
  const refuseFull = refusingFull(temporal);
  return {
    async hold({ goal, key, paused }, { pace, ...which }, event, item) {
      if (paused)
        throw new Problem('goal_paused', `${goal} is paused since ${paused.at}. No event is taken for it.`);
      const bytes = jsonBytes(item);
      if (bytes > PACED_BYTES)
        throw new Problem(
          'input_too_large',
          `What ${goal} takes of the event has ${bytes} bytes; ${PACED_BYTES} at most where events are debounced or throttled. Pass a reference to the data.`,
        );
      const values =
        pace.by.length === 0 ? runKey(item, key).id : pace.by.map((path) => valueAt(event, path) ?? null);
      const id = eventPacerId(
        goal,
        sha256(canonicalJson({ ...which, how: pace.how, by: pace.by })).slice(0, 12),
        sha256(canonicalJson(values)).slice(0, 24),
      );
      await refuseFull(id);
      const { id: ref, source, type } = event;
      const given: PacedEvent = {
        ...{ digest: eventDigest(event), item, type: boundedText(type, 200), pace },
        ...{ id: boundedText(ref, 300), source: boundedText(source, 300) },
      };
      const begin: PacerState = { goal, held: null, startedAt: 0, refusals: 0, seen: [] };
      await temporal.call(() =>
        temporal.client.workflow.signalWithStart(EVENT_PACER, {
          workflowId: id,
          taskQueue: SYSTEM_TASK_QUEUE,
          args: [begin],
          signal: signalNames.paced,
          signalArgs: [given],
          staticSummary: `events for ${goal} that become fewer runs`,
        }),
      );
      return { how: 'held', pacer: id } as Omit<Effect, 'goal'>;
    },
  };
}
