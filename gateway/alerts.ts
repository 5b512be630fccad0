// Alerts as people see and steer them: read from the memo of the alerts workflow, steered by signals, so that both
// go without a worker. What is asked for with no worker up is kept by Temporal, and done when one is.

import { WorkflowNotFoundError } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import {
  type Accept,
  type Accepted,
  type Acknowledge,
  type Alert,
  acceptedSchema,
  alertSchema,
  type Mute,
  muteSchema,
  type StuckRun,
  stuckRunSchema,
} from '../goals/wire/alerts.ts';
import { ALERTS, alertSignals, memoNames } from '../goals/wire/names.ts';
import { Problem } from './http/problems.ts';
import type { Temporal } from './temporal/temporal.ts';

const FRESH_MS = 1_000;

/** How long an answer waits to show what was asked for as done. */
const DONE_WITHIN_MS = 1_500;
const LOOK_AGAIN_MS = 50;

export interface AlertsSnapshot {
  /** From the newest. */
  alerts: Alert[];
  /** Those that hold. */
  mutes: Mute[];
  /** By execution. */
  accepted: Accepted;
  /** Runs that a sweep has seen to be stuck. */
  stuck: StuckRun[];
}

export interface Alerts {
  /** What is kept; at most a second old. Nothing when no worker has started the alerts yet. */
  kept(): Promise<AlertsSnapshot>;
  find(id: string): Promise<Alert>;
  /** True when it is seen to be done; false when it is only certain to be, once a worker is up. */
  acknowledge(body: Acknowledge): Promise<boolean>;
  mute(body: Mute): Promise<boolean>;
  accept(body: Accept): Promise<boolean>;
}

export const unknownAlert = (): Problem =>
  new Problem('alert_unknown', 'No such alert is kept. GET /alerts lists those that are.');

const NOTHING: AlertsSnapshot = { alerts: [], mutes: [], accepted: {}, stuck: [] };

export function alertsOf(temporal: Temporal, workflowId: string): Alerts {
  const handle = temporal.client.workflow.getHandle(workflowId);

  const read = async (): Promise<AlertsSnapshot> => {
    try {
      const { memo, type } = await temporal.call(() => handle.describe());
      return type === ALERTS ? keptIn(memo ?? {}) : NOTHING;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return NOTHING;
      throw error;
    }
  };
  const cache = new LRUCache<string, AlertsSnapshot>({ max: 1, ttl: FRESH_MS, fetchMethod: read });

  const ask = async (
    signal: string,
    body: object,
    isDone: (kept: AlertsSnapshot) => boolean,
  ): Promise<boolean> => {
    try {
      await temporal.call(() => handle.signal(signal, body));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new Problem(
        'alerts_absent',
        'No worker has started the alerts of this namespace yet. Start one.',
      );
    }
    for (const until = Date.now() + DONE_WITHIN_MS; ; ) {
      const kept = await read();
      cache.set('kept', kept);
      if (isDone(kept)) return true;
      if (Date.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  };

  return {
    kept: () => cache.forceFetch('kept'),
    async find(id) {
      const found = (await cache.forceFetch('kept')).alerts.find((alert) => alert.id === id);
      if (found !== undefined) return found;
      throw unknownAlert();
    },
    acknowledge: (body) =>
      ask(alertSignals.acknowledge, body, ({ alerts }) =>
        alerts.some(({ id, acknowledged }) => id === body.id && acknowledged !== null),
      ),
    mute: (body) =>
      ask(alertSignals.mute, body, ({ mutes }) => {
        const until = mutes.find(({ goal }) => goal === body.goal)?.until;
        return until === (Date.parse(body.until) > Date.now() ? body.until : undefined);
      }),
    accept: (body) => ask(alertSignals.accept, body, ({ accepted }) => body.execution in accepted),
  };
}

function keptIn(memo: Record<string, unknown>): AlertsSnapshot {
  // One that cannot be read, as it is of another version, hides none of the others.
  const each = <T>(schema: z.ZodType<T>, list: unknown): T[] =>
    z
      .array(z.unknown())
      .catch([])
      .parse(list)
      .flatMap((item) => schema.safeParse(item).data ?? []);
  return {
    alerts: each(alertSchema, memo[memoNames.alerts]),
    mutes: each(muteSchema, memo[memoNames.mutes]).filter(({ until }) => Date.parse(until) > Date.now()),
    accepted: acceptedSchema.safeParse(memo[memoNames.accepted]).data ?? {},
    stuck: each(stuckRunSchema, memo[memoNames.stuck]),
  };
}
