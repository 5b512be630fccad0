// The rules of a pool's semaphore, apart from what makes them durable: no clock, no Temporal.
//
// permits.1. Never more permits are held than `atOnce`, nor granted within a second than `perSecond`.
// permits.2. A request that is repeated changes nothing; that of a holder is answered again.
// permits.3. A permit comes free by itself: at its time, or sooner when its run was ended.

import {
  HOLDERS_SHOWN,
  type Permit,
  type PermitRequest,
  type PoolLimits,
  type PoolMemo,
  WAITERS_SHOWN,
} from '../../goals/wire/pools.ts';

interface Waiter extends Omit<PermitRequest, 'pool'> {
  /** When it asked first. A semaphore that an older worker ran does not say. */
  since?: number;
}
export interface Holder extends Waiter {
  since: number;
  until: number;
}

/** All of it bounded: it is the input of the semaphore's next execution. Times in milliseconds since 1970. */
export interface PermitsState {
  limits: PoolLimits;
  /** In the order in which they came. */
  waiting: Waiter[];
  holding: Holder[];
  /** When permits were granted, within the last second. */
  starts: number[];
  /** When the next one may be granted, so that they do not come all at once. */
  nextAt: number;
}

/** Who comes later is not kept, and asks again. */
const WAITING = 1000;

const SECOND = 1000;

export const initialPermitsState = (name: string): PermitsState => ({
  limits: { name, atOnce: null, perSecond: null },
  waiting: [],
  holding: [],
  starts: [],
  nextAt: 0,
});

const isOf =
  ({ execution, id }: Permit) =>
  (other: Permit): boolean =>
    other.execution === execution && other.id === id;

export class Permits {
  readonly state: PermitsState;
  #answers: Holder[] = [];

  constructor(state: PermitsState) {
    this.state = state;
  }

  ask({ pool, ...request }: PermitRequest, now: number): void {
    const { state } = this;
    state.limits = { ...pool, name: state.limits.name };
    const held = state.holding.find(isOf(request));
    if (held !== undefined) this.#answers.push(held);
    // permits.2
    if (held !== undefined || state.waiting.some(isOf(request)) || state.waiting.length >= WAITING) return;
    // Time in which nobody waited is no credit: what comes then would come all at once.
    if (state.waiting.length === 0) state.nextAt = Math.max(state.nextAt, now);
    state.waiting.push({ ...request, since: now });
  }

  release(permit: Permit): void {
    const others = (list: Permit[]) => list.filter((other) => !isOf(permit)(other));
    this.state.waiting = others(this.state.waiting) as Waiter[];
    this.state.holding = others(this.state.holding) as Holder[];
  }

  /** The execution cannot be told: it is no more, and held nothing but what it was not told of. */
  unreachable(permit: Permit): void {
    this.release(permit);
    this.state.waiting = this.state.waiting.filter(({ execution }) => execution !== permit.execution);
  }

  /** These executions have ended. What they hold comes free once their attempts must have heard of it. */
  ended(executions: readonly string[], now: number): void {
    for (const holder of this.state.holding)
      if (executions.includes(holder.execution)) holder.until = Math.min(holder.until, now + holder.graceMs);
    this.state.waiting = this.state.waiting.filter(({ execution }) => !executions.includes(execution));
  }

  /** Who is to be told of a permit: those to whom one is granted now, and holders who asked again. */
  grant(now: number): Holder[] {
    const { state } = this;
    // permits.3
    state.holding = state.holding.filter(({ until }) => until > now);
    state.starts = state.starts.filter((at) => at > now - SECOND);
    const told = this.#answers.filter((answer) => state.holding.includes(answer));
    this.#answers = [];
    // permits.1
    while (state.waiting.length > 0 && this.#isFree() && this.#inRate(now)) {
      const waiter = state.waiting.shift() as Waiter;
      const holder = { ...waiter, since: now, until: now + waiter.holdMs };
      // Without a limit nobody counts them.
      if (state.limits.atOnce !== null) state.holding.push(holder);
      if (state.limits.perSecond !== null) {
        state.starts.push(now);
        state.nextAt = Math.max(state.nextAt, now - SECOND) + SECOND / state.limits.perSecond;
      }
      told.push(holder);
    }
    return told;
  }

  /** When the next permit may come free by time alone; null when nobody waits for one. */
  nextDue(): number | null {
    const { limits, waiting, holding, starts, nextAt } = this.state;
    if (waiting.length === 0) return null;
    if (!this.#isFree()) return Math.min(...holding.map(({ until }) => until));
    const oldest = starts.length < (limits.perSecond ?? Number.POSITIVE_INFINITY) ? 0 : starts[0];
    return Math.max(nextAt, (oldest ?? 0) + SECOND);
  }

  /** Whether somebody waits for what others hold. */
  get isFull(): boolean {
    return this.state.waiting.length > 0 && !this.#isFree();
  }

  get memo(): PoolMemo {
    const { limits, holding, waiting } = this.state;
    return {
      ...limits,
      holders: holding.slice(0, HOLDERS_SHOWN).map(({ run, execution, step, attempt, since, until }) => ({
        ...{ run, execution, step, attempt },
        ...{ since: new Date(since).toISOString(), until: new Date(until).toISOString() },
      })),
      held: holding.length,
      waiting: waiting.length,
      waiters: waiting.slice(0, WAITERS_SHOWN).map(({ run, execution, step, attempt, since }) => ({
        ...{ run, execution, step, attempt },
        since: since === undefined ? null : new Date(since).toISOString(),
      })),
    };
  }

  #isFree(): boolean {
    const { limits, holding } = this.state;
    return limits.atOnce === null || holding.length < limits.atOnce;
  }

  #inRate(now: number): boolean {
    const { limits, starts, nextAt } = this.state;
    return limits.perSecond === null || (starts.length < limits.perSecond && nextAt <= now);
  }
}
