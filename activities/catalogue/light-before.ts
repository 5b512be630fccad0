// What a publication says of how the goal's runs were shared before: whoever asks for a key asks at the door that it had (process/host-of-key.ts).

import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { LIGHT_CHANGE_MS, type LightBefore } from '../../goals/wire/light.ts';
import { type Publication, publicationSchema } from '../../goals/wire/publication.ts';

/** Changes that a publication tells of; of more, the oldest are forgotten. */
const CHANGES = 8;

/** A declaration, with how the goal was light before, as the one that is published has it. */
export async function withLightBefore(
  client: Client,
  declared: Publication,
  published: Publication,
  log: Logger,
): Promise<Publication> {
  const [hosts, was] = [declared.light?.hosts ?? 0, published.light?.hosts ?? 0];
  const { goal } = declared;
  const told = await stillKnown(client, goal, published.lightBefore ?? []);
  if (hosts !== was) {
    log.warn(
      { goal, hosts, before: was },
      'the goal is light in another way than before: for two minutes its new runs are ordinary ones; keys that it had keep their runs',
    );
    told.push({ hosts: was, until: Date.now() + LIGHT_CHANGE_MS });
  }
  if (told.length > CHANGES)
    log.warn(
      { goal, forgotten: told[0] },
      'the goal has changed so often how it is light that keys of the oldest way may be pursued again',
    );
  const lightBefore = told.slice(-CHANGES);
  return lightBefore.length === 0 ? declared : publicationSchema.parse({ ...declared, lightBefore });
}

/** Those of which Temporal may know a key yet: what closed before is forgotten after its retention, and nothing of it is open. */
async function stillKnown(
  client: Client,
  goal: string,
  told: readonly LightBefore[],
): Promise<LightBefore[]> {
  if (told.length === 0) return [];
  const { namespace } = client.options;
  const { config } = await client.workflowService.describeNamespace({ namespace });
  const retentionMs = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1000;
  const kept: LightBefore[] = [];
  for (const one of told) {
    const over = one.until + LIGHT_CHANGE_MS + retentionMs;
    if (retentionMs === 0 || over > Date.now() || (one.hosts === 0 && (await hasOpen(client, goal, one))))
      kept.push(one);
  }
  return kept;
}

/** Whether a run is open that began before such a change. */
async function hasOpen(client: Client, goal: string, { until }: LightBefore): Promise<boolean> {
  const query = `WorkflowType = '${goal}' AND ExecutionStatus = 'Running' AND StartTime < '${new Date(until).toISOString()}'`;
  return (await client.workflow.count(query)).count > 0;
}
