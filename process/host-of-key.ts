// Where a key of a goal is asked for that is light, or was: at one of its hosts, or as an ordinary run. How that is decided may have changed,
// and a key keeps the door that it had.
//
// host-of-key.1. A key that was pursued before its goal became light, or had another number of hosts, or is light no more, keeps its
//     door: no door but that one begins a run of it.
// host-of-key.2. While such a change takes place, what begins is an ordinary run, whichever door it is asked for at: its ID is one.

import {
  keysIn,
  LIGHT_CHANGE_MS,
  type LightBefore,
  type LightHosts,
  lightDigest,
  lightHostOf,
} from '../goals/wire/light.ts';
import { lightHostId } from '../goals/wire/names.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import { described, historyOf } from './begin-host.ts';
import { leftBy } from './host-left.ts';
import { isNotFound } from './is-not-found.ts';
import { lightKeysBefore } from './light-index.ts';
import type { TemporalCaller } from './start-execution.ts';

export interface HostOfKey {
  /** Which of how many hosts; null where an ordinary run is started by whoever asks. */
  host: { n: number; hosts: number } | null;
  /** What begins at a host is an ordinary run. */
  isOrdinary: boolean;
}

interface Told {
  goal: string;
  light?: LightHosts | undefined;
  lightBefore?: readonly LightBefore[] | undefined;
}

/** The door of the key of this run; `now` in milliseconds since 1970. */
export async function hostOfKey(
  caller: TemporalCaller,
  told: Told,
  id: string,
  now: number = Date.now(),
): Promise<HostOfKey> {
  const { goal, light, lightBefore = [] } = told;
  const key = parseRunId(id)?.key ?? '';
  const place = (hosts: number): HostOfKey['host'] =>
    hosts === 0 ? null : { n: lightHostOf(key, hosts), hosts };
  const before = lightBefore.filter(({ until }) => until <= now);
  const host = place((lightBefore[before.length] ?? light ?? { hosts: 0 }).hosts);
  // host-of-key.2
  const isChanging = lightBefore.some(({ until }) => Math.abs(now - until) < LIGHT_CHANGE_MS);
  const wasOrdinary = before.some(({ hosts }) => hosts === 0);
  const isOrdinary = async (): Promise<boolean> =>
    isChanging || (wasOrdinary && (await described(caller, id)) !== null);
  const looked = new Set([host?.n]);
  // host-of-key.1
  for (const { hosts, until } of [...before].reverse()) {
    const earlier = place(hosts);
    if (earlier === null || looked.has(earlier.n)) continue;
    looked.add(earlier.n);
    if (await knows(caller, { host: lightHostId(goal, earlier.n), until, now }, key))
      return { host: earlier, isOrdinary: host === null || (await isOrdinary()) };
  }
  return { host, isOrdinary: host !== null && (await isOrdinary()) };
}

/** What a host knew when a change was over: by its execution of then, and by those before. */
interface Head {
  execution: string;
  known: ReadonlySet<string>;
}

interface Asked {
  host: string;
  /** When new keys went elsewhere. */
  until: number;
  now: number;
}

/** So often it is looked again while keys may come to a host by the old way, and Temporal's lists lag. */
const LOOK_MS = 2_000;

/** `at`: as whoever asked told the time; `readAt`: by this process's monotonic clock. */
interface KeptHead {
  at: number;
  readAt: number;
  head: Promise<Head | null>;
  /** Temporal's lists may lag, so that it was not there is no answer for good. */
  isMissing: boolean;
}

const heads = new WeakMap<object, Map<string, KeptHead>>();

/** What became known there since is its own key, or was known there. */
async function knows(caller: TemporalCaller, asked: Asked, key: string): Promise<boolean> {
  const head = await headOf(caller, asked);
  if (head === null) return false;
  const digest = lightDigest(key);
  if (head.known.has(digest)) return true;
  const past = { host: asked.host, from: head.execution, since: 0, digests: [digest] };
  const [found = null] = await lightKeysBefore(caller, past);
  return found !== null;
}

const isOver = (at: number, until: number): boolean => at > until + 2 * LIGHT_CHANGE_MS;

const isKept = ({ at, readAt, isMissing }: KeptHead, { until, now }: Asked): boolean =>
  (isOver(at, until) && !isMissing) || (now - at < LOOK_MS && performance.now() - readAt < LOOK_MS);

function headOf(caller: TemporalCaller, asked: Asked): Promise<Head | null> {
  const ofClient = heads.get(caller.client) ?? new Map<string, KeptHead>();
  heads.set(caller.client, ofClient);
  const { host, until, now } = asked;
  const which = `${host} ${until}`;
  const kept = ofClient.get(which);
  if (kept !== undefined && isKept(kept, asked)) return kept.head;
  const head = readHead(caller, asked);
  const read: KeptHead = { at: now, readAt: performance.now(), head, isMissing: false };
  ofClient.set(which, read);
  head.then(
    (found) => {
      read.isMissing = found === null;
    },
    () => ofClient.delete(which),
  );
  return head;
}

async function readHead(caller: TemporalCaller, asked: Asked): Promise<Head | null> {
  const execution = await executionThen(caller, asked);
  if (execution === null) return null;
  try {
    const left = leftBy(await historyOf(caller, { workflowId: asked.host, runId: execution }), execution);
    const known = keysIn({ n: 0, host: execution }, left?.updates ?? []);
    return { execution, known: new Set([...known].map(([digest]) => digest)) };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** The host's execution at the end of the change; before that end, the latest. */
async function executionThen(caller: TemporalCaller, { host, until, now }: Asked): Promise<string | null> {
  if (!isOver(now, until)) return (await described(caller, host))?.runId ?? null;
  const end = new Date(until + LIGHT_CHANGE_MS).toISOString();
  const { namespace } = caller.client.options;
  // What is open stands first, and then what closed last.
  const { executions } = await caller.call((service) =>
    service.listWorkflowExecutions({
      namespace,
      query: `WorkflowId = '${host}' AND StartTime <= '${end}'`,
      pageSize: 1,
    }),
  );
  return executions?.[0]?.execution?.runId ?? null;
}
