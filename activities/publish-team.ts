// Publishes what a team declares: its goals, and whatever starts runs of them.

import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Goal } from '../goals/index.ts';
import { type Deployment, publish } from '../goals/publish.ts';
import { publishGoals } from './catalogue/publish.ts';
import { publishSchedules } from './catalogue/publish-schedules.ts';
import { watchStanding } from './catalogue/standing.ts';
import { announceListeners } from './runs/listen-for-outcomes.ts';

/** What is published already of another worker changes nothing where this one is older. */
export async function publishTeam(
  client: Client,
  goals: readonly Goal[],
  deployment: Deployment,
  log: Logger,
): Promise<void> {
  const publications = goals.map((goal) => publish(goal, deployment));
  await publishGoals(client, publications, log);
  await publishSchedules(client, publications, log);
  await watchStanding(client, publications);
  await announceListeners(client, publications);
}
