// Replays histories by a bundle, several at once and each history only while it is replayed, and says where the code departs.

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { redactedText } from '../../goals/wire/text/redact.ts';
import { codeDifference } from '../../views/code-difference.ts';
import { failingTask } from '../../views/failing-task.ts';
import { REPLAY_NAME } from '../quiet-replays.ts';
import { prepareWorkflowThreads } from '../workflow-threads.ts';
import type { RecordedRun } from './recorded-run.ts';

export type ReplayBy = Pick<ReplayWorkerOptions, 'workflowBundle' | 'dataConverter' | 'plugins'>;

export interface ReplayedRun {
  goal: string;
  run: string;
  execution: string | null;
  /** Where the code first departs from the history, in the goal's words; null when it does not. */
  difference: string | null;
  /** Its code could not go on before this replay either. */
  wasStuck: boolean;
}

/** A worker of its own begins with half a second of work: another pays from about so many histories on. */
const HISTORIES_A_LANE = 50;
const LANES_LIMIT = 4;
const DIFFERENCE_LIMIT = 400;

/** Replays what `next` gives until it gives null. `expected` is about how many that will be. */
export async function replayRuns(
  by: ReplayBy,
  next: () => Promise<RecordedRun | null>,
  expected: number,
): Promise<ReplayedRun[]> {
  prepareWorkflowThreads();
  const lanes = Math.min(LANES_LIMIT, availableParallelism(), Math.ceil(expected / HISTORIES_A_LANE));
  const replayed: ReplayedRun[] = [];
  const nextBegun = async (): Promise<RecordedRun | null> => {
    for (;;) {
      const one = await next();
      if (one === null || hasBegun(one)) return one;
      const { goal, run, execution } = one;
      replayed.push({ goal, run, execution, difference: null, wasStuck: false });
    }
  };
  await Promise.all(
    Array.from({ length: Math.max(1, lanes) }, async () => {
      for await (const one of lane(by, nextBegun)) replayed.push(one);
    }),
  );
  return replayed;
}

/** Whether there is anything to replay. A worker would wait for ever for the first task of a run that is to begin later, or of one just begun. */
const hasBegun = ({ history: { events } }: RecordedRun): boolean =>
  (events ?? []).some(({ workflowTaskScheduledEventAttributes: scheduled }) => scheduled);

async function* lane(by: ReplayBy, next: () => Promise<RecordedRun | null>): AsyncGenerator<ReplayedRun> {
  let current: RecordedRun | null = await next();
  if (current === null) return;
  async function* given(): AsyncGenerator<{ workflowId: string; history: unknown }> {
    while (current !== null) {
      // While one is replayed the next is fetched.
      const ahead = next();
      ahead.catch(() => undefined);
      yield { workflowId: current.run, history: current.history };
      current = await ahead;
    }
  }
  // By default a replay runs in this thread, where code that loops is never ended.
  const options = { ...by, debugMode: false, workflowThreadPoolSize: 1, replayName: REPLAY_NAME };
  for await (const { error } of Worker.runReplayHistories(options, given())) {
    // The loop above has not moved on: it does when the next is asked for.
    const { goal, run, execution, history } = current;
    const events = history.events ?? [];
    const difference = error === undefined ? null : differenceOf(error, current);
    yield { goal, run, execution, difference, wasStuck: failingTask(events) !== null };
    await setImmediate();
  }
}

function differenceOf({ message }: Error, { goal, history }: RecordedRun): string {
  const said = message.slice(message.indexOf('Details: ') + 1 && message.indexOf('Details: ') + 9);
  if (said.includes(`this worker has no goal '${goal}'`)) return `the code of now has no goal '${goal}'`;
  const core = /\[TMPRL1100\].*/s.exec(said)?.[0];
  const words =
    core === undefined
      ? /TMPRL1104|potential deadlock|execution timed out/i.test(said)
        ? 'the code of now runs on and never waits: it loops'
        : `the code of now fails: ${said}`
      : codeDifference(core, history.events ?? []);
  return boundedText(redactedText(words), DIFFERENCE_LIMIT);
}
