// Deliveries: one activity for each sink and message, marked only when it has succeeded. A sink that is down keeps
// its own waiting, and nobody else.

import { ActivityFailure, ApplicationFailure, log, proxyActivities } from '@temporalio/workflow';
import { ALERT_HEALED, type Delivery, type DeliveryEnd, type WatchedAlert } from '../../goals/wire/alerts.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames } from '../../goals/wire/names.ts';
import { type AlertsState, settingsOf, sinksOf } from './alerts-state.ts';
import { turnOf } from './delivery-order.ts';

/** Deliveries to one sink that are under way at once; the others wait here. */
const AT_ONCE = 20;

/** Runs that are looked at once more by a delivery that comes late. */
const LOOKED_AT = 50;

/** How much longer than a sink an attempt may take, before it counts as lost with its worker. */
const MARGIN_MS = 2_000;

type Settled = (message: string, sink: string, state: DeliveryEnd, mayHaveIt: boolean) => void;

export class Outbox {
  readonly #underWay = new Set<string>();
  readonly #settled: Settled;
  readonly #watchedOf: ((alert: string) => WatchedAlert[]) | null;

  /** `watchedOf` an alert: what is not settled of it; null by the rules of `book-by-goal.ts`, which know no order. */
  constructor(settled: Settled, watchedOf: ((alert: string) => WatchedAlert[]) | null) {
    this.#settled = settled;
    this.#watchedOf = watchedOf;
  }

  get isEmpty(): boolean {
    return this.#underWay.size === 0;
  }

  /** Begins what is waiting and not under way. */
  send(state: AlertsState): void {
    for (const whole of state.alerts) {
      const { messages, ...alert } = whole;
      for (const written of messages) {
        const { deliveries, ...message } = written;
        for (const [sink, delivery] of Object.entries(deliveries)) {
          if (delivery.state !== 'waiting' || this.#underWay.has(keyOf(sink, message))) continue;
          const mayHaveIt = delivery.mayHaveIt ?? false;
          const turn = this.#watchedOf === null ? null : turnOf(sink, written, whole);
          if (turn === null) this.#begin(state, { sink, message, alert });
          else if (turn === 'drop') this.#settled(message.id, sink, 'healed', mayHaveIt);
          else if (turn === 'send') this.#beginInOrder(state, { sink, message, alert }, mayHaveIt);
        }
      }
    }
  }

  #beginInOrder(state: AlertsState, given: Delivery, mayHaveIt: boolean): void {
    const { sink, message, alert } = given;
    const taskQueues = state.announcements.map(({ taskQueue }) => taskQueue);
    const watched = message.what === 'opened' ? (this.#watchedOf?.(alert.id) ?? []) : [];
    const named = new Set(message.goals);
    // Of too many it is not worth while to ask each time: hardly all of them heal.
    const isAll = watched.length > 0 && watched.length <= LOOKED_AT;
    const look = isAll ? { taskQueues, watched: watched.filter(({ goal }) => named.has(goal)) } : null;
    if (!this.#begin(state, { ...given, look, mayHaveIt })) return;
    const begun = state.alerts
      .find(({ id }) => id === alert.id)
      ?.messages.find(({ id }) => id === message.id);
    // From now on it may have it, whatever comes of this workflow.
    if (begun !== undefined) begun.deliveries[sink] = { state: 'waiting', at: null, mayHaveIt: true };
  }

  #begin(state: AlertsState, delivery: Delivery): boolean {
    const { sink, message } = delivery;
    const key = keyOf(sink, message);
    const busy = [...this.#underWay].filter((other) => other.startsWith(`${sink} `)).length;
    if (this.#underWay.has(key) || busy >= AT_ONCE) return false;
    this.#underWay.add(key);
    this.#deliver(state, delivery)
      .then(
        () => {
          this.#underWay.delete(key);
          this.#settled(message.id, sink, 'delivered', false);
        },
        (error: unknown) => {
          this.#underWay.delete(key);
          // The alerts workflow itself is being ended: then nothing was given up.
          if (!(error instanceof ActivityFailure)) return;
          const { cause } = error;
          if (cause instanceof ApplicationFailure && cause.type === ALERT_HEALED) {
            this.#settled(message.id, sink, 'healed', cause.details?.[0] === true);
            return;
          }
          const reason = cause instanceof ApplicationFailure ? cause.message : error.message;
          log.warn('an alert could not be delivered', { message: message.id, sink, reason });
          this.#settled(message.id, sink, 'given-up', false);
        },
      )
      .catch(() => undefined);
    return true;
  }

  #deliver(state: AlertsState, delivery: Delivery): Promise<void> {
    const { deliveryMs, deliverForMs } = settingsOf(state);
    const taskQueue = sinksOf(state).get(delivery.sink) ?? state.announcements.at(-1)?.deliverOn;
    const { [activityNames.deliverAlert]: deliver } = proxyActivities<EngineActivities>({
      ...(taskQueue === undefined ? {} : { taskQueue }),
      activityId: `${delivery.sink} ${delivery.message.id}`,
      summary: `${delivery.message.what}: ${delivery.message.goals.slice(0, 3).join(', ')}`,
      startToCloseTimeout: deliveryMs + MARGIN_MS,
      scheduleToCloseTimeout: deliverForMs,
      retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
    });
    return deliver(delivery);
  }
}

const keyOf = (sink: string, { id }: { id: string }): string => `${sink} ${id}`;
