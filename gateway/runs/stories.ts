// Histories in, stories out, each told once: a closed run's story never changes, and an open one's only when its
// history grows or an attempt of it does something; but whether it will be in time is told anew each time.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { protoTime } from '../../process/proto-time.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { STUCK_AFTER_MS, stuckIn } from '../../views/failing-task.ts';
import { inTime } from '../../views/in-time.ts';
import { lightEvents, lightRunIn } from '../../views/light-run.ts';
import { type RunStory, runView, withStuck } from '../../views/run-view.ts';
import type { Clock } from '../temporal/clock.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { hostEvents } from './host-events.ts';
import { knownEvents } from './known-events.ts';

type Event = proto.api.history.v1.IHistoryEvent;
type PendingActivity = proto.api.workflow.v1.IPendingActivityInfo;

const CACHE_BYTES = 64 * 1024 * 1024;
/** What a story takes beside its history's own bytes, which it is made from. */
const STORY_BYTES = 4 * 1024;

/**
 * Tells the story of the execution that `describe` described. `stuckAfterMs`: for how long its task must have failed for a
 * run to be stuck.
 */
export function storiesOf(
  temporal: Temporal,
  clock: Clock,
  stuckAfterMs = STUCK_AFTER_MS,
): (described: WorkflowExecutionDescription) => Promise<RunStory> {
  const eventsOf = knownEvents(temporal);
  const cache = new LRUCache<string, RunStory, WorkflowExecutionDescription>({
    maxSize: CACHE_BYTES,
    // Whoever waits for a story that is forgotten meanwhile gets it all the same.
    ignoreFetchAbort: true,
    fetchMethod: async (key, _stale, { context: described, options }) => {
      options.size = STORY_BYTES + Number(described.historySize ?? 0) + key.length;
      const { workflowId, runId } = described;
      const isLight = parseLightExecution(runId) !== null;
      const events = isLight ? historyOf(temporal, workflowId, runId) : eventsOf(described);
      return tell(await events, clock, described);
    },
  });
  /** Which story of an open execution was told last. */
  const newest = new LRUCache<string, string>({ max: 10_000 });
  return async (described) => {
    const key = keyOf(described);
    const story = await cache.forceFetch(key, { context: described });
    const before = newest.get(described.runId);
    // What it was before nobody asks for again, and there is room for stories of closed ones.
    if (before !== undefined && before !== key) cache.delete(before);
    if (!isOpen(described)) {
      newest.delete(described.runId);
      return story;
    }
    newest.set(described.runId, key);
    const now = clock.now();
    const { earliestEnd: _, ...told } = story.run;
    const run = { ...told, ...inTime(told, story.errors, now) };
    return { ...story, run: withStuck(run, stuckIn(story.failing, taskOf(described), now, stuckAfterMs)) };
  };
}

/** The task in which its code goes on. */
const taskOf = ({ raw }: WorkflowExecutionDescription) => raw.pendingWorkflowTask;

const isOpen = ({ status }: WorkflowExecutionDescription): boolean => status.name === 'RUNNING';

function keyOf(described: WorkflowExecutionDescription): string {
  if (!isOpen(described)) return described.runId;
  const pending = (described.raw.pendingActivities ?? []).map(
    ({ activityId, attempt, state, lastHeartbeatTime, nextAttemptScheduleTime }: PendingActivity) =>
      [activityId, attempt, state, timeKey(lastHeartbeatTime), timeKey(nextAttemptScheduleTime)].join(':'),
  );
  return [described.runId, described.historyLength, ...pending].join('/');
}

const timeKey = (time: PendingActivity['lastHeartbeatTime']): string =>
  time ? `${time.seconds}.${time.nanos ?? 0}` : '';

/** `events`: as of the moment it was described, as what is pending is. */
function tell(
  events: readonly Event[],
  clock: Clock,
  { workflowId: id, runId: execution, raw }: WorkflowExecutionDescription,
): RunStory {
  clock.seen(millisecondsOf(events.at(-1)?.eventTime) ?? 0);
  const pendingActivities = raw.pendingActivities ?? [];
  return runView({ id, execution, events, pendingActivities, now: clock.now() });
}

/**
 * The story of an execution that this gateway has just started, by a request of `asked`: made of what it was started with,
 * and of the time by Temporal's clock, which is compared with the history's now and then.
 */
export const reportBegun =
  (temporal: Temporal, clock: Clock) =>
  async (id: string, execution: string, first: Event | undefined, asked: number): Promise<RunStory> => {
    if (first !== undefined && clock.isSure()) {
      const now = clock.now();
      const events = [{ ...first, eventTime: protoTime(now) }];
      return runView({ id, execution, events, pendingActivities: [], now });
    }
    // Nothing is pending yet that would be worth another call.
    const events = await historyOf(temporal, id, execution);
    clock.begun(millisecondsOf(events[0]?.eventTime) ?? 0, asked);
    clock.seen(millisecondsOf(events.at(-1)?.eventTime) ?? 0);
    return runView({ id, execution, events, pendingActivities: [], now: clock.now() });
  };

/** The story of a closed execution, told afresh: for who reads many, each once. */
export const reportClosed =
  (temporal: Temporal) =>
  async (id: string, execution: string): Promise<RunStory> =>
    runView({
      id,
      execution,
      events: await historyOf(temporal, id, execution),
      pendingActivities: [],
      now: 0,
    });

/** All events of an execution; of a light one, those that an ordinary one would have. */
export async function historyOf(temporal: Temporal, id: string, execution: string): Promise<Event[]> {
  const address = parseLightExecution(execution);
  if (address !== null) {
    const goal = parseRunId(id)?.goal ?? '';
    const facts = lightRunIn(await hostEvents(temporal, goal, address), address);
    return facts === null ? [] : lightEvents(facts);
  }
  const events: Event[] = [];
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const page = await temporal.call((service) =>
      service.getWorkflowExecutionHistory({
        namespace: temporal.namespace,
        execution: { workflowId: id, runId: execution },
        maximumPageSize: 1000,
        nextPageToken: nextPageToken ?? null,
      }),
    );
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
  return events;
}
