// Whether open runs can go on under new code: their histories are replayed by the new bundle before any worker has it.

import type { Client } from '@temporalio/client';
import { SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import { quietly } from '../quiet-replays.ts';
import { type ListedRun, type OpenOfGoal, openOnQueue, recorded } from './open-runs.ts';
import type { RecordedRun } from './recorded-run.ts';
import { type ReplayBy, type ReplayedRun, replayRuns } from './replay-runs.ts';
import { runsInFolder } from './run-files.ts';

/** Runs of a goal that are replayed by default. */
export const DEFAULT_SAMPLE = 200;

/** Runs that a report names for one difference. */
const NAMED_LIMIT = 10;

/** Differences that a report tells of one goal. */
const DIFFERENCES_LIMIT = 10;

export interface PreflightOptions {
  /** The new bundle of the team, with the same data converter and plugins as its worker. */
  team: ReplayBy;
  /** The bundle of goalkeeper's own workflows. */
  system: ReplayBy;
  /** The team's queue. */
  taskQueue: string;
  /** Most runs of a goal that are replayed, the newest and the oldest. Default: 200. */
  sample?: number;
  /** Without runs that are pinned to a version, which never have the new code. Default: `all`. */
  which?: 'all' | 'unpinned';
}

export interface Difference {
  /** The first difference, in the goal's words. */
  difference: string;
  /** How many runs have it. */
  count: number;
  /** Up to ten of them. */
  runs: readonly { id: string; execution: string | null }[];
}

export interface GoalPreflight {
  /** Name of the goal, or type of one of goalkeeper's own workflows (`gk-…`). */
  goal: string;
  queue: string | null;
  open: number;
  replayed: number;
  /** Runs that go on now, and could not under the new code. */
  broken: number;
  /** Runs that can go on under neither. */
  stuckBefore: number;
  differences: readonly Difference[];
}

export interface Preflight {
  goals: readonly GoalPreflight[];
  replayed: number;
  broken: number;
}

/** Replays the open runs of the team's queue, and goalkeeper's own open workflows. */
export async function preflight(
  client: Client,
  { team, system, taskQueue, sample = DEFAULT_SAMPLE, which = 'all' }: PreflightOptions,
): Promise<Preflight> {
  const queues = [
    [taskQueue, team],
    [SYSTEM_TASK_QUEUE, system],
  ] as const;
  const goals: GoalPreflight[] = [];
  for (const [queue, by] of queues) {
    const open = await openOnQueue(client, queue, sample, queue === taskQueue ? which : 'all');
    const waiting = open.flatMap(({ sampled }) => sampled).reverse();
    const replayed = await quietly(() => replayRuns(by, nextOf(client, waiting), waiting.length));
    goals.push(...verdicts(open, replayed, queue));
  }
  return summed(goals);
}

/** The same of histories that lie in a folder. Those of `gk-system` are replayed by the system's bundle. */
export async function preflightFolder(
  folder: string,
  { team, system }: Pick<PreflightOptions, 'team' | 'system'>,
): Promise<Preflight> {
  const goals: GoalPreflight[] = [];
  for (const by of [team, system]) {
    const files = runsInFolder(folder);
    const next = oneByOne(async () => {
      for (;;) {
        const { done, value } = await files.next();
        if (done) return null;
        if ((queueOf(value) === SYSTEM_TASK_QUEUE) === (by === system)) return value;
      }
    });
    const replayed = await quietly(() => replayRuns(by, next, 1));
    const names = [...new Set(replayed.map(({ goal }) => goal))];
    const open = names.map((goal) => ({
      goal,
      open: replayed.filter((run) => run.goal === goal).length,
      sampled: [],
    }));
    goals.push(...verdicts(open, replayed, null));
  }
  return summed(goals);
}

/** The next history that Temporal still has. */
const nextOf = (client: Client, waiting: ListedRun[]) => async (): Promise<RecordedRun | null> => {
  for (let run = waiting.pop(); run !== undefined; run = waiting.pop()) {
    const found = await recorded(client, run);
    if (found !== null) return found;
  }
  return null;
};

/** One call at a time. */
function oneByOne<T>(call: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const result = last.then(call);
    last = result.catch(() => undefined);
    return result;
  };
}

const queueOf = ({ history }: RecordedRun): string | null | undefined =>
  history.events?.[0]?.workflowExecutionStartedEventAttributes?.taskQueue?.name;

const verdicts = (
  open: readonly OpenOfGoal[],
  replayed: readonly ReplayedRun[],
  queue: string | null,
): GoalPreflight[] =>
  open.map(({ goal, open: count }) => {
    const own = replayed.filter((run) => run.goal === goal);
    const departing = own.filter(({ difference }) => difference !== null);
    const broken = departing.filter(({ wasStuck }) => !wasStuck);
    return {
      ...{ goal, queue, open: count, replayed: own.length, broken: broken.length },
      stuckBefore: departing.length - broken.length,
      differences: differencesOf(broken),
    };
  });

function differencesOf(broken: readonly ReplayedRun[]): Difference[] {
  const found = new Map<string, ReplayedRun[]>();
  for (const run of broken)
    found.set(run.difference ?? '', [...(found.get(run.difference ?? '') ?? []), run]);
  return [...found]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, DIFFERENCES_LIMIT)
    .map(([difference, runs]) => ({
      difference,
      count: runs.length,
      runs: runs.slice(0, NAMED_LIMIT).map(({ run, execution }) => ({ id: run, execution })),
    }));
}

const summed = (goals: readonly GoalPreflight[]): Preflight => ({
  goals,
  replayed: goals.reduce((sum, { replayed }) => sum + replayed, 0),
  broken: goals.reduce((sum, { broken }) => sum + broken, 0),
});
