// Deliveries: one activity for each sink and message, marked only when it has succeeded. A sink that is down keeps
// its own waiting, and nobody else.

import { ActivityFailure, ApplicationFailure, log, proxyActivities } from '@temporalio/workflow';
import type { Delivery } from '../../goals/wire/alerts.ts';
import { activityNames } from '../../goals/wire/names.ts';
import { type AlertsState, settingsOf, sinksOf } from './alerts-state.ts';

/** Deliveries to one sink that are under way at once; the others wait here. */
const AT_ONCE = 20;

/** How much longer than a sink an attempt may take, before it counts as lost with its worker. */
const MARGIN_MS = 2_000;

type Settled = (message: string, sink: string, state: 'delivered' | 'given-up') => void;

export class Outbox {
  readonly #underWay = new Set<string>();
  readonly #settled: Settled;

  constructor(settled: Settled) {
    this.#settled = settled;
  }

  get isEmpty(): boolean {
    return this.#underWay.size === 0;
  }

  /** Begins what is waiting and not under way. */
  send(state: AlertsState): void {
    for (const { messages, ...alert } of state.alerts)
      for (const { deliveries, ...message } of messages)
        for (const [sink, delivery] of Object.entries(deliveries))
          if (delivery.state === 'waiting') this.#begin(state, { sink, message, alert });
  }

  #begin(state: AlertsState, delivery: Delivery): void {
    const { sink, message } = delivery;
    const key = `${sink} ${message.id}`;
    const busy = [...this.#underWay].filter((other) => other.startsWith(`${sink} `)).length;
    if (this.#underWay.has(key) || busy >= AT_ONCE) return;
    this.#underWay.add(key);
    this.#deliver(state, delivery)
      .then(
        () => {
          this.#underWay.delete(key);
          this.#settled(message.id, sink, 'delivered');
        },
        (error: unknown) => {
          this.#underWay.delete(key);
          // The alerts workflow itself is being ended: then nothing was given up.
          if (!(error instanceof ActivityFailure)) return;
          const reason = error.cause instanceof ApplicationFailure ? error.cause.message : error.message;
          log.warn('an alert could not be delivered', { message: message.id, sink, reason });
          this.#settled(message.id, sink, 'given-up');
        },
      )
      .catch(() => undefined);
  }

  #deliver(state: AlertsState, delivery: Delivery): Promise<void> {
    const { deliveryMs, deliverForMs } = settingsOf(state);
    const taskQueue = sinksOf(state).get(delivery.sink) ?? state.announcements.at(-1)?.deliverOn;
    const activities = proxyActivities<Record<string, (delivery: Delivery) => Promise<void>>>({
      ...(taskQueue === undefined ? {} : { taskQueue }),
      activityId: `${delivery.sink} ${delivery.message.id}`,
      summary: `${delivery.message.what}: ${delivery.message.goals.slice(0, 3).join(', ')}`,
      startToCloseTimeout: deliveryMs + MARGIN_MS,
      scheduleToCloseTimeout: deliverForMs,
      retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
    });
    const deliver = activities[activityNames.deliverAlert] as (delivery: Delivery) => Promise<void>;
    return deliver(delivery);
  }
}
