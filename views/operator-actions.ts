// What people did to a run from outside of its goal, as Temporal wrote it down: when, who, why.

import type { temporal } from '@temporalio/proto';
import { actorIn, verifiedMark } from '../goals/wire/actor.ts';
import { RESERVED_PREFIX, signalNames } from '../goals/wire/names.ts';
import { runPauseSignalSchema } from '../goals/wire/pause.ts';
import type { OperatorAction } from '../goals/wire/run-record.ts';
import { workflowTaskFailedCause } from '../goals/wire/temporal-enums.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { annotationIn } from './annotations.ts';
import { decisionIn } from './asked-steps.ts';
import { at } from './event-time.ts';
import { firstValue } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

const TEXT_LIMIT = 500;

/** The operator actions of a history, in order. */
export function operatorActions(events: readonly Event[]): OperatorAction[] {
  let isHeld = false;
  return events.flatMap((event) => {
    // A run may be told more than once that it is held.
    const held = heldBy(event);
    if (held === isHeld) return [];
    isHeld = held ?? isHeld;
    const tagged = tagActions(event);
    if (tagged !== null) return tagged;
    const found = actionOf(event);
    if (found === null) return [];
    const { kind, by, verified, reason, name } = found;
    const who = { by: textOr(by), ...verifiedMark({ verified: verified === true }) };
    return [{ kind, at: at(event), ...who, reason: textOr(reason), name: textOr(name) }];
  });
}

/** What an annotation did to tags, or that it retracted the run; nothing for what the run itself has; null for any other event. */
export function tagActions(event: Event): OperatorAction[] | null {
  const annotation = annotationIn(event);
  if (annotation === null) return null;
  const { at, by } = annotation;
  if (annotation.kind === 'retract')
    return [{ kind: 'retract', at, by, ...verifiedMark(annotation), reason: annotation.reason, name: null }];
  if (annotation.kind !== 'tag') return [];
  const { add, remove } = annotation;
  const one = (kind: 'tag' | 'untag') => (name: string) => ({
    ...{ kind, at, by, ...verifiedMark(annotation), reason: null, name },
  });
  return [...remove.map(one('untag')), ...add.map(one('tag'))];
}

/** Whether a run is told to be held; null for what tells nothing of it. */
function heldBy({ workflowExecutionSignaledEventAttributes: signal }: Event): boolean | null {
  if (signal?.signalName !== signalNames.hold) return null;
  return runPauseSignalSchema.safeParse(firstValue(signal.input)).data?.held ?? null;
}

type Found = {
  kind: OperatorAction['kind'];
  by?: unknown;
  verified?: unknown;
  reason?: unknown;
  name?: unknown;
};

function actionOf(event: Event): Found | null {
  const cancel = event.workflowExecutionCancelRequestedEventAttributes;
  if (cancel) {
    const { cause, identity, externalWorkflowExecution } = cancel;
    const by = externalWorkflowExecution?.workflowId || identity;
    return { kind: 'cancel', ...actorIn(by ?? ''), reason: cause };
  }
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated)
    return { kind: 'terminate', ...actorIn(terminated.identity ?? ''), reason: terminated.reason };
  const failed = event.workflowTaskFailedEventAttributes;
  if (failed?.cause === workflowTaskFailedCause.RESET_WORKFLOW)
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
  if (decided !== null) {
    const { decision, step, by, verified, reason } = decided;
    return { kind: decision, name: step, by, verified, reason };
  }
  const name = (signal ? signal.signalName : update?.input?.name) ?? '';
  const { by, verified, reason, held } = (firstValue(signal ? signal.input : update?.input?.args) ?? {}) as {
    held?: unknown;
    by?: unknown;
    verified?: unknown;
    reason?: unknown;
  };
  // A run's own machinery speaks without saying who it is; an operator's action always does.
  if (name.startsWith(RESERVED_PREFIX) && typeof by !== 'string') return null;
  if (name === signalNames.hold) return { kind: held === true ? 'pause' : 'unpause', by, verified, reason };
  const identity =
    signal?.externalWorkflowExecution?.workflowId || (signal ? signal.identity : update?.meta?.identity);
  const who = by ? { by, verified } : { by: identity };
  return { kind: signal ? 'signal' : 'update', name, ...who, reason };
}

const textOr = (given: unknown): string | null =>
  typeof given === 'string' && given !== '' ? boundedText(given, TEXT_LIMIT) : null;
