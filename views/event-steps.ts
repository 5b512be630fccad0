// The steps of a history that waited for an event: said in the memo, and which event it was told by a signal.

import type { temporal } from '@temporalio/proto';
import { mailSignals, memoNames, stepOfAwaited } from '../goals/wire/names.ts';
import type { Step } from '../goals/wire/run-view.ts';
import {
  type Arrived,
  type AwaitedEvent,
  awaitedSchema,
  cameSchema,
  type EndedWait,
  endedWaitSchema,
} from '../goals/wire/waits.ts';
import { firstValue, value } from './payload.ts';
import { close, isOpen, newStep, type StepState } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** What an event of a memo tells of waits: those that begin, or go on (null for each that has ended), and how one ended. */
export function waitsIn(event: Event): {
  waits: [step: string, awaited: AwaitedEvent | null][];
  ended: EndedWait | null;
} {
  const fields = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields ?? {};
  const waits = Object.entries(fields).flatMap(([field, payload]): [string, AwaitedEvent | null][] => {
    const step = stepOfAwaited(field);
    return step === null ? [] : [[step, awaitedSchema.safeParse(value(payload)).data ?? null]];
  });
  return { waits, ended: endedWaitSchema.safeParse(value(fields[memoNames.waited])).data ?? null };
}

/** The events that mailboxes gave a run, by mailbox and number. */
export class CameEvents {
  readonly #came = new Map<string, Arrived['event']>();

  /** Whether the event of the history is of that kind. */
  read({ workflowExecutionSignaledEventAttributes: signaled }: Event): boolean {
    if (signaled?.signalName !== mailSignals.came) return false;
    const { box, n, event } = cameSchema.safeParse(firstValue(signaled.input)).data ?? {};
    if (event) this.#came.set(`${box} ${n}`, event);
    return true;
  }

  of({ box, n }: EndedWait): Arrived | null {
    const event = n === null ? undefined : this.#came.get(`${box} ${n}`);
    return event === undefined || n === null ? null : { n, event };
  }
}

export class EventSteps {
  readonly #steps: Map<string, StepState>;
  readonly #came = new CameEvents();

  constructor(steps: Map<string, StepState>) {
    this.#steps = steps;
  }

  /** Whether the event is one of theirs. */
  read(event: Event, time: string): boolean {
    if (this.#came.read(event)) return true;
    const { waits, ended } = waitsIn(event);
    for (const [path, awaited] of waits)
      if (awaited === null) this.#ended(path, ended?.step === path ? ended : null, time);
      else this.#waits(path, awaited, time);
    return waits.length > 0;
  }

  #waits(path: string, awaited: AwaitedEvent, time: string): void {
    const known = this.#steps.get(path) ?? newStep(path, 'event', path.replace(/#\d+$/, ''), time);
    known.step.awaits = { ...awaited, event: null };
    this.#steps.set(path, known);
  }

  #ended(path: string, ended: EndedWait | null, time: string): void {
    const known = this.#steps.get(path);
    if (known?.step.awaits === undefined || !isOpen(known)) return;
    const arrived = ended === null ? null : this.#came.of(ended);
    known.step.awaits.event = shownEvent(arrived?.event);
    if (ended === null) close(known, 'cancelled', time);
    else close(known, endOfWait(known.step.awaits), time);
  }
}

/** How a wait ended that was not torn down. */
export const endOfWait = ({ event, consequence }: NonNullable<Step['awaits']>): Step['state'] =>
  event !== null || consequence === 'continue' ? 'succeeded' : 'failed';

/** Of an event what the view shows: its data may be anything. */
export const shownEvent = (
  event: { id: string; source: string; time?: unknown } | undefined,
): NonNullable<Step['awaits']>['event'] =>
  event === undefined
    ? null
    : { id: event.id, source: event.source, ...(typeof event.time === 'string' && { time: event.time }) };
