// The rules of a mailbox, apart from what makes them durable: no clock, no Temporal.
//
// kept-events.1. An event that comes twice counts once, as long as it is among the last SEEN_LIMIT.
// kept-events.2. An execution gets each event once, in the order in which they came; a later execution of its run gets none that an
//     earlier one took, but that of one which did not achieve the goal.
// kept-events.3. An event that nobody has taken is dropped only when there are too many, or it is too old; and that is counted.

import type { Came, KeptEvent, Mail, MailboxState, Waiter } from '../../goals/wire/waits.ts';

/** So many events are known again. */
const SEEN_LIMIT = 2_000;
const SEEN_LENGTH = 16;

/** All that it keeps is the input of its next execution. */
const KEPT_BYTES = 512 * 1024;

/** Of one event so many runs are known that took it. */
const TAKERS_LIMIT = 1_000;

const WAITING_LIMIT = 5_000;

/** One that a waiter is to be told. */
export interface Answered {
  waiter: Waiter;
  came: Omit<Came, 'box'>;
}

export class KeptEvents {
  readonly state: MailboxState;
  #told: Answered[] = [];

  constructor(state: MailboxState) {
    this.state = state;
  }

  offer({ digest, event, keep }: Mail, now: number): void {
    const { state } = this;
    const mark = digest.slice(0, SEEN_LENGTH);
    state.keep = keep;
    // kept-events.1
    if (state.seen.includes(mark)) return;
    state.seen.push(mark);
    if (state.seen.length > SEEN_LIMIT) state.seen.shift();
    // Numbers go on where a mailbox has ended and another has begun.
    state.last = Math.max(state.last + 1, now);
    state.events.push({ n: state.last, at: now, event, takers: {} });
    this.#answer();
    this.#makeRoom(now);
  }

  wait(waiter: Waiter): void {
    const { waiting } = this.state;
    const i = waiting.findIndex(({ execution }) => execution === waiter.execution);
    if (i >= 0) waiting[i] = waiter;
    else if (waiting.length < WAITING_LIMIT) waiting.push(waiter);
    this.#answer();
    if (this.state.dropped > 0 && this.state.waiting.includes(waiter)) this.#tell(waiter, null);
  }

  leave(execution: string): void {
    this.state.waiting = this.state.waiting.filter((one) => one.execution !== execution);
  }

  /** It has ended before it heard of an event, which is another's to take. */
  unreachable({ waiter: { run, execution }, came: { n } }: Answered): void {
    this.leave(execution);
    const event = this.state.events.find((one) => one.n === n);
    if (event?.takers[run] === execution) delete event.takers[run];
    this.#answer();
  }

  /** Drops what is too old. */
  expire(now: number): void {
    const { events, keep } = this.state;
    const isOld = ({ at }: KeptEvent): boolean => at + keep.forMs <= now;
    for (const event of events.filter(isOld)) this.#drop(event, now);
    if (this.state.droppedAt + keep.forMs <= now) this.state.dropped = 0;
  }

  /** Who is to be told something. */
  takeTold(): Answered[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }

  get hasToTell(): boolean {
    return this.#told.length > 0;
  }

  /** When something is too old next; null when nothing is kept. */
  get nextDue(): number | null {
    const { events, keep, dropped, droppedAt } = this.state;
    const times = [
      ...events.map(({ at }) => at + keep.forMs),
      ...(dropped > 0 ? [droppedAt + keep.forMs] : []),
    ];
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Nobody waits, and there is nothing to keep or to tell. */
  get isIdle(): boolean {
    const { events, waiting, dropped } = this.state;
    return events.length === 0 && waiting.length === 0 && dropped === 0;
  }

  #answer(): void {
    for (const waiter of [...this.state.waiting]) {
      // kept-events.2
      const event = this.state.events.find((one) => isFor(waiter, one));
      if (event === undefined) continue;
      const { [waiter.run]: _, ...takers } = event.takers;
      event.takers = Object.fromEntries([
        ...Object.entries(takers).slice(1 - TAKERS_LIMIT),
        [waiter.run, waiter.execution],
      ]);
      this.leave(waiter.execution);
      this.#tell(waiter, event);
    }
  }

  #tell(waiter: Waiter, event: KeptEvent | null): void {
    const came = { event: event?.event ?? null, n: event?.n ?? 0, dropped: this.state.dropped };
    this.#told.push({ waiter, came });
  }

  #makeRoom(now: number): void {
    const { state } = this;
    const bytes = (): number => state.events.reduce((sum, { event }) => sum + sizeOf(event), 0);
    while (state.events.length > state.keep.events || (state.events.length > 1 && bytes() > KEPT_BYTES)) {
      // What somebody has taken is kept for others only.
      const taken = state.events.find(isTaken);
      this.#drop(taken ?? (state.events[0] as KeptEvent), now);
    }
  }

  #drop(event: KeptEvent, now: number): void {
    const { state } = this;
    state.events = state.events.filter((one) => one !== event);
    // kept-events.3
    if (isTaken(event)) return;
    state.dropped++;
    state.droppedAt = now;
  }
}

const isTaken = ({ takers }: KeptEvent): boolean => Object.keys(takers).length > 0;

function isFor({ run, execution, after, again }: Waiter, { n, takers }: KeptEvent): boolean {
  const taker = Object.hasOwn(takers, run) ? takers[run] : undefined;
  return n > after && (taker === undefined || taker === execution || taker === again);
}

const sizeOf = (event: unknown): number => JSON.stringify(event).length;
