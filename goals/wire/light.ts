// Light runs: many small runs that share a workflow, their host, as long as they are plain. What the host is asked for and
// answers, where a light run is found, and what an ordinary run is told that goes on from one.
//
// light.1. The host of a key follows from the key: one key, one host.
// light.2. A request that is sent again gets what it had got; one that was refused got nothing.

import { z } from 'zod';
import { SENT_BYTES } from './artifact-bounds.ts';
import { type SentArtifacts, sentArtifactsSchema } from './artifacts.ts';
import type { CallAnswer } from './batch.ts';
import { heartbeatSchema, jsonBytes, ledgerSchema, stepFailureSchema } from './ledger.ts';
import { type LightAnswer, type LightAsk, startedHowSchema } from './light-update.ts';
import { keptResultSchema } from './resume.ts';
import { inputDigest } from './run-id.ts';
import { sha256 } from './text/sha256.ts';

/** Hosts of a goal that declares no other number. */
export const LIGHT_HOSTS = 4;
/** As many as a goal may have: the nth is part of what a light run is called. */
export const MOST_LIGHT_HOSTS = 64;

/** How many hosts the runs of a light goal share. */
export interface LightHosts {
  hosts: number;
}

/** How a goal's runs were shared before, up to a time in milliseconds since 1970: 0 hosts where each was a workflow of its own. */
export interface LightBefore extends LightHosts {
  until: number;
}

/** After a goal has become light, is light no more, or has another number of hosts, so long the old way goes on, and so long the change takes after that. */
export const LIGHT_CHANGE_MS = 60_000;

/** As a publication tells it. */
interface LightTold {
  light?: LightHosts | undefined;
  lightBefore?: readonly LightBefore[] | undefined;
}

/** Whether a goal has light runs, or had. */
export const hasLight = ({ light, lightBefore = [] }: LightTold): boolean =>
  light !== undefined || lightBefore.some(({ hosts }) => hosts > 0);

/** Which of a goal's hosts may have a key, the one that has new keys first. */
export const lightHostsOf = (key: string, { light, lightBefore = [] }: LightTold): number[] => {
  const ways = [...lightBefore, ...(light === undefined ? [] : [light])].reverse();
  return [...new Set(ways.filter(({ hosts }) => hosts > 0).map(({ hosts }) => lightHostOf(key, hosts)))];
};

/** Which of the hosts has a key; `key` is its part of the run's ID. */
export const lightHostOf = (key: string, hosts: number): number =>
  // light.1
  Number.parseInt(sha256(`host\n${key}`).slice(0, 8), 16) % hosts;

/**
 * After so many runs, or events of its history, a host goes on in another execution: a worker that takes it over replays them all, and should be
 * done in a second or two.
 */
export const HOST_RUNS = 2_000;
export const HOST_EVENTS = 4_000;

/** Steps of plain runs take up to so many milliseconds, a run's together, retries included. */
export const PLAIN_MS = 300;

/** JSON of an input or of an output that a light run may have: with a larger one it is an ordinary run. */
export const LIGHT_VALUE_BYTES = 16 * 1024;

/** Type of the failure of an update that a closing host does not take: the next execution of the host does. */
export const HOST_CLOSING = 'gk-host-closing';
/** Of one that is no `LightRequest`. */
export const REQUEST_INVALID = 'gk-light-request-invalid';

/** Where a light run lies: which host, its execution, the update that asked for it, and its place in that. */
export interface LightAddress {
  /** Which of the goal's hosts, and Temporal's run ID of its execution. */
  n: number;
  host: string;
  update: string;
  place: number;
}

/** With what the executions of an update's light runs begin. */
export const lightExecutionsOf = ({ n, host, update }: Omit<LightAddress, 'place'>): string =>
  `${host}.${n}.${update}`;

/** The execution of a light run, as people and other runs know it. */
export const lightExecution = ({ place, ...update }: LightAddress): string =>
  `${lightExecutionsOf(update)}.${place}`;

/** What a caller names an update: short, as the host remembers thousands. */
export const UPDATE_ID = /^[a-z0-9]{8,16}$/;

const LIGHT_EXECUTION = /^([0-9a-f-]{36})\.(\d{1,4})\.([a-z0-9]{8,16})\.(\d{1,3})$/;

/** Null of what is the execution of no light run. */
export function parseLightExecution(execution: string): LightAddress | null {
  const [, host, n, update, place] = LIGHT_EXECUTION.exec(execution) ?? [];
  return host === undefined || update === undefined
    ? null
    : { host, n: Number(n), update, place: Number(place) };
}

/** A key, or the identity of a request, among those that a host remembers: 16 bytes, so that none is taken for another. */
export const lightDigest = (text: string): string => sha256(text).slice(0, 32);

/** The same of a request's identity, which no key is taken for. */
export const identityDigest = (identity: string): string => lightDigest(`identity\n${identity}`);

/** Of a run in an index: it was achieved, it is an ordinary run, or it is nothing of its own. */
export type LightEnd = 'a' | 'o' | '-';

export const endOfAnswer = (answer: LightAnswer | undefined): LightEnd =>
  answer?.end === 'achieved' ? 'a' : answer?.end === 'ordinary' ? 'o' : '-';

const indexedUpdateSchema = z.object({
  update: z.string(),
  /** When it was answered, in seconds since 1970. */
  at: z.int(),
  /** Of each of its runs, in order: the digests of its key and of its input, and how it ended. */
  runs: z.string(),
  /** Digests of the identities of its requests, by the places of the runs that they began. */
  requests: z.record(z.string(), z.string()).optional(),
  /** By the digests of the others' identities: what those requests got. */
  got: z.record(z.string(), z.object({ execution: z.string(), how: startedHowSchema })).optional(),
});
/** What is remembered of one update. */
export type IndexedUpdate = z.infer<typeof indexedUpdateSchema>;

const KEY = 32;
const INPUT = 8;

/** A run in an index. */
export interface IndexedRun {
  key: string;
  input: string;
  end: LightEnd;
}

/** `input` of each is its whole digest. */
export const indexedRuns = (runs: readonly IndexedRun[]): string =>
  runs.map(({ key, input, end }) => `${lightDigest(key)}${input.slice(0, INPUT)}${end}`).join('');

/** What became of an ask of an update: `answer` is undefined of one that was not answered. */
export interface EndedAsk {
  ask: Pick<LightAsk, 'key' | 'input' | 'identity'>;
  end: LightEnd;
  answer: LightAnswer | undefined;
}

/**
 * What is remembered of an update, `at` a time in milliseconds since 1970. Of a request that was refused, or had no
 * answer and began nothing, nothing is: sent again, it is judged as things are then.
 */
export function indexedUpdate(update: string, at: number, ended: readonly EndedAsk[]): IndexedUpdate {
  const requests: [place: string, digest: string][] = [];
  const got: [digest: string, NonNullable<IndexedUpdate['got']>[string]][] = [];
  for (const [place, { ask, end, answer }] of ended.entries()) {
    // light.2
    if (ask.identity === undefined) continue;
    const digest = identityDigest(ask.identity);
    if (end !== '-') requests.push([String(place), digest]);
    else if (answer?.end === 'same') got.push([digest, { execution: answer.execution, how: answer.how }]);
  }
  return {
    update,
    at: Math.floor(at / 1000),
    runs: indexedRuns(ended.map(({ ask, end }) => ({ ...ask, input: inputDigest(ask.input), end }))),
    ...(requests.length === 0 ? {} : { requests: Object.fromEntries(requests) }),
    ...(got.length === 0 ? {} : { got: Object.fromEntries(got) }),
  };
}

/** The runs of an indexed update, in order, with the digests of their keys, and the beginning of those of their inputs. */
export function runsIndexed({ runs }: IndexedUpdate): IndexedRun[] {
  const each = KEY + INPUT + 1;
  return Array.from({ length: runs.length / each }, (_, i) => {
    const run = runs.slice(i * each, (i + 1) * each);
    return { key: run.slice(0, KEY), input: run.slice(KEY, -1), end: run.slice(-1) as LightEnd };
  });
}

/** A key, or the identity of a request, as a host remembers it. */
export interface KnownKey {
  end: LightEnd;
  /** How a request got it; undefined of what it began. */
  how?: z.infer<typeof startedHowSchema>;
  execution: string;
  /** In milliseconds since 1970. */
  at: number;
  /** The beginning of the digest of its input. */
  input: string;
}

/** All that an execution of a host remembers, by the digests of keys and of identities. */
export function* keysIn(
  { n, host }: Pick<LightAddress, 'n' | 'host'>,
  updates: readonly IndexedUpdate[],
): Generator<[string, KnownKey]> {
  for (const indexed of updates) {
    const { update, at, requests = {}, got = {} } = indexed;
    const runs = runsIndexed(indexed);
    const known = (place: number): KnownKey => {
      const { end = '-', input = '' } = runs[place] ?? {};
      return { end, input, execution: lightExecution({ n, host, update, place }), at: at * 1000 };
    };
    for (const [place, { key, end }] of runs.entries()) if (end !== '-') yield [key, known(place)];
    for (const [place, digest] of Object.entries(requests)) yield [digest, known(Number(place))];
    for (const [digest, { execution, how }] of Object.entries(got))
      yield [digest, { end: 'a', input: '', execution, how, at: at * 1000 }];
  }
}

const earlierHostSchema = z.object({
  /** A host's execution that has closed, in milliseconds since 1970, and all that it did. */
  execution: z.string(),
  closed: z.number(),
  updates: z.array(indexedUpdateSchema),
  /** When the one before it closed, of which its own input tells; null where there was none. */
  earlier: z.number().nullable(),
});
export type EarlierHost = z.infer<typeof earlierHostSchema>;

const aboutGoalSchema = z.object({
  outcome: z.string(),
  owner: z.string(),
  team: z.string(),
  key: z.array(z.string()),
  tags: z.array(z.string()).optional(),
  usualMs: z.number().nullable().optional(),
  expectedMs: z.number().nullable().optional(),
  deadlineMs: z.number().nullable().optional(),
});
type AboutGoal = z.infer<typeof aboutGoalSchema>;

/** What a run's view must know of its goal: of a `Goal`, and of a `Publication`. */
export const aboutGoal = ({
  outcome,
  owner,
  team,
  key,
  tags,
  usualMs,
  expectedMs,
  deadlineMs,
}: Omit<AboutGoal, 'key' | 'tags'> & {
  key: readonly string[];
  tags?: readonly string[] | undefined;
}): AboutGoal => ({
  ...{ outcome, owner, team, key: [...key], usualMs: usualMs ?? null },
  ...{ expectedMs: expectedMs ?? null, deadlineMs: deadlineMs ?? null },
  ...(tags === undefined || tags.length === 0 ? {} : { tags: [...tags] }),
});

/** The input of a host. The index of an execution lies in the input of the next: there it never changes. */
export const lightHostSchema = z.object({
  gk: z.literal(1),
  goal: z.string(),
  about: aboutGoalSchema,
  /** Which of how many. */
  n: z.int(),
  hosts: z.int(),
  /** After so many runs, or events, it goes on in another execution. Left out: by a host that began before its beginner told it. */
  fullAfter: z.int().optional(),
  fullAtEvents: z.int().optional(),
  /** A run is plain whose steps take up to so many milliseconds together, and each so many. Left out: a fraction of a second. */
  plainMs: z.int().optional(),
  earlier: earlierHostSchema.nullable(),
});
export type LightHost = z.infer<typeof lightHostSchema>;

/** What `gk-light-past` is asked: these digests in executions from `from` on back that closed after `since`. */
export interface LightPastRequest {
  host: string;
  from: string;
  since: number;
  digests: readonly string[];
}

/** The last of a digest; null where there is none. */
export type LightPast = (KnownKey | null)[];

const lightResultOfStepSchema = keptResultSchema.extend({
  path: z.string(),
  ledger: ledgerSchema.optional(),
});

const unfinishedStepSchema = z.object({
  path: z.string(),
  job: z.string(),
  /** Digest of the canonical input. */
  input: z.string(),
  /** What its next attempt must know, and after how many milliseconds it is due. */
  carried: heartbeatSchema.optional(),
  delayMs: z.number().optional(),
  /** There is no next attempt. */
  gaveUp: stepFailureSchema.shape.reason.optional(),
});
/** A step that a light run had begun, and that is not done. */
export type UnfinishedStep = z.infer<typeof unfinishedStepSchema>;

/** The second argument of an ordinary run that goes on from a light one: what that has done. */
export const lightSeedSchema = z.object({
  gk: z.literal('light'),
  /** The light execution. */
  from: z.string(),
  /** When that began, in milliseconds since 1970: the run's durations count from there. */
  begun: z.number(),
  results: z.array(lightResultOfStepSchema),
  unfinished: z.array(unfinishedStepSchema),
  /** What its attempts have shown. */
  artifacts: z.array(sentArtifactsSchema).optional(),
});
export type LightSeed = z.infer<typeof lightSeedSchema>;

/** What an ordinary run must know of a step that has not succeeded. */
export function unfinishedBy({
  end,
  carried,
  ledger,
  delayMs,
  reason,
}: CallAnswer): Pick<UnfinishedStep, 'carried' | 'delayMs' | 'gaveUp'> {
  const held = carried ?? (ledger === undefined ? undefined : { gk: 1 as const, ledger });
  return {
    // The server counts the attempts of the next activity anew.
    ...(held === undefined
      ? {}
      : { carried: { ...held, ledger: { ...held.ledger, server: 0, open: false } } }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(end === 'failed' ? { gaveUp: reason ?? ('exhausted' as const) } : {}),
  };
}

/** As much of them as the start of an ordinary run carries; the rest is counted. */
export function artifactsOfStart(sent: readonly SentArtifacts[]): SentArtifacts[] {
  const kept: SentArtifacts[] = [];
  for (const one of sent) {
    const fits = jsonBytes([...kept, one]) <= SENT_BYTES;
    const dropped = { by: `${one.step}@${one.attempt}`, count: one.items.length };
    kept.push(fits ? one : { ...one, items: [], dropped });
  }
  return kept;
}
