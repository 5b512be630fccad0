// The steps of a history that asked something of a person: asked in the memo, decided by an update or by a timer.

import type { temporal } from '@temporalio/proto';
import {
  type Decided,
  type DecisionRequest,
  decisionRequestSchema,
  type Question,
  questionSchema,
} from '../goals/wire/approvals.ts';
import { stepOfExpiry, stepOfMemo, updateNames } from '../goals/wire/names.ts';
import { at } from './event-time.ts';
import { firstValue, value } from './payload.ts';
import { close, isOpen, newStep, type StepState } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** What the steps ask that an event of a memo begins; null for each that waits no longer. */
export function askedIn(event: Event): [step: string, asked: Question | null][] {
  const fields = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields ?? {};
  return Object.entries(fields).flatMap(([field, payload]): [string, Question | null][] => {
    const step = stepOfMemo(field);
    return step === null ? [] : [[step, questionSchema.safeParse(value(payload)).data ?? null]];
  });
}

/** The decision that an event tells: an update that was accepted. */
export function decisionIn(event: Event): (DecisionRequest & Decided) | null {
  const input = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
  if (input?.name !== updateNames.decide) return null;
  const request = decisionRequestSchema.safeParse(firstValue(input.args)).data;
  return request === undefined ? null : { ...request, at: at(event) };
}

export class AskedSteps {
  readonly #steps: Map<string, StepState>;
  readonly #pathOfTimer = new Map<string, string>();
  readonly #expired = new Set<string>();

  constructor(steps: Map<string, StepState>) {
    this.#steps = steps;
  }

  /** Whether the event is one of theirs. */
  read(event: Event, time: string): boolean {
    const asked = askedIn(event);
    for (const [path, one] of asked)
      if (one === null) this.#ended(path, time);
      else this.#began(path, one, time);
    if (asked.length > 0) return true;
    const decision = decisionIn(event);
    if (decision === null) return this.#timer(event);
    const { step: path, ...decided } = decision;
    const asks = this.#steps.get(path)?.step.asked;
    if (asks === undefined) return true;
    const { as: _, signed: __, ...said } = decided;
    const { by, reason, verified, at: when } = said;
    const approvals = [...(asks.approvals ?? []), { by, reason, verified, at: when }];
    const isOneOfSeveral = said.decision === 'approve' && asks.count !== undefined;
    if (isOneOfSeveral) asks.approvals = approvals;
    // The run takes no approval that does not count.
    if (!isOneOfSeveral || approvals.length >= (asks.count ?? 1)) asks.decision = said;
    return true;
  }

  #began(path: string, { kind, name, ...rest }: Question, time: string): void {
    const begun = newStep(path, kind, name, time);
    begun.step.asked = { ...rest, decision: null };
    this.#steps.set(path, begun);
  }

  #ended(path: string, time: string): void {
    const known = this.#steps.get(path);
    if (known?.step.asked === undefined || !isOpen(known)) return;
    const { decision, expires } = known.step.asked;
    const verdict = decision?.decision ?? (this.#expired.has(path) ? expires?.consequence : undefined);
    if (verdict === undefined) close(known, 'cancelled', time);
    else close(known, verdict === 'approve' ? 'succeeded' : 'failed', time);
  }

  #timer(event: Event): boolean {
    const started = event.timerStartedEventAttributes;
    const summary = started ? value(event.userMetadata?.summary) : undefined;
    const path = typeof summary === 'string' ? stepOfExpiry(summary) : null;
    if (path !== null) this.#pathOfTimer.set(started?.timerId ?? '', path);
    const expired = this.#pathOfTimer.get(event.timerFiredEventAttributes?.timerId ?? '');
    if (expired !== undefined) this.#expired.add(expired);
    return path !== null || expired !== undefined;
  }
}
