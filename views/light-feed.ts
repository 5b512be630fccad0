// The achieved light runs of all hosts, from a position on, for whoever is told of each: a sink of records, a goal that listens.
//
// light-feed.1. A run is given at least once: the position passes an update only when its reader has done with the runs of it. An execution
//     of a host that Temporal lists late is read all the same, be it that the host went on, or was ended.
// light-feed.2. A look costs by what is new: of an execution the newest events are read, back to the position. A host that has nothing new
//     is asked less often.

import type { temporal } from '@temporalio/proto';
import { lightExecution } from '../goals/wire/light.ts';
import type { LightPosition } from '../goals/wire/light-position.ts';
import { goalOfLightHost, LIGHT_HOST, lightHostPrefix } from '../goals/wire/names.ts';
import { runId } from '../goals/wire/run-id.ts';
import { type ClosedRun, closedInOrder, type ListPage } from './closed-runs.ts';
import { millisecondsOf } from './event-time.ts';
import { type HostFacts, hostIn, type LightRunFacts, runsOfUpdate } from './light-run.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** An execution of a host; `closedAt` in milliseconds since 1970, 0 of one that is open. */
export interface HostExecution {
  id: string;
  goal: string;
  execution: string;
  closedAt: number;
}

export interface EventsPage {
  history?: { events?: Event[] | null } | null;
  nextPageToken?: Uint8Array | null;
}

/** What must be known of Temporal. The histories of what it keeps no longer are null. */
export interface LightSource {
  list: ListPage;
  /** Events of an execution, the newest first. */
  back(host: HostExecution, size: number, token: Uint8Array | null): Promise<EventsPage | null>;
  /** Its first event. */
  first(host: HostExecution): Promise<EventsPage | null>;
}

/** A light run that was achieved. */
export interface AchievedLightRun extends ClosedRun {
  facts: LightRunFacts;
}

/** Visibility may list an execution so late. */
const OVERLAP_MS = 60_000;
const DAY_MS = 86_400_000;
const HOSTS_PAGE = 1_000;
/** Events that are read at first, of what may have nothing new, and then. */
const FIRST_EVENTS = 20;
const EVENTS = 1_000;
/** Positions of executions that nobody lists any more. */
const HOSTS_LIMIT = 5_000;
/** A host that has nothing new is left alone for twice as long as before, up to this. */
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 4_000;
const KNOWN_LIMIT = 1_000;

export class LightFeed {
  /** Replaced, never changed: what was handed out stays as it was. */
  position: LightPosition;
  readonly #now: () => number;
  readonly #hosts: string;
  readonly #resting = new Map<string, { until: number; ms: number }>();
  readonly #known = new Map<string, HostFacts>();

  /** `now`: milliseconds of any clock, by which hosts rest. `goal`: where one alone is wanted. */
  constructor(position: LightPosition, now: () => number, goal: string | null = null) {
    this.position = position;
    this.#now = now;
    // Of thousands of hosts only those of the goal are listed.
    this.#hosts = `WorkflowType = '${LIGHT_HOST}'${goal === null ? '' : ` AND WorkflowId STARTS_WITH '${lightHostPrefix(goal)}'`}`;
  }

  /**
   * What is new of the goals that are wanted. Whoever asks for the next run has done with the one before; whoever stops is given
   * the runs of that update again.
   */
  async *look(source: LightSource, wants: (goal: string) => boolean): AsyncGenerator<AchievedLightRun> {
    // light-feed.1
    const from = Math.max(this.position.since, this.position.watermark - OVERLAP_MS);
    const to = Date.now() + DAY_MS;
    const closed = `${this.#hosts} AND ExecutionStatus IN (${ENDED})`;
    for await (const host of closedInOrder(source.list, closed, { from, to }, hostOf)) {
      if (wants(host.goal) && this.position.hosts[host.execution]?.[1] !== host.closedAt)
        yield* this.#read(source, host);
      const watermark = Math.max(this.position.watermark, host.closedAt);
      this.position = { ...this.position, watermark };
    }
    for (let token: Uint8Array | null = null, isMore = true; isMore; ) {
      const page = await source.list(`${this.#hosts} AND ExecutionStatus = 'Running'`, HOSTS_PAGE, token);
      for (const host of (page.executions ?? []).flatMap(hostOf))
        if (wants(host.goal) && !this.#isResting(host)) yield* this.#read(source, host);
      token = page.nextPageToken ?? null;
      isMore = !!token?.length;
    }
    this.#forget();
  }

  async *#read(source: LightSource, host: HostExecution): AsyncGenerator<AchievedLightRun> {
    const [upTo] = this.position.hosts[host.execution] ?? [0];
    const found = await newest(source, host, upTo, this.position.since);
    if (found === null || found.last <= upTo) {
      this.#rest(host);
      if (host.closedAt > 0) this.#pass(host, upTo);
      return;
    }
    this.#resting.delete(host.execution);
    const facts = found.updates.length === 0 ? null : await this.#facts(source, host);
    for (const { accepted, completed } of facts === null ? [] : found.updates) {
      for (const run of achievedIn(facts as HostFacts, host, accepted, completed))
        if (run.closedAt >= this.position.since) yield run;
      this.#pass({ ...host, closedAt: 0 }, Number(completed.eventId));
    }
    this.#pass(host, found.last);
  }

  #pass({ execution, closedAt }: HostExecution, upTo: number): void {
    this.position = { ...this.position, hosts: { ...this.position.hosts, [execution]: [upTo, closedAt] } };
  }

  /** Those that closed so long ago that no look finds them. */
  #forget(): void {
    const from = this.position.watermark - OVERLAP_MS;
    const kept = Object.entries(this.position.hosts).filter(
      ([, [, closedAt]]) => closedAt === 0 || closedAt >= from,
    );
    this.position = { ...this.position, hosts: Object.fromEntries(kept.slice(-HOSTS_LIMIT)) };
    for (const execution of this.#resting.keys())
      if (this.position.hosts[execution] === undefined) this.#resting.delete(execution);
  }

  #isResting = ({ execution }: HostExecution): boolean =>
    (this.#resting.get(execution)?.until ?? Number.NEGATIVE_INFINITY) > this.#now();

  #rest({ execution }: HostExecution): void {
    // light-feed.2
    const ms = Math.min(LONGEST_REST_MS, 2 * (this.#resting.get(execution)?.ms ?? FIRST_REST_MS));
    this.#resting.set(execution, { until: this.#now() + ms, ms });
  }

  async #facts(source: LightSource, host: HostExecution): Promise<HostFacts | null> {
    const known = this.#known.get(host.execution);
    if (known !== undefined) return known;
    const facts = hostIn((await source.first(host))?.history?.events?.[0]);
    if (facts === null) return null;
    this.#known.set(host.execution, facts);
    if (this.#known.size > KNOWN_LIMIT) this.#known.delete(this.#known.keys().next().value as string);
    return facts;
  }
}

const ENDED = "'ContinuedAsNew', 'Terminated', 'Failed', 'TimedOut', 'Canceled', 'Completed'";

/** The first light run of a goal that began after a time and was achieved, in milliseconds since 1970; null where none was. */
export async function lightRunAfter(
  source: LightSource,
  goal: string,
  after: number,
): Promise<AchievedLightRun | null> {
  const feed = new LightFeed({ since: after, watermark: after + OVERLAP_MS, hosts: {} }, () => 0, goal);
  for await (const run of feed.look(source, (one) => one === goal))
    if (run.facts.answer?.end === 'achieved' && run.facts.answer.begun > after) return run;
  return null;
}

function hostOf({ execution, closeTime }: temporal.api.workflow.v1.IWorkflowExecutionInfo): HostExecution[] {
  const id = execution?.workflowId ?? '';
  const goal = goalOfLightHost(id);
  const closedAt = millisecondsOf(closeTime) ?? 0;
  return goal === null ? [] : [{ id, goal, execution: execution?.runId ?? '', closedAt }];
}

interface Answered {
  accepted: Event;
  completed: Event;
}

/** The updates that were answered after an event, in order, and the newest event; null where Temporal keeps it no longer. */
async function newest(
  source: LightSource,
  host: HostExecution,
  after: number,
  since: number,
): Promise<{ last: number; updates: Answered[] } | null> {
  const accepted = new Map<string, Event>();
  const completed: Event[] = [];
  let last = 0;
  // light-feed.2: back to what is known, or is not wanted, or to where an update was accepted that has been answered since.
  let until = after + 1;
  let begun = Number.POSITIVE_INFINITY;
  let at = Number.POSITIVE_INFINITY;
  for (let token: Uint8Array | null = null, size = FIRST_EVENTS; ; size = EVENTS) {
    const page = await source.back(host, size, token);
    if (page === null) return null;
    for (const event of page.history?.events ?? []) {
      at = Number(event.eventId);
      last = Math.max(last, at);
      const answer = event.workflowExecutionUpdateCompletedEventAttributes;
      if (event.workflowExecutionUpdateAcceptedEventAttributes) accepted.set(String(at), event);
      if ((millisecondsOf(event.eventTime) ?? 0) < since) until = Math.max(until, at);
      else if (answer && at > after) {
        completed.push(event);
        begun = Math.min(begun, Number(answer.acceptedEventId));
      }
    }
    token = page.nextPageToken?.length ? page.nextPageToken : null;
    if (token === null || at <= Math.min(until, begun)) break;
  }
  const updates = completed.reverse().flatMap((event) => {
    const { acceptedEventId } = event.workflowExecutionUpdateCompletedEventAttributes ?? {};
    const begun = accepted.get(String(acceptedEventId));
    return begun === undefined ? [] : [{ accepted: begun, completed: event }];
  });
  return { last, updates };
}

function achievedIn(
  facts: HostFacts,
  { goal, execution: host }: HostExecution,
  accepted: Event,
  completed: Event,
) {
  const update = completed.workflowExecutionUpdateCompletedEventAttributes?.meta?.updateId ?? '';
  return runsOfUpdate(facts, accepted, completed).flatMap((run, place): AchievedLightRun[] => {
    if (run.answer?.end !== 'achieved') return [];
    const execution = lightExecution({ n: facts.n, host, update, place });
    return [{ id: runId(goal, run.ask.key), execution, goal, closedAt: run.answer.closed, facts: run }];
  });
}
