// How light runs stand, for a workflow that asks: an activity's part, which reads the history of the host that they share.

import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { SeenRun } from '../../goals/wire/backfill.ts';
import type { FoundRun } from '../../goals/wire/call.ts';
import {
  type KnownKey,
  keysIn,
  lightDigest,
  lightHostsOf,
  parseLightExecution,
} from '../../goals/wire/light.ts';
import { lightHostId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { inputDigest, parseRunId } from '../../goals/wire/run-id.ts';
import { leftBy } from '../../process/host-left.ts';
import { lightKeysBefore } from '../../process/light-index.ts';
import { lightRunIn } from '../../views/light-run.ts';
import { publicationOf } from '../catalogue/publications.ts';
import { readHistory } from './histories.ts';

/** How a light execution of a run stands; null where it is none, is an ordinary run by now, or Temporal keeps it no longer. */
export async function findLight(id: string, execution: string): Promise<FoundRun | null> {
  const address = parseLightExecution(execution);
  const goal = parseRunId(id)?.goal;
  if (address === null || goal === undefined) return null;
  const events = await hostEvents(lightHostId(goal, address.n), address.host);
  const facts = lightRunIn(events, address);
  if (facts === null || `${facts.goal}:${facts.ask.key}` !== id) return null;
  const { ask, answer } = facts;
  const run = { id, input: inputDigest(ask.input) };
  if (answer === null) return { ...run, state: 'running' };
  // The request got that of another.
  if (answer.end === 'same' && answer.execution !== execution) return findLight(id, answer.execution);
  if (answer.end !== 'achieved') return null;
  const { output, criteria } = answer;
  const achievement = { ...(output === undefined ? {} : { output }), criteria };
  return { ...run, state: 'achieved', achievement, execution };
}

/** The same of the last light execution of a run, where its goal is light. */
export async function findLastLight(id: string): Promise<FoundRun | null> {
  const [seen] = await lightStates([id]);
  if (seen?.isOpen) return { id, state: 'running' };
  return seen?.known?.end === 'a' ? findLight(id, seen.known.execution) : null;
}

/** Of each run, what its goal's host says of it; 'none' where that is not its last, or its goal is not light. */
export async function seenAsLight(ids: readonly string[]): Promise<SeenRun[]> {
  const states = await lightStates(ids);
  return states.map((state) => {
    if (state?.isOpen) return 'running';
    return state?.known?.end === 'a' ? 'achieved' : 'none';
  });
}

/** When each run was achieved last as a light one, in milliseconds since 1970 to the second; null where it was not. */
export async function achievedAsLight(ids: readonly string[]): Promise<(number | null)[]> {
  return (await lastLights(ids)).map((known) => known?.at ?? null);
}

/** The last light execution of a run that was achieved, where the run is none other since; null where there is none. */
export async function lastLight(id: string): Promise<KnownKey | null> {
  return (await lastLights([id]))[0] ?? null;
}

/** The same of each of these. */
export async function lastLights(ids: readonly string[]): Promise<(KnownKey | null)[]> {
  const states = await lightStates(ids);
  return states.map((state) => (state?.known?.end === 'a' ? state.known : null));
}

/** Of a key: whether its host pursues it now, and the last that became of it before. */
interface LightState {
  isOpen: boolean;
  known: KnownKey | null;
}

async function lightStates(ids: readonly string[]): Promise<(LightState | null)[]> {
  const { client } = Context.current();
  const goals = new Map<string, Promise<Publication | null>>();
  const hosts = new Map<string, { publication: Publication; places: number[] }>();
  for (const [i, id] of ids.entries()) {
    const { goal, key } = parseRunId(id) ?? { goal: '', key: '' };
    const published = goals.get(goal) ?? publicationOf(client, goal);
    goals.set(goal, published);
    const publication = await published;
    if (publication === null) continue;
    for (const n of lightHostsOf(key, publication)) {
      const host = lightHostId(goal, n);
      const { places } = hosts.get(host) ?? { places: [] };
      hosts.set(host, { publication, places: [...places, i] });
    }
  }
  const states: (LightState | null)[] = ids.map(() => null);
  for (const [host, { publication, places }] of hosts) {
    const keys = places.map((i) => parseRunId(ids[i] as string)?.key ?? '');
    const found = await statesIn(host, publication, keys);
    for (const [j, i] of places.entries()) {
      const state = found[j] ?? null;
      // One host at most has it.
      if (state?.isOpen || state?.known) states[i] = state;
    }
  }
  return states;
}

/** Of keys of one host: what its execution knows of them, and what those before it do. */
async function statesIn(
  host: string,
  { freshMs }: Publication,
  keys: readonly string[],
): Promise<(LightState | null)[]> {
  const { client } = Context.current();
  const latest = await client.workflow
    .getHandle(host)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
  if (latest === null) return keys.map(() => null);
  const left = leftBy(await hostEvents(host, latest.runId), latest.runId);
  const known = new Map(keysIn({ n: left?.host.n ?? 0, host: latest.runId }, left?.updates ?? []));
  const open = new Set(latest.status.name === 'RUNNING' ? left?.runs.map(({ ask }) => ask.key) : []);
  const digests = keys.map(lightDigest);
  const since = freshMs === undefined ? 0 : Date.now() - freshMs;
  const sought = digests.filter((digest) => !known.has(digest));
  const call = {
    client,
    call: <T>(make: (service: typeof client.workflowService) => Promise<T>) => make(client.workflowService),
  };
  const past = await lightKeysBefore(call, { host, from: latest.runId, since, digests: sought });
  for (const [i, digest] of sought.entries()) {
    const one = past[i] ?? null;
    if (one !== null) known.set(digest, one);
  }
  return keys.map((key, i) => ({ isOpen: open.has(key), known: known.get(digests[i] as string) ?? null }));
}

const hostEvents = async (host: string, execution: string) => (await readHistory(host, execution)) ?? [];
