// Histories of executions, for activities that read many: of a light run, the events that an ordinary one of the same would have.

import { Context } from '@temporalio/activity';
import type { temporal } from '@temporalio/proto';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { goalOfLightHost, lightHostId } from '../../goals/wire/names.ts';
import { parseRunId, runId } from '../../goals/wire/run-id.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { lightEvents, lightRunIn } from '../../views/light-run.ts';
import { withStored } from '../storage/with-stored.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** The history of an execution, of the latest where that is empty; null where Temporal keeps it no longer. */
export type Histories = (id: string, execution: string) => Promise<readonly Event[] | null>;

/** Of hosts so many are kept: a history has some megabytes. */
const HOSTS_KEPT = 4;

/** Runs that share a host cost one reading of it. For what is achieved: a run that is under way is read as it was first. */
export function histories(): Histories {
  const hosts = new Map<string, ReturnType<Histories>>();
  return async (id, execution) => {
    const address = parseLightExecution(execution);
    if (address === null) return historyOf(id, execution);
    const { goal } = parseRunId(id) ?? { goal: '' };
    const known = hosts.get(address.host) ?? historyOf(lightHostId(goal, address.n), address.host);
    hosts.set(address.host, known);
    if (hosts.size > HOSTS_KEPT) hosts.delete(hosts.keys().next().value as string);
    const facts = lightRunIn((await known) ?? [], address);
    return facts === null || runId(facts.goal, facts.ask.key) !== id ? null : lightEvents(facts);
  };
}

async function historyOf(id: string, execution: string): Promise<readonly Event[] | null> {
  const { client } = Context.current();
  const { externalStorage, payloadCodecs } = client.options.loadedDataConverter;
  try {
    const { events } = await client.workflow.getHandle(id, execution || undefined).fetchHistory();
    // What a host knows of its runs lies in its payloads.
    return goalOfLightHost(id) === null
      ? (events ?? [])
      : await withStored(events ?? [], externalStorage, payloadCodecs);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** The history of one execution. */
export const readHistory: Histories = (id, execution) => histories()(id, execution);
