// The worker's side of the alerts: it announces its sinks, tells of runs, delivers and sweeps.

import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Announcement } from '../../goals/wire/alerts.ts';
import type { AlertActivities, NoticeActivities } from '../../goals/wire/engine-activities.ts';
import { ALERTS, activityNames, alertSignals, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import { alertsStart } from '../../process/alerts-start.ts';
import { deliverer } from './deliver.ts';
import { type AlertOptions, DEFAULT_ALERT_OPTIONS } from './sinks.ts';
import { sweepRuns } from './sweep.ts';

/** A run that is being closed waits for this. */
const SIGNAL_MS = 1_500;

const ANNOUNCE_MS = 5_000;
const ANNOUNCE_AGAIN_MS = 30_000;

/** What a worker needs for alerts: activities for its queues, and the announcement of what it can deliver to. */
export function alertActivities(given: Partial<AlertOptions>, taskQueue: string) {
  const { id, sinks, settings, url } = { ...DEFAULT_ALERT_OPTIONS, ...given };
  const announcement: Announcement = {
    taskQueue,
    // Only workers that name the same alerts workflow surely have its sinks.
    deliverOn: id === DEFAULT_ALERT_OPTIONS.id ? SYSTEM_TASK_QUEUE : taskQueue,
    sinks: sinks.map(({ name }) => name),
    settings,
  };

  const send = async (client: Client): Promise<void> => {
    await client.workflow.signalWithStart(ALERTS, {
      ...alertsStart(id),
      signal: alertSignals.announce,
      signalArgs: [announcement],
    });
  };

  let retry: NodeJS.Timeout | undefined;
  /** Starts the alerts workflow, unless it runs, and tells it of this worker: goals are pursued even if it cannot. */
  const announce = async (client: Client, log: Logger): Promise<void> => {
    try {
      await client.withDeadline(Date.now() + ANNOUNCE_MS, () => send(client));
    } catch (error) {
      log.error(
        { err: error, alerts: id },
        'the alerts workflow cannot be told of this worker; trying again',
      );
      retry = setTimeout(() => void announce(client, log), ANNOUNCE_AGAIN_MS).unref();
    }
  };

  const notify: NoticeActivities[typeof activityNames.notify] = async (notice) => {
    const { client } = Context.current();
    const signal = () => client.workflow.getHandle(id).signal(alertSignals.notice, notice);
    await client.withDeadline(Date.now() + SIGNAL_MS, async () => {
      try {
        await signal();
      } catch (error) {
        // Somebody ended it: it begins anew.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        await send(client);
        await signal();
      }
    });
  };

  const deliveries: AlertActivities = {
    [activityNames.deliverAlert]: deliverer(sinks, url),
    [activityNames.sweepRuns]: sweepRuns,
  };
  return {
    announce,
    /** Announces no more. */
    end: () => clearTimeout(retry),
    /** For the queue of goalkeeper's own workflows. */
    systemActivities: deliveries,
    /** For the queue of runs. */
    activities: { ...deliveries, [activityNames.notify]: notify },
  };
}
