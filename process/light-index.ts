// What earlier executions of a host know of keys, with no worker up. The index of each lies in the input of the next, and never
// changes: it is read once, and of each key eight bytes are kept. An index that may have a key is read once more.
//
// light-index.1. A key is looked for as far back as Temporal keeps the host's executions, up to a bound. Beyond that nothing is looked
//     for in silence.

import { defaultPayloadConverter } from '@temporalio/common';
import {
  type EarlierHost,
  type KnownKey,
  keysIn,
  type LightPast,
  type LightPastRequest,
  lightHostSchema,
} from '../goals/wire/light.ts';
import { isNotFound } from './is-not-found.ts';
import type { TemporalCaller } from './start-execution.ts';

/** light-index.1: executions of one host that are looked through, the newest first: of up to 2,000 runs each. */
export const EXECUTIONS_LIMIT = 3_000;
/** Keys that are kept of all indexes, of eight bytes each. */
const KEPT_KEYS = 16_000_000;

/** Of one execution, as the input of the next tells it. */
interface Index {
  execution: string;
  /** In milliseconds since 1970. */
  closed: number;
  /** When the one before it closed. */
  earlier: number | null;
  /** The beginnings of the digests that it knows, in order. */
  keys: BigUint64Array;
}

/** By the execution whose input has it; the one that was used last stands last. */
const kept = new Map<string, Promise<Index | null>>();
let keptKeys = 0;

interface Bounds {
  limit?: number;
  /** The bound was reached: an execution was not looked at that closed at that time, in milliseconds since 1970. */
  onCut?: (closed: number) => void;
}

/** Of these digests, the last that an execution knows which closed before `from` began, and after `since`. */
export async function lightKeysBefore(
  caller: TemporalCaller,
  { host, from, since, digests }: LightPastRequest,
  { limit = EXECUTIONS_LIMIT, onCut = () => undefined }: Bounds = {},
): Promise<LightPast> {
  const found = new Map<string, KnownKey>();
  const sought = new Map(digests.map((digest) => [digest, beginning(digest)]));
  let at: string | null = from;
  for (let i = 0; at !== null && sought.size > 0; i++) {
    const index: Index | null = await indexIn(caller, host, at);
    if (index === null || index.closed < since) break;
    // light-index.1
    if (i === limit) {
      onCut(index.closed);
      break;
    }
    const maybe = [...sought].filter(([, start]) => has(index.keys, start)).map(([digest]) => digest);
    const whole = maybe.length === 0 ? null : await keysOf(caller, host, at);
    for (const digest of maybe) {
      const known = whole?.get(digest);
      if (known === undefined) continue;
      found.set(digest, known);
      sought.delete(digest);
    }
    at = index.earlier === null || index.earlier < since ? null : index.execution;
  }
  return digests.map((digest) => found.get(digest) ?? null);
}

const beginning = (digest: string): bigint => BigInt(`0x${digest.slice(0, 16)}`);

/** Of an array in order. */
function has(keys: BigUint64Array, sought: bigint): boolean {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as bigint) < sought) low = middle + 1;
    else high = middle;
  }
  return keys[low] === sought;
}

/** The index that an execution's input has; null where it has none, or Temporal keeps it no longer. */
function indexIn(caller: TemporalCaller, host: string, execution: string): Promise<Index | null> {
  const known = kept.get(execution);
  if (known !== undefined) {
    kept.delete(execution);
    kept.set(execution, known);
    return known;
  }
  const reading = readIndex(caller, host, execution);
  kept.set(execution, reading);
  reading.then(
    (index) => {
      keptKeys += index?.keys.length ?? 0;
      void forgetOldest();
    },
    () => kept.delete(execution),
  );
  return reading;
}

async function forgetOldest(): Promise<void> {
  while (keptKeys > KEPT_KEYS) {
    const [oldest] = kept;
    if (oldest === undefined) return;
    const [execution, reading] = oldest;
    kept.delete(execution);
    keptKeys -= (await reading.catch(() => null))?.keys.length ?? 0;
  }
}

async function readIndex(caller: TemporalCaller, host: string, execution: string): Promise<Index | null> {
  const earlier = await readEarlier(caller, host, execution);
  if (earlier === null) return null;
  const digests = [...keysIn({ n: earlier.n, host: earlier.execution }, earlier.updates)];
  const { closed } = earlier;
  const keys = BigUint64Array.from(new Set(digests.map(([digest]) => beginning(digest)))).sort();
  return { execution: earlier.execution, closed, earlier: earlier.earlier, keys };
}

/** Indexes that a key was found in, whole: an outcome is asked about more than once. */
const WHOLE_LIMIT = 20;
const wholes = new Map<string, Promise<ReadonlyMap<string, KnownKey>>>();

function keysOf(
  caller: TemporalCaller,
  host: string,
  execution: string,
): Promise<ReadonlyMap<string, KnownKey>> {
  const known = wholes.get(execution);
  if (known !== undefined) return known;
  const reading = readEarlier(caller, host, execution).then((earlier) =>
    earlier === null
      ? new Map<string, KnownKey>()
      : new Map(keysIn({ n: earlier.n, host: earlier.execution }, earlier.updates)),
  );
  wholes.set(execution, reading);
  if (wholes.size > WHOLE_LIMIT) wholes.delete(wholes.keys().next().value as string);
  reading.catch(() => wholes.delete(execution));
  return reading;
}

/** What an execution's input has of the one before it, and which of the goal's hosts it is. */
async function readEarlier(
  { client, call }: TemporalCaller,
  host: string,
  execution: string,
): Promise<(EarlierHost & { n: number }) | null> {
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
    const input = lightHostSchema.safeParse(payload && defaultPayloadConverter.fromPayload(payload)).data;
    return input?.earlier ? { ...input.earlier, n: input.n } : null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
