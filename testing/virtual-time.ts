// The clock of a simulation. It stands still while code runs, and goes to whatever is due next once nothing else goes on.

/** What is due at a time. `backstop`: nobody waits for it, so that a run which has nothing else is stuck. */
type Kind = 'engine' | 'fake' | 'backstop';

interface Entry {
  at: number;
  /** Of two that are due at one time the first that was asked for comes first. */
  order: number;
  kind: Kind;
  fire: (() => void) | null;
}

/** Something that is due, until it is cancelled. */
export interface Due {
  cancel(): void;
}

export class VirtualTime {
  /** Milliseconds since 1970. */
  now: number;
  readonly startedAt: number;
  /** How many have fired that were not a fake's own: by this a second walk knows where it is. */
  fired = 0;
  readonly #heap: Entry[] = [];
  #orders = 0;
  #awaited = 0;
  #moment: (() => void)[] = [];

  constructor(startedAt: number) {
    this.startedAt = startedAt;
    this.now = startedAt;
  }

  get iso(): string {
    return new Date(this.now).toISOString();
  }

  /** Calls `fire` when so many milliseconds have passed. */
  in(ms: number, fire: () => void, kind: Kind = 'engine'): Due {
    const entry: Entry = { at: this.now + Math.max(0, ms), order: this.#orders++, kind, fire };
    this.#push(entry);
    if (kind !== 'backstop') this.#awaited++;
    return {
      cancel: () => {
        if (entry.fire === null) return;
        entry.fire = null;
        if (kind !== 'backstop') this.#awaited--;
      },
    };
  }

  /** Calls `then` when all that goes on at this moment has gone on. */
  atEndOfMoment(then: () => void): void {
    this.#moment.push(then);
  }

  /** Ends the moment, if something waits for that. */
  endMoment(): boolean {
    if (this.#moment.length === 0) return false;
    const waiting = this.#moment;
    this.#moment = [];
    for (const then of waiting) then();
    return true;
  }

  /** Goes to what is due next; false where nothing is that anybody waits for. `withBackstops`: or only guards against. */
  goOn(withBackstops: boolean): boolean {
    if (this.#awaited === 0 && !withBackstops) return false;
    for (let entry = this.#pop(); entry !== undefined; entry = this.#pop()) {
      const { fire, kind, at } = entry;
      if (fire === null) continue;
      entry.fire = null;
      if (kind !== 'backstop') this.#awaited--;
      if (kind !== 'fake') this.fired++;
      this.now = Math.max(this.now, at);
      fire();
      return true;
    }
    return false;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const above = (i - 1) >> 1;
      const other = heap[above] as Entry;
      if (!isBefore(entry, other)) break;
      heap[i] = other;
      i = above;
    }
    heap[i] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const below = right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
      if (!isBefore(heap[below] as Entry, last)) break;
      heap[i] = heap[below] as Entry;
      i = below;
    }
    heap[i] = last;
    return first;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
