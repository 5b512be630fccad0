// What people did to a run from outside of its goal, as Temporal wrote it down: when, who, why.

import type { temporal } from '@temporalio/proto';
import { RESERVED_PREFIX, signalNames } from '../goals/wire/names.ts';
import { holdSignalSchema } from '../goals/wire/pause.ts';
import type { OperatorAction } from '../goals/wire/run-record.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { decisionIn } from './asked-steps.ts';
import { at } from './event-time.ts';
import { firstValue } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

// temporal.api.enums.v1.WorkflowTaskFailedCause: of Temporal's protocol only the types are taken.
const RESET_WORKFLOW = 20;
const TEXT_LIMIT = 500;

/** The operator actions of a history, in order. */
export function operatorActions(events: readonly Event[]): OperatorAction[] {
  let isHeld = false;
  return events.flatMap((event) => {
    // A run may be told more than once that it is held.
    const held = heldBy(event);
    if (held === isHeld) return [];
    isHeld = held ?? isHeld;
    const found = actionOf(event);
    if (found === null) return [];
    const { kind, by, reason, name } = found;
    return [{ kind, at: at(event), by: textOr(by), reason: textOr(reason), name: textOr(name) }];
  });
}

/** Whether a run is told to be held; null for what tells nothing of it. */
function heldBy({ workflowExecutionSignaledEventAttributes: signal }: Event): boolean | null {
  if (signal?.signalName !== signalNames.hold) return null;
  return holdSignalSchema.safeParse(firstValue(signal.input)).data?.held ?? null;
}

type Found = { kind: OperatorAction['kind']; by?: unknown; reason?: unknown; name?: unknown };

function actionOf(event: Event): Found | null {
  const cancel = event.workflowExecutionCancelRequestedEventAttributes;
  if (cancel) {
    const { cause, identity, externalWorkflowExecution } = cancel;
    return { kind: 'cancel', by: externalWorkflowExecution?.workflowId || identity, reason: cause };
  }
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated) return { kind: 'terminate', by: terminated.identity, reason: terminated.reason };
  const failed = event.workflowTaskFailedEventAttributes;
  if (failed?.cause === RESET_WORKFLOW)
    return { kind: 'reset', by: failed.identity, reason: failed.failure?.message };
  const paused = event.workflowExecutionPausedEventAttributes;
  if (paused) return { kind: 'pause', by: paused.identity, reason: paused.reason };
  const unpaused = event.workflowExecutionUnpausedEventAttributes;
  if (unpaused) return { kind: 'unpause', by: unpaused.identity, reason: unpaused.reason };
  return messageOf(event);
}

/** A signal or an update, unless goalkeeper sent it to itself. What its payload says of who and why comes first. */
function messageOf(event: Event): Found | null {
  const signal = event.workflowExecutionSignaledEventAttributes;
  const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
  if (!(signal || update)) return null;
  const decided = decisionIn(event);
  if (decided !== null)
    return { kind: decided.decision, name: decided.step, by: decided.by, reason: decided.reason };
  const name = (signal ? signal.signalName : update?.input?.name) ?? '';
  const { by, reason, held } = (firstValue(signal ? signal.input : update?.input?.args) ?? {}) as {
    held?: unknown;
    by?: unknown;
    reason?: unknown;
  };
  // A run's own machinery speaks without saying who it is; an operator's action always does.
  if (name.startsWith(RESERVED_PREFIX) && typeof by !== 'string') return null;
  if (name === signalNames.hold) return { kind: held === true ? 'pause' : 'unpause', by, reason };
  const identity =
    signal?.externalWorkflowExecution?.workflowId || (signal ? signal.identity : update?.meta?.identity);
  return { kind: signal ? 'signal' : 'update', name, by: by || identity, reason };
}

const textOr = (given: unknown): string | null =>
  typeof given === 'string' && given !== '' ? boundedText(given, TEXT_LIMIT) : null;
