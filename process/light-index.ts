// What earlier executions of a host know of keys, with no worker up. The index of each lies in the input of the next, and never
// changes: it is read once, and kept.

import { defaultPayloadConverter } from '@temporalio/common';
import {
  type KnownKey,
  keysIn,
  type LightPast,
  type LightPastRequest,
  lightHostSchema,
} from '../goals/wire/light.ts';
import { isNotFound } from './is-not-found.ts';
import type { TemporalCaller } from './start-execution.ts';

/** Executions that are looked through, the newest first. */
const EXECUTIONS_LIMIT = 50;
/** Indexes that are kept; each has a few thousand keys. */
const KEPT_LIMIT = 100;

/** Of one execution, as the input of the next tells it. */
interface Index {
  execution: string;
  /** In milliseconds since 1970. */
  closed: number;
  /** When the one before it closed. */
  earlier: number | null;
  known: ReadonlyMap<string, KnownKey>;
}

/** By the execution whose input has it. */
const kept = new Map<string, Promise<Index | null>>();

/** Of these digests, the last that an execution knows which closed before `from` began, and after `since`. */
export async function lightKeysBefore(
  caller: TemporalCaller,
  { host, from, since, digests }: LightPastRequest,
): Promise<LightPast> {
  const found = new Map<string, KnownKey>();
  const sought = new Set(digests);
  let at: string | null = from;
  for (let i = 0; at !== null && sought.size > 0 && i < EXECUTIONS_LIMIT; i++) {
    const index: Index | null = await indexIn(caller, host, at);
    if (index === null || index.closed < since) break;
    for (const digest of sought) {
      const known = index.known.get(digest);
      if (known === undefined) continue;
      found.set(digest, known);
      sought.delete(digest);
    }
    at = index.earlier === null || index.earlier < since ? null : index.execution;
  }
  return digests.map((digest) => found.get(digest) ?? null);
}

/** The index that an execution's input has; null where it has none, or Temporal keeps it no longer. */
function indexIn(caller: TemporalCaller, host: string, execution: string): Promise<Index | null> {
  const known = kept.get(execution);
  if (known !== undefined) return known;
  const reading = readIndex(caller, host, execution);
  kept.set(execution, reading);
  // The first that was read is the first to go.
  if (kept.size > KEPT_LIMIT) kept.delete(kept.keys().next().value as string);
  reading.catch(() => kept.delete(execution));
  return reading;
}

async function readIndex(
  { client, call }: TemporalCaller,
  host: string,
  execution: string,
): Promise<Index | null> {
  try {
    const { history } = await call((service) =>
      service.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId: host, runId: execution },
        maximumPageSize: 1,
      }),
    );
    const start = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    const payload = start?.input?.payloads?.[0];
    const input = lightHostSchema.safeParse(payload && defaultPayloadConverter.fromPayload(payload));
    const { earlier = null, n = 0 } = input.data ?? {};
    return earlier
      ? { ...earlier, known: new Map(keysIn({ n, host: earlier.execution }, earlier.updates)) }
      : null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
