// Reads of a run's history what it tells of timers: the run's deadline, the steps that sleep, the waits before an attempt.

import type { temporal } from '@temporalio/proto';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import { DEADLINE_TIMER } from '../goals/wire/names.ts';
import { millisecondsOf } from './event-time.ts';
import { value } from './payload.ts';
import type { StepBook } from './step-book.ts';
import { close, newStep } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

// Other timers are the engine's own waiting.
const STEP_PATH = /#\d+(?:~\d+)?$/;

export class TimerReader {
  deadline: string | null = null;
  readonly #book: StepBook;
  readonly #pathOfTimer = new Map<string, string>();
  #taskStartedAt = 0;

  constructor(book: StepBook) {
    this.#book = book;
  }

  /** Whether it is an event of a timer, or of the task that begins some. */
  read(event: Event, time: string): boolean {
    const { timerFiredEventAttributes: fired, timerCanceledEventAttributes: cancelled } = event;
    if (event.workflowTaskStartedEventAttributes) this.#taskStartedAt = Date.parse(time);
    else if (event.timerStartedEventAttributes) this.#started(event, time);
    else if (fired) this.#closed(fired.timerId, 'succeeded', time);
    else if (cancelled) this.#closed(cancelled.timerId, 'cancelled', time);
    else return false;
    return true;
  }

  #started(event: Event, time: string): void {
    const { timerId, startToFireTimeout } = event.timerStartedEventAttributes ?? {};
    const summary = value(event.userMetadata?.summary);
    if (summary === DEADLINE_TIMER) {
      // The workflow counted from the start of its task, by which it tells the time.
      const ms = this.#taskStartedAt + (millisecondsOf(startToFireTimeout) ?? 0);
      this.deadline = new Date(ms).toISOString();
    } else if (typeof summary === 'string' && STEP_PATH.test(summary)) {
      this.#pathOfTimer.set(timerId ?? '', summary);
      const { path, n } = attemptOf(summary);
      const known = this.#book.get(path);
      if (n > 1 && known !== undefined)
        known.step.nextAttemptAt = new Date(
          Date.parse(time) + (millisecondsOf(startToFireTimeout) ?? 0),
        ).toISOString();
      else this.#book.set(summary, newStep(summary, 'sleep', summary.replace(/#\d+$/, ''), time));
    }
  }

  #closed(timerId: string | null | undefined, state: 'succeeded' | 'cancelled', time: string): void {
    const { path, n } = attemptOf(this.#pathOfTimer.get(timerId ?? '') ?? '');
    const known = this.#book.get(path);
    // After the wait for its next attempt a step goes on.
    if (known && (n === 1 || state === 'cancelled')) close(known, state, time);
  }
}
