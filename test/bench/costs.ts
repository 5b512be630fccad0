// What a clean run of three steps leaves in Temporal, and what it would be billed, counted in the history: for bare code, and for each way in
// which goalkeeper pursues a goal.

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { aboutGoal } from '../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../goals/wire/names.ts';
import { begin, goalNamed } from './begin.ts';
import { beginLight, HOSTS } from './begin-light.ts';
import type { Stage } from './stage.ts';
import type { Result, Work } from './work.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

interface Costs {
  events: number;
  bytes: number;
  actions: number;
}

/**
 * Actions as Temporal Cloud bills them: an execution, each attempt of an activity, a task with local activities, a timer, a signal, an update.
 * Heartbeats, which are billed too, leave no trace in a history; jobs that take milliseconds send none.
 */
export function actionsIn(events: readonly Event[]): number {
  const tasks = new Set<string>();
  let actions = 0;
  for (const event of events) {
    const marker = event.markerRecordedEventAttributes;
    if (marker?.markerName === LOCAL_ACTIVITY) tasks.add(String(marker.workflowTaskCompletedEventId));
    else if (marker || BILLED.some((attributes) => event[attributes])) actions++;
    // Of retries the history has the last.
    actions += event.activityTaskStartedEventAttributes?.attempt ?? 0;
  }
  return actions + tasks.size;
}

const LOCAL_ACTIVITY = 'core_local_activity';
const BILLED = [
  'workflowExecutionStartedEventAttributes',
  'workflowExecutionSignaledEventAttributes',
  'workflowExecutionUpdateAcceptedEventAttributes',
  'timerStartedEventAttributes',
  'startChildWorkflowExecutionInitiatedEventAttributes',
  'signalExternalWorkflowExecutionInitiatedEventAttributes',
  'upsertWorkflowSearchAttributesEventAttributes',
] as const satisfies readonly (keyof Event)[];

async function costsOf(handle: WorkflowHandle): Promise<Costs> {
  const { historyLength, historySize = 0 } = await handle.describe();
  const { events } = await handle.fetchHistory();
  return { events: historyLength, bytes: historySize, actions: actionsIn(events ?? []) };
}

/** Of hosts together: what runs that share them have cost so far. */
async function costsOfHosts({ client }: Stage, goal: string): Promise<Costs> {
  const sum = { events: 0, bytes: 0, actions: 0 };
  for (let n = 0; n < HOSTS; n++) {
    const one = await costsOf(client.workflow.getHandle(lightHostId(goal, n)));
    for (const what of ['events', 'bytes', 'actions'] as const) sum[what] += one[what];
  }
  return sum;
}

/** So often it is tried to have none that is slow. */
const TRIES = 30;
/** On a busy machine a quick step takes long: here is counted, and not timed. */
const PATIENT_MS = 20_000;
/** So many runs share the hosts. */
const AT_ONCE = 50;

/** Each run's share of what `runs` of them have cost. */
async function light(stage: Stage, goal: string, runs: number): Promise<Costs> {
  const about = aboutGoal(goalNamed(goal));
  for (let n = 0; n < HOSTS; n++)
    await stage.client.workflow.start(LIGHT_HOST, {
      ...{ workflowId: lightHostId(goal, n), taskQueue: 'goals', workflowIdConflictPolicy: 'USE_EXISTING' },
      args: [{ gk: 1, goal, about, n, hosts: HOSTS, plainMs: PATIENT_MS, earlier: null }],
    });
  const ask = (n: number) => Promise.all(Array.from({ length: n }, () => beginLight(stage, goal)));
  // Until each host has begun.
  await ask(AT_ONCE);
  for (let n = 0; n < TRIES; n++) {
    const before = await costsOfHosts(stage, goal);
    const asked = await ask(runs);
    // What a busy machine made ordinary costs more, and is measured as that.
    if (!asked.every(({ isLight }) => isLight)) continue;
    const after = await costsOfHosts(stage, goal);
    const share = (what: keyof Costs): number => (after[what] - before[what]) / runs;
    return { events: share('events'), bytes: share('bytes'), actions: share('actions') };
  }
  throw new Error(`of ${runs} runs some were slow, ${TRIES} times: the machine is too busy`);
}

export const costs: Work = async (stage) => {
  const ended = async (handle: WorkflowHandle): Promise<Costs> => {
    await handle.result();
    return costsOf(handle);
  };
  const bare = await ended(
    await stage.client.workflow.start('three', { taskQueue: 'bare', workflowId: randomUUID() }),
  );
  const measured: [variant: string, costs: Costs, most?: number][] = [
    ['bare', bare],
    ['ordinary', await ended(await begin(stage, 'bench-three')), 1.15],
    ['inline', await ended(await begin(stage, 'bench-inline-three'))],
    ['light, one alone', await light(stage, 'bench-light-three', 1)],
    [`light, ${AT_ONCE} at once`, await light(stage, 'bench-light-three', AT_ONCE), 0.2],
  ];
  return measured.flatMap(([variant, costs, most]) =>
    (['events', 'bytes', 'actions'] as const).map(
      (unit): Result => ({
        ...{ work: 'what a run of three steps costs', variant, value: costs[unit], unit },
        ...{ ratio: costs[unit] / bare[unit], against: 'bare', wanted: most === undefined ? {} : { most } },
      }),
    ),
  );
};
