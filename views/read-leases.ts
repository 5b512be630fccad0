// Reads of a run's history what it tells of the run's leases: begun, released, ended. What becomes of one after the run
// has closed is in its own history.

import type { temporal } from '@temporalio/proto';
import { leaseEndSchema, leaseTermsSchema } from '../goals/wire/lease.ts';
import { LEASE, memoNames, signalNames } from '../goals/wire/names.ts';
import { firstValue, value } from './payload.ts';
import { close, newStep, type StepState } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** Of an event that begins a lease: the step it belongs to and its terms. */
export function leaseBegun(event: Event) {
  const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (initiated?.workflowType?.name !== LEASE) return null;
  const terms = leaseTermsSchema.safeParse(firstValue(initiated.input)).data;
  const path = String(value(initiated.memo?.fields?.[memoNames.step]) ?? `lease#${event.eventId}`);
  return { path, id: initiated.workflowId ?? '', terms };
}

/** The ID of the lease that an event releases. */
export function leaseReleased(event: Event): string | null {
  const told = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
  return told?.signalName === signalNames.releaseLease ? (told.workflowExecution?.workflowId ?? null) : null;
}

export class LeaseReader {
  readonly #steps: Map<string, StepState>;
  readonly #begun = new Map<string, { path: string; expiresAt: string }>();
  readonly #of = new Map<string, StepState>();

  constructor(steps: Map<string, StepState>) {
    this.#steps = steps;
  }

  /** Whether it is an event of a lease. */
  read(event: Event, time: string): boolean {
    const begun = leaseBegun(event);
    if (begun !== null) {
      const { path, terms } = begun;
      this.#begun.set(String(event.eventId), { path, expiresAt: terms?.expiresAt ?? time });
      // It may be begun more than once, when the resource is still being torn down.
      if (!this.#steps.has(path))
        this.#steps.set(path, newStep(path, 'lease', terms?.job ?? path.replace(/#\d+$/, ''), time));
      return true;
    }
    const released = leaseReleased(event);
    if (released === null) return this.#started(event, time) || this.#ended(event);
    for (const {
      step: { lease },
    } of this.#of.values())
      if (lease?.id === released && lease.state === 'held') {
        lease.state = 'cleaning';
        lease.why = 'released';
      }
    return true;
  }

  /** From then on it is torn down; the history does not tell how that went. */
  runClosed(): void {
    for (const {
      step: { lease },
    } of this.#of.values())
      if (lease?.state === 'held') {
        lease.state = 'cleaning';
        lease.why = 'closed';
      }
  }

  #started(event: Event, time: string): boolean {
    const started = event.childWorkflowExecutionStartedEventAttributes;
    const begun = this.#begun.get(String(started?.initiatedEventId));
    const known = this.#steps.get(begun?.path ?? '');
    if (!started || begun === undefined || known === undefined) return false;
    close(known, 'succeeded', time);
    const { workflowId, runId } = started.workflowExecution ?? {};
    known.step.lease = {
      ...{ id: workflowId ?? '', execution: runId ?? '' },
      ...{ state: 'held', why: null, expiresAt: begun.expiresAt },
    };
    this.#of.set(String(started.initiatedEventId), known);
    return true;
  }

  #ended(event: Event): boolean {
    const completed = event.childWorkflowExecutionCompletedEventAttributes;
    const ended =
      completed ??
      event.childWorkflowExecutionFailedEventAttributes ??
      event.childWorkflowExecutionTimedOutEventAttributes ??
      event.childWorkflowExecutionCanceledEventAttributes ??
      event.childWorkflowExecutionTerminatedEventAttributes;
    const lease = this.#of.get(String(ended?.initiatedEventId))?.step.lease;
    if (lease === undefined) return false;
    lease.state = completed ? 'cleaned' : 'gone';
    lease.why = leaseEndSchema.safeParse(firstValue(completed?.result)).data?.why ?? lease.why;
    return true;
  }
}
